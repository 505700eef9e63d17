"""Readings over HTTP: whose token may write which, what is refused and how it is told, and each
reading once however often a client repeats."""

import asyncio
from collections.abc import Iterator

import httpx
import orjson
import pytest

from services.api.readings.body import MOST_BYTES
from services.api.readings.intakes import Intakes
from services.api.routes.readings import EXAMPLE, NDJSON
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.readings.played_log import PlayedLog
from tests.unit.services.api.readings.test_line import line
from tests.unit.services.api.town import MINE, NAMESPACE, NEIGHBOURS

PATH = "/v1/readings"


@pytest.fixture
def played(api: Api) -> Iterator[PlayedLog]:
    """The log of readings that the API writes; the real one is in tests/integration."""
    log, before = PlayedLog(), api.parts.intakes
    api.parts.intakes = Intakes(log.begin)
    yield log
    asyncio.run(api.parts.intakes.close())
    api.parts.intakes = before


def token(api: Api, *meters: str) -> str:
    return api.town.token("service", "write:readings", meters=meters or (MINE,))[1]


def body(*numbers: int, meter_id: str = MINE) -> bytes:
    return b"".join(line(meter_id=meter_id, seq=n, ts=n) + b"\n" for n in numbers)


def post(api: Api, token: str, content: bytes, key: str | None = None) -> httpx.Response:
    headers = {"Content-Type": NDJSON} | ({} if key is None else {"Idempotency-Key": key})
    return api.ask("POST", PATH, token, content=content, headers=headers)


def test_who_is_answered_has_the_readings_in_the_log_of_its_namespace(
    api: Api, played: PlayedLog
) -> None:
    answer = post(api, token(api), body(1, 2, 3))
    assert (answer.status_code, answer.json()) == (202, {"readings": 3})
    assert played.readings == [(MINE, 1), (MINE, 2), (MINE, 3)]
    assert played.begun == [NAMESPACE]


def test_the_example_of_the_schema_is_taken(api: Api, played: PlayedLog) -> None:
    assert post(api, token(api, "MAC*"), EXAMPLE).json() == {"readings": 1}
    assert len(played.records) == 1


def test_a_client_that_repeats_doubles_nothing(api: Api, played: PlayedLog) -> None:
    mine = token(api)
    answers = [post(api, mine, body(1, 2), key) for key in (None, None, "k", "k")]
    # With and without a key they are two requests, and each is once in the log.
    assert {(each.status_code, each.content) for each in answers} == {(202, b'{"readings":2}')}
    assert set(played.ids.values()) == {1}
    assert len(played.records) == 4
    other = post(api, mine, body(1, 2, 3), "k")
    assert (other.status_code, other.json()["type"]) == (409, "/problems/conflict")
    assert len(played.records) == 4
    assert post(api, token(api), body(1, 2, 3), "k").status_code == 202


def test_a_repeat_is_known_after_the_api_began_anew(api: Api, played: PlayedLog) -> None:
    mine = token(api)
    first = post(api, mine, body(1, 2), "k")
    api.parts.intakes = Intakes(played.begin)
    again = post(api, mine, body(1, 2), "k")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert post(api, mine, body(3), "k").status_code == 409
    assert len(played.records) == 2
    assert played.begun == [NAMESPACE] * 2


def test_a_token_writes_its_own_meters_and_no_others(api: Api, played: PlayedLog) -> None:
    mine = token(api, MINE, "gw7:*")
    assert post(api, mine, body(1) + body(1, meter_id="gw7:kitchen")).status_code == 202
    told = []
    for other in (NEIGHBOURS, "unknown"):
        refused = post(api, mine, body(2) + body(2, meter_id=other))
        assert refused.status_code == 422
        (error,) = refused.json()["errors"]
        assert error["pointer"] == "/body/2/meter_id"
        told.append(error["detail"].replace(other, "…"))
    # Nobody learns so which meters there are.
    assert told[0] == told[1]
    assert played.readings == [("gw7:kitchen", 1), (MINE, 1)]
    session = api.get("/v1/session", mine).json()
    assert session["meters"] == [MINE, "gw7:*"]


def test_without_the_scope_nothing_is_written(api: Api, played: PlayedLog) -> None:
    _, operator = api.town.token()
    _, customer = api.town.token("customer", customer="c-mine")
    _, service = api.town.token("service", "read:live")
    for each in (operator, customer, service):
        refused = post(api, each, body(1))
        assert refused.status_code == 403
        assert "write:readings" in refused.json()["detail"]
    assert played.begun == []


