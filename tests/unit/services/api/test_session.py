"""Tokens end at once, cookies are no script's, and no secret is but in its holder's hands."""

import logging
import time
from functools import partial
from typing import Any

import pytest
from msgspec.json import decode

from contracts.access import (
    CODE_MS,
    MOST_SESSIONS,
    SESSION_MS,
    code_key,
    new_credential,
    session_key,
    sessions_of_key,
    taken_apart,
    tokens_key,
)
from contracts.time import DAY_MS
from services.api.parts import REMEMBERED_S
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.town import MINE, NAMESPACE, OUTAGE, WALL

OWN_PAGE = {"X-WattStream": "1"}


def sign_in(api: Api, token: str) -> tuple[int, str]:
    answer = api.ask("POST", "/v1/session", json={"token": token}, headers=OWN_PAGE)
    return answer.status_code, answer.headers.get("Set-Cookie", "")


def cookie_of(api: Api, token: str) -> dict[str, str]:
    _, cookie = sign_in(api, token)
    return {"Cookie": cookie.partition(";")[0]}


def code(api: Api, now_ms: int = WALL) -> str:
    made, text = new_credential(
        NAMESPACE, "code", name="ada", role="operator", now_ms=now_ms, expires_ms=now_ms + CODE_MS
    )
    key = code_key(NAMESPACE, made.id)
    from msgspec.json import encode

    api.town.client.set(key, encode(made), px=CODE_MS)
    return text


def test_demand_12_a_scope_is_all_that_a_token_has(api: Api) -> None:
    _, token = api.town.token("service", "read:areas")
    assert api.get("/v1/areas", token).status_code == 200
    refused = api.get(f"/v1/meters/{MINE}/now", token)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/out-of-scope")
    assert "read:live" in refused.json()["detail"]
    # Neither does it tell which meters there are.
    assert api.get("/v1/meters/unknown/now", token).content == refused.content


def test_demand_12_a_token_that_is_revoked_ends_with_all_that_it_made(api: Api) -> None:
    _, admin = api.town.token("operator", "admin:tokens", "read:live")
    token, text = api.town.token()
    cookie = cookie_of(api, text)
    assert api.get("/v1/session", text).status_code == 200
    assert api.get("/v1/session", headers=cookie).json()["by"] == "session"

    revoked = api.ask("DELETE", f"/v1/tokens/{token.id}", admin)

    assert not revoked.json()["holds"]
    assert api.get("/v1/session", text).status_code == 401
    assert api.get("/v1/session", headers=cookie).status_code == 401
    assert sign_in(api, text)[0] == 401


def test_a_token_that_has_expired_is_as_good_as_none(api: Api) -> None:
    _, over = api.town.token(expires_ms=WALL)
    _, good = api.town.token(expires_ms=WALL + 1)
    assert api.get("/v1/session", over).status_code == 401
    assert api.get("/v1/session", good).status_code == 200


def test_a_cookie_is_for_no_script_and_no_other_site(api: Api) -> None:
    _, token = api.town.token()
    status, cookie = sign_in(api, token)
    assert status == 201
    for word in ("HttpOnly", "SameSite=strict", "Path=/", f"Max-Age={SESSION_MS // 1_000}"):
        assert word in cookie
    assert token.rpartition("_")[2] not in cookie
    held = {"Cookie": cookie.partition(";")[0]}
    # What changes something must come from a page of this address.
    path = f"/v1/alerts/{OUTAGE}/acknowledge"
    refused = api.ask("POST", path, headers=held, json={})
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/cross-site")
    elsewhere = held | OWN_PAGE | {"Origin": "http://evil.example"}
    assert api.ask("POST", path, headers=elsewhere, json={}).status_code == 403
    # Kafka is away here: it was let in.
    here = held | OWN_PAGE | {"Origin": api.url}
    assert api.ask("POST", path, headers=here, json={}).status_code == 503
    assert api.ask("DELETE", "/v1/session", headers=here).status_code == 204
    assert api.get("/v1/session", headers=held).status_code == 401
    assert api.get("/v1/session", token).status_code == 200


