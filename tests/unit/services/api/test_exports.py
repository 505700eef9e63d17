"""Exports of many meters, part by part: all of them once, each as it is answered by itself."""

import csv
import io
from collections.abc import Iterator

import pytest
from msgspec.json import encode

from contracts.digest import customer_key, meter_ids_key, registry_key
from contracts.energy import Point
from contracts.reading import Commodity
from contracts.time import DAY_MS, MINUTE_MS
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.town import GAS, MINE, NAMESPACE, NEIGHBOURS, UNANNOUNCED, entry

BEGIN = 1_386_028_800_000
"""2013-12-03, UTC."""
SPAN = "start=2013-12-03T00:00:00&end=2013-12-06T00:00:00"
OTHERS = [f"many-{number:02}" for number in range(30)]


@pytest.fixture
def token(api: Api) -> str:
    """An operator's, of a town with many more meters, each with a history of its own."""
    kept, client = api.parts.kept_history, api.town.client
    kept.cadence_ms = 30 * MINUTE_MS
    for number, meter_id in enumerate([MINE, NEIGHBOURS, GAS, *OTHERS]):
        commodity: Commodity = "gas" if meter_id == GAS else "electricity"
        times = range(BEGIN - DAY_MS, BEGIN + 5 * DAY_MS, 30 * MINUTE_MS)
        points = [Point(at, 1_000 * n * (number + 1), n) for n, at in enumerate(times)]
        kept.points[meter_id, commodity] = points
    for meter_id in OTHERS:
        said = entry("electricity", "c-many", 30 * MINUTE_MS)
        said["time_zone"] = "Asia/Kathmandu"
        client.hset(registry_key(NAMESPACE), meter_id, encode(said))
        client.zadd(meter_ids_key(NAMESPACE), {meter_id: 0})
        client.sadd(customer_key(NAMESPACE, "c-many"), meter_id)
    return api.town.token()[1]


def parts_of(api: Api, path: str, token: str) -> Iterator[list[dict[str, str]]]:
    """The rows of each part, as long as there is a next one."""
    following: str | None = path
    for _ in range(100):
        if following is None:
            return
        answer = api.get(following, token)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        yield list(csv.DictReader(io.StringIO(answer.text)))
        following = answer.links.get("next", {}).get("url")
    raise AssertionError("it has no end")


def test_every_meter_is_in_one_part_as_it_is_by_itself(api: Api, token: str) -> None:
    path = f"/v1/exports/energy?{SPAN}&resolution=P1D"
    parts = list(parts_of(api, f"{path}&limit=7", token))

    assert all(len({row["meter_id"] for row in part}) <= 7 for part in parts)
    rows = [row for part in parts for row in part]
    assert list(rows[0]) == [
        *("meter_id", "commodity", "start", "end", "energy_wh", "volume_l", "quality"),
    ]
    meters = sorted({MINE, NEIGHBOURS, GAS, UNANNOUNCED, *OTHERS})
    assert [row["meter_id"] for row in rows] == [each for each in meters for _ in range(3)]
    for number, meter_id in enumerate([MINE, NEIGHBOURS, GAS, *OTHERS]):
        own = [row for row in rows if row["meter_id"] == meter_id]
        amounts = [row["volume_l" if meter_id == GAS else "energy_wh"] for row in own]
        assert amounts == [f"{48 * (number + 1)}"] * 3
        assert {row["energy_wh" if meter_id == GAS else "volume_l"] for row in own} == {""}
        # A local time is of each meter's zone.
        offset = "+05:45" if meter_id in OTHERS else "+00:00"
        assert own[0]["start"] == f"2013-12-03T00:00:00{offset}"
        alone = api.get(f"/v1/meters/{meter_id}/energy?{SPAN}&resolution=P1D&format=csv", token)
        told = list(csv.DictReader(io.StringIO(alone.text)))
        assert [row["start"] for row in told] == [row["start"] for row in own]
        assert [row["quality"] for row in told] == [row["quality"] for row in own]


def test_a_part_reads_no_more_than_a_request_may(api: Api, token: str) -> None:
    kept = api.parts.kept_history
    seen: list[int] = []
    rows = 0
    following: str | None = f"/v1/exports/energy?{SPAN}&resolution=PT1H"
    while following is not None:
        kept.asked = 0
        answer = api.get(following, token)
        rows += len(answer.text.splitlines()) - 1
        seen.append(kept.asked)
        following = answer.links.get("next", {}).get("url")
    assert len(seen) > 1
    # What lies before the span is looked for in a second question.
    assert max(seen) <= 2 * 400
    assert rows == 72 * (len(OTHERS) + 4)


def test_filters_and_owners_hold_for_all_parts(api: Api, token: str) -> None:
    path = f"/v1/exports/energy?{SPAN}&limit=1"
    assert ids(api, f"{path}&commodity=gas", token) == {GAS}
    assert ids(api, f"{path}&customer=c-mine", token) == {MINE, GAS}
    assert ids(api, f"{path}&q=many-0", token) == set(OTHERS[:10])
    _, mine = api.town.token("customer", customer="c-mine")
    assert ids(api, path, mine) == {MINE, GAS}
    assert ids(api, f"{path}&customer=c-many", mine) == set()
    # What is asked for does not change from part to part.
    first = api.get(path, token).links["next"]["url"]
    assert api.get(first.replace("limit=1", "limit=2"), token).status_code == 200
    for other in (first.replace("2013-12-06", "2013-12-07"), f"{first}&q=many"):
        assert api.get(other, token).status_code == 400
    assert api.get(first, mine).status_code == 400


def ids(api: Api, path: str, token: str) -> set[str]:
    return {row["meter_id"] for part in parts_of(api, path, token) for row in part}


def test_a_span_that_is_too_long_is_refused_with_advice(api: Api, token: str) -> None:
    long = "start=1990-01-01T00:00:00Z&end=2020-01-01T00:00:00Z&resolution=PT1M"
    answer = api.get(f"/v1/exports/energy?{long}", token)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/range-too-long")