def test_one_wrong_line_has_nothing_written_and_is_named(api: Api, played: PlayedLog) -> None:
    refused = post(api, token(api), body(1) + line(meter_id=MINE, ts="soon") + b"\n" + body(3), "k")
    assert refused.status_code == 422
    assert refused.headers["Content-Type"] == "application/problem+json"
    (error,) = refused.json()["errors"]
    assert error["pointer"] == "/body/2/ts"
    assert error["detail"].startswith('it is "soon": give epoch milliseconds UTC')
    assert played.records == []
    # The key was not used up: the body is put right and sent again.
    assert post(api, token(api), body(1, 3), "k").json() == {"readings": 2}


def test_a_body_that_is_too_large_or_packed_is_refused(api: Api, played: PlayedLog) -> None:
    mine = token(api)
    blanks = b" " * 1_000 + b"\n"
    large = body(1) + blanks * (MOST_BYTES // len(blanks))
    assert MOST_BYTES - 2_000 < len(large) < MOST_BYTES + 2_000
    assert post(api, mine, body(1) + blanks * 900).status_code == 202
    refused = post(api, mine, large + blanks * 2)
    assert (refused.status_code, refused.json()["type"]) == (413, "/problems/too-large")
    assert "1 MiB" in refused.json()["detail"]
    packed = api.ask("POST", PATH, mine, content=body(2), headers={"Content-Encoding": "gzip"})
    assert packed.status_code == 400
    assert "Content-Encoding" in packed.json()["detail"]
    assert len(played.records) == 1
    # What others may send stays as small as it was.
    _, admin = api.town.token("operator", "admin:tokens")
    assert api.ask("POST", "/v1/tokens", admin, content=large).status_code == 413


def test_while_kafka_is_away_a_client_is_told_to_come_back(
    api: Api, played: PlayedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = token(api)
    played.is_away = True
    monkeypatch.setattr("services.api.readings.intake.ANSWER_S", 0.05)
    for _ in range(2):
        away = post(api, mine, body(1, 2))
        assert (away.status_code, away.headers["Retry-After"]) == (503, "5")
        assert away.json()["detail"] == "Kafka does not answer."
    # Others are answered meanwhile.
    assert api.get("/v1/session", mine).status_code == 200
    monkeypatch.setattr("services.api.readings.intake.ANSWER_S", 60.0)
    played.is_away = False
    assert post(api, mine, body(1, 2)).json() == {"readings": 2}
    assert played.readings == [(MINE, 1), (MINE, 2)]


def test_where_there_is_no_kafka_it_is_the_same(api: Api) -> None:
    """Nobody plays the log here."""
    away = post(api, token(api), body(1))
    assert (away.status_code, away.headers["Retry-After"]) == (503, "5")


def test_what_is_wrong_is_told_whether_kafka_is_there_or_not(api: Api) -> None:
    assert post(api, token(api), b"{}").status_code == 422


def test_a_session_of_a_token_writes_what_the_token_may(api: Api, played: PlayedLog) -> None:
    signed = api.ask(
        "POST", "/v1/session", headers={"X-WattStream": "1"}, json={"token": token(api)}
    )
    cookie = {"Cookie": signed.headers["Set-Cookie"].partition(";")[0]}
    refused = api.ask("POST", PATH, content=body(1), headers=cookie)
    assert refused.status_code == 403
    own = cookie | {"X-WattStream": "1"}
    assert api.ask("POST", PATH, content=body(1), headers=own).status_code == 202
    other = api.ask("POST", PATH, content=body(1, meter_id=NEIGHBOURS), headers=own)
    assert other.status_code == 422
    assert played.readings == [(MINE, 1)]


def test_who_makes_tokens_gives_no_meters_but_the_own(api: Api) -> None:
    _, maker = api.town.token("service", "admin:tokens", "write:readings", meters=("gw7:*",))

    def make(*meters: str) -> httpx.Response:
        asked = {"name": "gw", "role": "service", "scopes": ["write:readings"]}
        return api.ask("POST", "/v1/tokens", maker, json=asked | {"meters": meters})

    made = make("gw7:kitchen", "gw7:a*")
    assert made.status_code == 201
    assert made.json()["made"]["meters"] == ["gw7:kitchen", "gw7:a*"]
    for wrong in (("*",), (MINE,), ("gw7:a", "gw*"), ("a b",), ()):
        assert make(*wrong).status_code == 422, wrong


def test_the_schema_says_how_a_body_looks(api: Api) -> None:
    said = orjson.loads(api.get("/openapi.json").content)["paths"][PATH]["post"]
    assert said["x-scopes"] == ["write:readings"]
    assert list(said["requestBody"]["content"]) == [NDJSON]
    assert said["requestBody"]["required"] is True
    assert {"202", "400", "401", "403", "409", "413", "422", "429", "503"} <= set(said["responses"])
