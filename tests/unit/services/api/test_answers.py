"""What the API answers: units in names, two clocks in all that is live, problems that say nothing
of the request."""

import asyncio
import csv
import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import quote

import polars as pl
import pytest
from msgspec.json import encode

from adapters.meter_history import AreaMinute
from contracts.digest import FleetMinute, fleet_minutes_key, registry_key
from contracts.energy import Counting, Energy, Point, Row, Span, energy_of_rows
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS
from services.api.meter_energy import counting_of
from services.api.problems import MEANINGS
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.town import (
    FEED,
    FEEDER,
    GAS,
    MINE,
    NAMESPACE,
    NEIGHBOURS,
    OUTAGE,
    OVER,
    STREAM,
    SUSPECTED,
    UNANNOUNCED,
    WALL,
    entry,
)

LIVE = (
    f"/v1/meters/{MINE}/now",
    "/v1/areas",
    "/v1/areas/gcpuy/now",
    "/v1/areas/gcpuy/meters",
    "/v1/fleet/now",
    "/v1/fleet/hour",
    "/v1/regions",
    f"/v1/feeders/{FEEDER}/now",
    "/v1/top",
    "/v1/alerts",
    "/v1/system",
)


@pytest.fixture
def token(api: Api) -> str:
    return api.town.token()[1]


@pytest.mark.parametrize("path", LIVE)
@pytest.mark.parametrize(("moved_s", "state"), [(2, "current"), (30, "delayed"), (3_600, "stale")])
def test_every_live_answer_has_both_clocks(
    api: Api, token: str, path: str, moved_s: int, state: str
) -> None:
    api.town.clock(moved_ms=WALL - 1_000 * moved_s)

    clock = api.get(path, token).json()["clock"]

    assert clock["state"] == state
    assert clock["standing_ms"] == 1_000 * moved_s
    assert clock["stream_time"] == "2013-12-23T16:20:00Z"
    assert clock["server_time"] == "2025-11-29T07:06:40Z"


def test_a_digest_that_is_away_is_not_believed(api: Api, token: str) -> None:
    api.town.client.set("town:newest:areas:electricity", STREAM + 5_000)
    api.parts.now_ms = lambda: WALL + 16_000
    try:
        clock = api.get("/v1/fleet/now", token).json()["clock"]
    finally:
        api.parts.now_ms = lambda: WALL
    assert (clock["stream_time"], clock["standing_ms"]) == ("2013-12-23T16:20:05Z", 0)


def test_a_meter_now(api: Api, token: str) -> None:
    meter = api.get(f"/v1/meters/{MINE}/now", token).json()["meter"]

    assert (meter["demand_w"], meter["register_wh"]) == (438.0, 12_345.678)
    assert (meter["flow_l_per_h"], meter["register_l"]) == (None, None)
    assert (meter["standing"], meter["age_ms"]) == ("reporting", 1_000)
    # In the zone of the meter.
    assert meter["last_reading"] == "2013-12-23T16:19:59+00:00"
    gas = api.get(f"/v1/meters/{GAS}/now", token).json()["meter"]
    assert (gas["register_l"], gas["register_wh"], gas["flow_l_per_h"]) == (12_345.678, None, None)
    silent = api.get(f"/v1/meters/{NEIGHBOURS}/now", token).json()["meter"]
    assert silent["standing"] == "silent"
    # One that nobody announced has a value all the same.
    assert api.get(f"/v1/meters/{UNANNOUNCED}/now", token).json()["meter"]["register_wh"] == 1.0
    assert not api.get(f"/v1/meters/{UNANNOUNCED}", token).json()["announced"]