def test_another_site_signs_nobody_in(api: Api) -> None:
    _, token = api.town.token()
    assert api.ask("POST", "/v1/session", json={"token": token}).status_code == 403


def test_a_session_is_no_token_and_the_other_way_round(api: Api) -> None:
    _, token = api.town.token()
    cookie = cookie_of(api, token)
    session = cookie["Cookie"].partition("=")[2]
    assert api.get("/v1/session", session).status_code == 401
    assert api.get("/v1/session", headers={"Cookie": f"wattstream={token}"}).status_code == 401
    assert sign_in(api, session)[0] == 401


def test_a_code_signs_in_once(api: Api) -> None:
    text = code(api)
    assert sign_in(api, text[:-1] + ("0" if text[-1] != "0" else "1"))[0] == 401
    assert sign_in(api, text)[0] == 201
    assert sign_in(api, text)[0] == 401
    assert api.get("/v1/session", code(api)).status_code == 401


def test_nobody_gives_away_more_than_its_own(api: Api) -> None:
    _, admin = api.town.token("operator", "admin:tokens", "read:live")

    def make(**body: object) -> tuple[int, dict[str, object]]:
        answer = api.ask("POST", "/v1/tokens", admin, json={"name": "x", **body})
        return answer.status_code, answer.json()

    status, made = make(role="service", scopes=["read:live"], days=1)
    assert status == 201
    text = str(made["token"])
    assert api.get(f"/v1/meters/{MINE}/now", text).status_code == 200
    assert text not in api.get("/v1/tokens", admin).text
    stored = api.town.client.hgetall(tokens_key(NAMESPACE))
    assert text.rpartition("_")[2] not in str(stored)
    assert make(role="service", scopes=["read:history"])[0] == 403
    assert make(role="operator")[0] == 403
    assert make(role="service")[0] == 422
    assert make(role="customer")[0] == 422
    assert make(role="service", scopes=["read:live"], more=1)[0] == 422
    for per_second in (1e-300, 0.09, 1_001):
        assert make(role="service", scopes=["read:live"], per_second=per_second)[0] == 422
    (listed,) = [
        each for each in api.get("/v1/tokens", admin).json()["items"] if each["name"] == "x"
    ]
    assert (listed["role"], listed["scopes"]) == ("service", ["read:live"])
    assert DAY_MS == 86_400_000


def test_who_asks_too_often_is_told_when_to_come_back(api: Api) -> None:
    _, token = api.town.token("customer", customer="c-mine", per_second=0.2)
    answers = [api.get("/v1/session", token) for _ in range(6)]
    refused = [each for each in answers if each.status_code == 429]
    assert refused and answers[0].status_code == 200
    assert int(refused[0].headers["Retry-After"]) >= 1
    assert refused[0].json()["type"] == "/problems/too-many-requests"
    _, other = api.town.token("customer", customer="c-mine")
    assert api.get("/v1/session", other).status_code == 200


def test_demand_10_no_secret_in_a_log_an_error_or_a_metric(
    api: Api, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    from prometheus_client import generate_latest

    caplog.set_level(logging.DEBUG)
    _, token = api.town.token()
    marker = token.rpartition("_")[2]
    answers = [
        api.get(path, token)
        for path in (
            *("/v1/session", "/v1/meters", "/nothing", f"/v1/meters/{MINE}/energy"),
            *(f"/v1/meters/{token}", f"/v1/meters?q={token}", f"/v1/meters?limit={token}"),
            *(f"/v1/stream?topics={token}", f"/{token}", "/v1/tokens"),
        )
    ]
    answers += [
        api.ask("POST", "/v1/session", json={"token": token, "more": token}, headers=OWN_PAGE),
        api.ask("POST", "/v1/session", content=token, headers=OWN_PAGE),
        api.ask("POST", "/v1/session", json=[token], headers=OWN_PAGE),
        api.ask("POST", f"/v1/alerts/{token}/comment", token, json={"text": ""}),
        api.get("/v1/meters", f"{token}0"),
        api.get("/v1/meters", headers={"Cookie": f"wattstream={token}"}),
    ]
    metrics = generate_latest(api.app.state.metrics.registry).decode()
    logged = [each.getMessage() for each in caplog.records if each.name.startswith("services")]
    out, err = capfd.readouterr()
    for text in (*(each.text for each in answers), metrics, *logged, out, err):
        assert marker not in text
    assert 'wattstream_api_requests_total{method="GET",route="/v1/meters",status="200"}' in metrics


def test_history_is_there_while_redis_is_away(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from redis import ConnectionError as Away

    from adapters.live_store import AsyncLiveStore

    _, token = api.town.token()
    _, short = api.town.token(expires_ms=WALL + 1)
    path = f"/v1/meters/{MINE}/energy?start=2013-12-23T00:00:00Z&end=2013-12-24T00:00:00Z"
    assert [api.get(path, each).status_code for each in (token, short)] == [200, 200]
    assert token.rpartition("_")[2] not in str(api.parts.remembered._known)

    async def away(*_: object, **__: object) -> None:
        raise Away

    monkeypatch.setattr(AsyncLiveStore, "ask", away)
    monkeypatch.setattr("services.api.caller.redis_access.find", away)
    api.forget()

    assert api.get(path, token).status_code == 200
    live = api.get(f"/v1/meters/{MINE}/now", token)
    assert (live.status_code, live.json()["detail"]) == (503, "Redis does not answer.")
    api.parts.now_ms = lambda: WALL + 1
    assert [api.get(path, each).status_code for each in (token, short)] == [200, 401]
    api.parts.now_ms = lambda: WALL
    # Who was not let in before is not let in.
    assert api.get(path, token[:-1] + ("0" if token[-1] != "0" else "1")).status_code == 503
    # Neither is anybody after ten minutes.
    try:
        api.parts.remembered.now_s = lambda: time.monotonic() + REMEMBERED_S - 60
        assert api.get(path, token).status_code == 200
        api.parts.remembered.now_s = lambda: time.monotonic() + REMEMBERED_S + 1
        over = api.get(path, token)
    finally:
        api.parts.remembered.now_s = time.monotonic
    assert (over.status_code, over.json()["detail"]) == (503, "Redis does not answer.")


def test_a_token_does_not_outdo_its_maker(api: Api) -> None:
    end = WALL + 3 * DAY_MS
    admin: dict[str, Any] = {"per_second": 10.0, "expires_ms": end}
    _, text = api.town.token("operator", "admin:tokens", "read:live", **admin)
    _, free = api.town.token("operator", "admin:tokens", "read:live", per_second=None)
    by_cookie = cookie_of(api, text) | OWN_PAGE

    def made(token: str | None = text, **body: object) -> tuple[int | None, float | None]:
        body = {"name": "x", "role": "service", "scopes": ["read:live"], **body}
        headers = by_cookie if token is None else {}
        answer = api.ask("POST", "/v1/tokens", token, json=body, headers=headers)
        assert answer.status_code == 201
        (kept,) = [
            each
            for each in map(decode, api.town.client.hvals(tokens_key(NAMESPACE)))
            if each["id"] == answer.json()["made"]["id"]
        ]
        return kept.get("expires_ms"), kept.get("per_second")

    assert made() == (end, 10.0)
    assert made(days=10, per_second=11) == (end, 10.0)
    assert made(days=1, per_second=2) == (WALL + DAY_MS, 2.0)
    # A session ends before the token that it is of, which is what counts.
    assert made(None, days=2) == (WALL + 2 * DAY_MS, 10.0)
    assert made(None) == (end, 10.0)
    assert made(free) == (None, None)
    assert made(free, per_second=900) == (None, 50.0)


def test_a_cookie_has_one_name_where_it_is_served(api: Api) -> None:
    _, token = api.town.token()
    tls = {"X-Forwarded-Proto": "https"}
    answer = api.ask("POST", "/v1/session", json={"token": token}, headers=OWN_PAGE | tls)
    named = answer.headers["Set-Cookie"].partition(";")[0]
    assert answer.status_code == 201
    assert named.startswith("__Host-wattstream=") and "Secure" in answer.headers["Set-Cookie"]
    plain = cookie_of(api, token)["Cookie"]
    session = named.partition("=")[2]
    for cookie, headers, status in (
        (named, tls, 200),
        (plain, {}, 200),
        # Another site of the domain can set it.
        (f"wattstream={session}", tls, 401),
        (named, {}, 401),
        (f"{named}; {plain}", {}, 200),
    ):
        asked = api.get("/v1/session", headers={"Cookie": cookie, **headers})
        assert asked.status_code == status, (cookie, headers)
    here = {"Cookie": named, "Origin": api.url.replace("http:", "https:")} | OWN_PAGE | tls
    out = api.ask("DELETE", "/v1/session", headers=here)
    assert (out.status_code, len(out.headers.get_list("Set-Cookie"))) == (204, 1)
    assert out.headers["Set-Cookie"].startswith('__Host-wattstream=""')


def test_who_signed_in_by_a_code_is_listed_and_ends(api: Api) -> None:
    _, admin = api.town.token("operator", "admin:tokens", name="admin")
    text = code(api)
    used = taken_apart(text)
    assert used is not None
    cookie = cookie_of(api, text)
    assert api.get("/v1/session", headers=cookie).status_code == 200

    items = {each["id"]: each for each in api.get("/v1/tokens", admin).json()["items"]}
    assert (items[used.id]["name"], items[used.id]["holds"]) == ("ada", True)
    # What is kept of it is no token.
    assert api.get("/v1/session", text.replace("wsc_", "wst_")).status_code == 401
    assert api.ask("DELETE", f"/v1/tokens/{used.id}", admin).status_code == 200

    assert api.get("/v1/session", headers=cookie).status_code == 401


def test_codes_of_sessions_that_are_over_are_forgotten(api: Api) -> None:
    first, second = (taken_apart(each) for each in (code(api), code(api)))
    assert first is not None and second is not None
    _, lasting = api.town.token(expires_ms=WALL + 1)
    sign_in(api, f"wsc_{first.id}_{first.secret}")
    api.parts.now_ms = lambda: WALL + SESSION_MS
    try:
        text = code(api, WALL + SESSION_MS)
        assert sign_in(api, text)[0] == 201
    finally:
        api.parts.now_ms = lambda: WALL
    kept = api.town.client.hkeys(tokens_key(NAMESPACE))
    last, token = taken_apart(text), taken_apart(lasting)
    assert last is not None and token is not None
    assert set(kept) == {last.id, token.id}


def test_a_session_leaves_redis_by_itself_and_a_token_has_so_many(api: Api) -> None:
    token, text = api.town.token(expires_ms=WALL + 60_000)
    cookies = []
    for n in range(MOST_SESSIONS + 2):
        api.parts.now_ms = partial(int, WALL + n)
        cookies.append(cookie_of(api, text))
    api.parts.now_ms = lambda: WALL

    answers = [api.get("/v1/session", headers=each).status_code for each in cookies]

    assert answers == [401, 401] + [200] * MOST_SESSIONS
    client, of = api.town.client, sessions_of_key(NAMESPACE, token.id)
    keys = client.keys(session_key(NAMESPACE, "*"))
    ids = [str(each) for each in client.zrange(of, 0, -1)]
    assert {session_key(NAMESPACE, each) for each in ids} == set(keys)
    assert all(0 < client.pttl(each) <= 60_000 for each in keys)
    assert 0 < client.pttl(of) <= SESSION_MS
    here = cookies[-1] | OWN_PAGE | {"Origin": api.url}
    assert api.ask("DELETE", "/v1/session", headers=here).status_code == 204
    assert client.zcard(of) == len(client.keys(session_key(NAMESPACE, "*"))) == MOST_SESSIONS - 1