def numbers(value: Any, name: str = "") -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        for key, each in value.items():
            yield from numbers(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from numbers(each, name)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield name


UNITS = ("_w", "_wh", "_l", "_l_per_h", "_ms", "_v", "_minutes", "_records")
COUNTS = {
    *("reporting", "holding", "silent", "known", "areas", "rank", "precision", "version"),
    *("readings", "lost", "repeats", "revisions", "resets", "homes_count", "homes_out"),
    *("south", "west", "north", "east", "per_second", "share", "streams_open"),
}


@pytest.mark.parametrize("path", [*LIVE, f"/v1/alerts/{OUTAGE}", "/v1/session", "/v1/meters"])
def test_every_number_has_its_unit_in_its_name(api: Api, token: str, path: str) -> None:
    api.parts.kept_history.alerts = {}
    for name in numbers(api.get(path, token).json()):
        assert name.endswith(UNITS) or name in COUNTS, name


def test_an_answer_that_is_known_is_not_sent_again(api: Api, token: str) -> None:
    api.town.client.set("town:newest:areas:electricity", STREAM)
    for path in LIVE[:8]:
        if path.endswith("/meters"):
            continue
        tag = api.get(path, token).headers["ETag"]
        again = api.get(path, token, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b""), path
        # What has become stale is another answer, though nothing else has changed.
        api.parts.now_ms = lambda: WALL + 3_600_000
        api.forget()
        later = api.get(path, token, headers={"If-None-Match": tag})
        api.parts.now_ms = lambda: WALL
        api.forget()
        assert later.json()["clock"]["state"] == "stale", path


def test_areas_are_found_by_a_box_and_as_coarse_as_it_takes(api: Api, token: str) -> None:
    def names(query: str) -> list[str]:
        return [each["name"] for each in api.get(f"/v1/areas{query}", token).json()["items"]]

    assert names("") == ["gcpuy"]
    assert names("?precision=3") == ["gcp"]
    assert names("?bbox=-0.5,51.3,0.3,51.7") == ["gcpuy"]
    assert names("?bbox=2.0,48.0,3.0,49.0") == []
    assert names("?bbox=-5e-1,51.3,3e-1,51.7") == ["gcpuy"]
    odd = ("0,0,1,51.7\r\n", "0,0,1,\uff15\uff11", "0,0,1, 51", "0,0,1,5_1", "0,0,inf,1")
    for bbox in (*odd, "1,2,3", "a,b,c,d", "0,51,1,50", "0,nan,1,50", "-181,0,0,1"):
        assert api.get(f"/v1/areas?bbox={quote(bbox)}", token).status_code == 422, bbox
    assert api.get("/v1/areas/gcpu/now", token).json()["cell"]["areas"] == 1
    # All meters have left it.
    assert api.get("/v1/areas/gcpuz/now", token).status_code == 404


def test_a_list_goes_on_where_it_was(api: Api, token: str) -> None:
    seen, cursor = [], ""
    for _ in range(10):
        page = api.get(f"/v1/meters?limit=1{cursor}", token).json()
        seen += [each["meter_id"] for each in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == sorted([MINE, NEIGHBOURS, GAS, UNANNOUNCED])
    _, other = api.town.token(name="bob")
    assert api.get(f"/v1/meters?limit=1{cursor}", other).status_code == 400
    assert api.get(f"/v1/meters?limit=1&q=h{cursor}", token).status_code == 400
    assert [
        each["meter_id"]
        for each in api.get("/v1/meters?commodity=gas&area=gcp", token).json()["items"]
    ] == [GAS]


def test_the_largest(api: Api, token: str) -> None:
    top = api.get("/v1/top?by=register", token).json()
    assert (top["items"][0]["register_wh"], top["items"][0]["demand_w"]) == (438.0, None)
    assert api.get("/v1/top?region=GB-LND", token).json()["items"][0]["rank"] == 1
    assert api.get("/v1/top?commodity=water", token).json()["items"] == []


def energy_of_a_day(api: Api) -> str:
    """Half-hourly readings of a day of London in summer time."""
    begin_ms = STREAM - 200 * 24 * HOUR_MS
    begin_ms -= begin_ms % (24 * HOUR_MS) + HOUR_MS
    points = [
        Point(begin_ms + n * 30 * MINUTE_MS, 1_000_000 + n * 250_500, n) for n in range(-4, 60)
    ]
    api.parts.kept_history.points[MINE, "electricity"] = points
    half_hourly = entry("electricity", "c-mine", 30 * MINUTE_MS)
    api.town.client.hset(registry_key(NAMESPACE), MINE, encode(half_hourly))
    api.parts.kept_history.cadence_ms = 30 * MINUTE_MS
    return f"/v1/meters/{MINE}/energy?start=2013-06-06T00:00:00&end=2013-06-07T00:00:00"


def test_demand_22_a_table_that_fits(api: Api, token: str) -> None:
    path = energy_of_a_day(api)
    told = api.get(path, token).json()

    answer = api.get(f"{path}&format=csv", token)

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert list(rows[0]) == ["start", "end", "energy_wh", "unit", "quality"]
    assert rows[0]["start"] == "2013-06-06T00:00:00+01:00"
    assert rows[-1]["end"] == "2013-06-07T00:00:00+01:00"
    assert len(rows) == len(told["items"]) == 48
    assert [float(row["energy_wh"]) for row in rows] == [
        each["energy_wh"] for each in told["items"]
    ]
    assert {row["unit"] for row in rows} == {"Wh"}
    read = pl.read_csv(io.BytesIO(answer.content))
    assert read["energy_wh"].sum() == pytest.approx(told["energy_wh"])
    assert read["energy_wh"].dtype == pl.Float64


def test_bars_are_of_the_meters_zone_and_add_up(api: Api, token: str) -> None:
    told = api.get(energy_of_a_day(api), token).json()
    assert (told["tz"], told["start"]) == ("Europe/London", "2013-06-06T00:00:00+01:00")
    assert told["energy_wh"] == pytest.approx(48 * 250.5)
    assert all(each["complete"] for each in told["items"])
    other = api.get(energy_of_a_day(api) + "&tz=Asia/Kathmandu", token).json()
    assert (other["tz"], other["start"]) == ("Asia/Kathmandu", "2013-06-06T00:00:00+05:45")
    assert api.get(energy_of_a_day(api) + "&tz=Middle/Earth", token).status_code == 422


@pytest.mark.parametrize(
    ("zone", "offset", "midnight"),
    [
        ("Asia/Kathmandu", "+05:45", "2013-12-03T18:15:00+00:00"),
        ("Asia/Kolkata", "+05:30", "2013-12-03T18:30:00+00:00"),
    ],
)
def test_demand_4_a_meters_days_begin_at_its_own_midnight(
    api: Api, token: str, zone: str, offset: str, midnight: str
) -> None:
    said = {**entry("electricity", "c-mine", 5 * MINUTE_MS), "time_zone": zone}
    api.town.client.hset(registry_key(NAMESPACE), MINE, encode(said))
    first = round(datetime.fromisoformat(midnight).timestamp() * 1_000)
    # What it takes grows from hour to hour, so that no other day has the same.
    times = range(first - DAY_MS, first + 3 * DAY_MS + 1, 5 * MINUTE_MS)
    points = [Point(at, 7_000_000 + n * n, n) for n, at in enumerate(times)]
    api.parts.kept_history.points[MINE, "electricity"] = points
    api.parts.kept_history.cadence_ms = 5 * MINUTE_MS
    register = {point.at_ms: point.register for point in points}
    path = f"/v1/meters/{MINE}/energy?start=2013-12-04T00:00:00&end=2013-12-06T00:00:00"

    days = api.get(f"{path}&resolution=P1D", token).json()

    assert (days["tz"], len(days["items"])) == (zone, 2)
    for n, day in enumerate(days["items"]):
        begin = first + n * DAY_MS
        assert day["start"] == f"2013-12-0{4 + n}T00:00:00{offset}"
        assert day["end"] == f"2013-12-0{5 + n}T00:00:00{offset}"
        assert day["complete"]
        counted = (register[begin + DAY_MS] - register[begin]) / 1_000
        assert day["energy_wh"] == pytest.approx(counted)
    hours = api.get(f"{path}&resolution=PT1H", token).json()["items"]
    assert [each["start"] for each in hours[:24]] == [
        f"2013-12-04T{hour:02}:00:00{offset}" for hour in range(24)
    ]
    assert [each["energy_wh"] for each in hours] == [
        pytest.approx((register[at + HOUR_MS] - register[at]) / 1_000)
        for at in range(first, first + 2 * DAY_MS, HOUR_MS)
    ]
    table = api.get(f"{path}&resolution=P1D&format=csv", token).text.splitlines()
    assert table[1].startswith(f"2013-12-04T00:00:00{offset},2013-12-05T00:00:00{offset},")
    # Without a span it is the day that the stream is in, which there is further on.
    api.town.clock(moved_ms=WALL - 1_000, stream_ms=first - 5_000)
    api.forget()
    assert api.get(f"/v1/meters/{MINE}/energy", token).json()["start"].startswith("2013-12-03T00:")
    api.town.clock(moved_ms=WALL - 1_000, stream_ms=first)
    api.forget()
    assert api.get(f"/v1/meters/{MINE}/energy", token).json()["start"].startswith("2013-12-04T00:")


def of_items(items: list[dict[str, Any]], name: str) -> list[Any]:
    """A field of items, times as numbers."""
    if not name.endswith("_ms"):
        return [each[name] for each in items]
    if name.startswith("covers_"):
        part = name.removeprefix("covers_").removesuffix("_ms")
        told = [each["covers"] and each["covers"][part] for each in items]
    else:
        told = [each[name.removesuffix("_ms")] for each in items]
    return [each and datetime.fromisoformat(each).timestamp() * 1_000 for each in told]


@pytest.mark.parametrize("what", ["energy", "minutes"])
def test_columns_say_what_objects_say(api: Api, token: str, what: str) -> None:
    path = energy_of_a_day(api).replace("energy", what)
    # A while without readings, in which a bar is of several.
    points = api.parts.kept_history.points[MINE, "electricity"]
    api.parts.kept_history.points[MINE, "electricity"] = [*points[:20], *points[30:]]
    api.parts.kept_history.cadence_ms = 5_000
    objects = api.get(path, token).json()
    answer = api.get(f"{path}&shape=columns", token)
    told = answer.json()

    assert len(answer.content) < len(api.get(path, token).content) / 2
    assert {name: told[name] for name in ("meter_id", "start", "end", "tz")} == {
        name: objects[name] for name in ("meter_id", "start", "end", "tz")
    }
    columns = told["columns"]
    assert len(columns["start_ms"]) == len(objects["items"]) > 20
    nothing = [name for name, values in columns.items() if values is None]
    for name, values in columns.items():
        expected = of_items(objects["items"], name)
        assert expected == (values or [None] * len(expected)), name
    assert "volume_l" in nothing and "readings" not in nothing
    if what == "energy":
        assert "energy_wh" not in nothing
        assert told["energy_wh"] == objects["energy_wh"] == sum(filter(None, columns["energy_wh"]))
        gaps = [gap for each in objects["items"] for gap in each["gaps"]]
        assert told["gaps"] == gaps and len(gaps) == 1


def test_an_areas_day_is_of_the_zone_that_is_named(api: Api, token: str) -> None:
    midnight_ms = 1_386_008_100_000  # 2013-12-02T18:15Z, in Kathmandu the 3rd at 0:00
    api.parts.kept_history.area = [
        AreaMinute(midnight_ms + minute * MINUTE_MS, 24, 2, 0, 800.0 + minute)
        for minute in (-1, 0, 24 * 60 - 1, 24 * 60)
    ]
    day = "start=2013-12-03T00:00:00&end=2013-12-04T00:00:00"

    told = api.get(f"/v1/areas/gcpuy/history?{day}&tz=Asia/Kathmandu", token).json()

    assert (told["tz"], told["start"]) == ("Asia/Kathmandu", "2013-12-03T00:00:00+05:45")
    assert [(each["start"], each["demand_w"]) for each in told["items"]] == [
        ("2013-12-03T00:00:00+05:45", 800.0),
        ("2013-12-03T23:59:00+05:45", 2_239.0),
    ]
    assert api.get(f"/v1/areas/gcpuy/history?{day}", token).json()["tz"] == "UTC"
    nowhere = api.get(f"/v1/areas/gcpuy/history?{day}&tz=Middle/Earth", token)
    assert nowhere.status_code == 422


@pytest.mark.parametrize(
    ("query", "status", "word"),
    [
        ("start=2010-01-01T00:00:00Z&end=2012-01-01T00:00:00Z&resolution=PT30M", 422, "shorter"),
        ("start=2012-01-01T00:00:00Z&end=2012-11-01T00:00:00Z&resolution=PT1M", 422, "P1D"),
        ("start=2012-01-02T00:00:00Z&end=2012-01-01T00:00:00Z", 422, "after the start"),
        ("start=0001-01-01T00:00:00Z", 422, "from 1970"),
        ("resolution=P1W", 422, "Input should be"),
    ],
)
def test_a_span_that_is_none_is_refused_with_advice(
    api: Api, token: str, query: str, status: int, word: str
) -> None:
    answer = api.get(f"/v1/meters/{MINE}/energy?{query}", token)
    assert answer.status_code == status
    assert word in answer.text


def test_quality_of_a_year_whose_days_begin_within_periods(
    api: Api, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    energy_of_a_day(api)
    in_loop: list[bool] = []

    def beside_others(rows: Iterable[Row], span: Span, counting: Counting) -> Energy:
        in_loop.append(asyncio._get_running_loop() is not None)
        return energy_of_rows(rows, span, counting)

    monkeypatch.setattr("services.api.history.minutes.energy_of_rows", beside_others)
    year = "start=2013-01-01T00:00:00&end=2013-12-31T00:00:00&tz=Asia/Kathmandu"
    answer = api.get(f"/v1/meters/{MINE}/quality?{year}", token)
    assert answer.status_code == 200
    assert (answer.json()["readings"], answer.json()["lost"]) == (64, 0)
    # The event loop answers others meanwhile.
    assert in_loop == [False]
    longer = "start=2011-01-01T00:00:00&end=2013-12-31T00:00:00"
    answer = api.get(f"/v1/meters/{MINE}/quality?{longer}", token)
    assert (answer.status_code, answer.json()["detail"]) == (422, "Ask for a shorter span.")


def test_how_a_meter_counts_is_said_of_its_own_commodity() -> None:
    known = entry("electricity", "c-mine", 5_000)
    known["register_size"] = 100_000.0
    known["kind"] = "interval"
    assert counting_of(known, "electricity") == Counting("interval", 100_000_000, 5_000)
    assert counting_of(known, "gas") == counting_of(None, "gas") == Counting()


def test_a_problem_says_what_it_is_and_nothing_of_the_request(api: Api, token: str) -> None:
    secret = "wst_town-0123abcd_" + "5" * 48
    answer = api.get(f"/v1/meters?limit={secret}", token)
    told = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (told["type"], told["status"], told["title"]) == (
        "/problems/not-valid",
        422,
        MEANINGS["not-valid"].title,
    )
    assert told["errors"][0]["pointer"] == "/query/limit"
    assert secret not in answer.text
    for path, status in (("/nothing", 404), ("/v1/top?n=11", 422), (f"/v1/meters/{'x' * 65}", 422)):
        refused = api.get(path, token)
        assert (refused.status_code, refused.headers["Content-Type"]) == (
            status,
            "application/problem+json",
        )
    wrong = api.ask("PUT", "/v1/session", token)
    assert (wrong.status_code, wrong.headers["Allow"]) == (405, "DELETE, GET, POST")
    assert api.ask("HEAD", "/v1/stream", token).status_code == 405
    too_large = api.ask("POST", f"/v1/alerts/{OUTAGE}/comment", token, content=b"x" * 70_000)
    assert too_large.status_code == 413
    for kind, meaning in MEANINGS.items():
        assert meaning.title in api.get(f"/problems/{kind}").text


def test_answers_are_careful(api: Api, token: str) -> None:
    for path in ("/v1/fleet/now", "/healthz", "/nothing", f"/v1/meters/{MINE}/now"):
        headers = api.get(path, token).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Request-Id"]
        assert "server" not in headers


def test_an_error_of_the_api_tells_nothing(
    api: Api, token: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("something that is nobody's")

    monkeypatch.setattr("services.api.routes.fleet.fleet_now", fails)
    answer = api.get("/v1/fleet/now", token)
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/broken")
    assert "nobody's" not in answer.text
    assert answer.headers["X-Request-Id"] in caplog.text
    assert token not in caplog.text


def test_a_store_that_is_away_is_named(api: Api, token: str) -> None:
    # There is no Kafka here.
    answer = api.ask("POST", f"/v1/alerts/{OUTAGE}/acknowledge", token, json={})
    assert answer.status_code == 503
    assert answer.json()["detail"] == "Kafka does not answer."
    assert answer.headers["Retry-After"]


def test_what_the_platform_does(api: Api, token: str) -> None:
    system = api.get("/v1/system", token).json()
    assert {each["name"]: each["answers"] for each in system["stores"]} == {
        "Redis": True,
        "Cassandra": False,
        "PostgreSQL": False,
        "Kafka": False,
        "Flink": False,
    }
    assert system["jobs"] is None
    assert [each["subject"] for each in system["feed"]] == ["town.readings-2"]
    ready = api.get("/readyz")
    assert (ready.status_code, ready.json()["cassandra"]) == (200, False)


def test_demand_15_cleared_but_unseen_stays(api: Api, token: str) -> None:
    def lives() -> dict[str, str]:
        items = api.get("/v1/alerts", token).json()["items"]
        return {each["id"]: each["life"] for each in items}

    assert lives()[OUTAGE] == "open"
    assert lives()[OVER] == "cleared_unseen"
    items = api.get("/v1/alerts?life=cleared_unseen", token).json()["items"]
    assert [each["id"] for each in items] == [OVER]
    severe = api.get("/v1/alerts?severity=critical", token).json()["items"]
    assert [each["kind"] for each in severe] == ["feed_quiet"]
    newest = [each["opened_at"] for each in api.get("/v1/alerts", token).json()["items"]]
    assert newest == sorted(newest, reverse=True)


def test_alerts_by_how_long_ago_they_were_opened_on_the_stream(api: Api, token: str) -> None:
    def opened(within_s: int) -> set[str]:
        items = api.get(f"/v1/alerts?opened_within_s={within_s}", token).json()["items"]
        return {each["id"] for each in items}

    # Ten minutes, 8:20, 15 and one minute before the stream's time.
    assert opened(59) == set()
    assert opened(60) == {FEED}
    assert opened(600) == {FEED, SUSPECTED, OUTAGE}
    assert opened(86_400) == {FEED, SUSPECTED, OUTAGE, OVER}


def test_the_last_hour_of_the_fleet_by_the_minute(api: Api, token: str) -> None:
    client, key = api.town.client, fleet_minutes_key(NAMESPACE, "electricity")
    for minute, demand in ((2, 900.0), (10, 700.0), (1, 876.5)):
        begin_ms = STREAM - minute * MINUTE_MS
        said = FleetMinute(begin_ms + MINUTE_MS - 5_000, demand, 2, 0, 1)
        client.hset(key, str(begin_ms), encode(said))

    answer = api.get("/v1/fleet/hour", token).json()

    assert [(each["start"][11:16], each["demand_w"]) for each in answer["items"]] == [
        ("16:10", 700.0),
        ("16:18", 900.0),
        ("16:19", 876.5),
    ]
    assert answer["items"][0]["as_of"] == "2013-12-23T16:10:55Z"
    assert [answer["items"][0][name] for name in ("reporting", "holding", "silent")] == [2, 0, 1]
    assert api.get("/v1/fleet/hour?commodity=gas", token).json()["items"] == []


def test_openapi_knows_every_answer_that_was_seen_here(api: Api) -> None:
    schema = api.get("/openapi.json").json()
    assert "HTTPValidationError" not in str(schema)
    for path, of_path in schema["paths"].items():
        for operation in of_path.values():
            assert operation["description"], path
            for status, answer in operation["responses"].items():
                content = answer.get("content", {})
                if int(status) >= 400 and path != "/readyz":
                    assert list(content) == ["application/problem+json"], (path, status)
