"""What a customer is told of alerts: all that hit the own homes, and nothing of others."""

import pytest
from cassandra import DriverException
from msgspec import structs
from msgspec.json import encode

from contracts.alerts import Alert
from contracts.digest import registry_key
from contracts.facts import MOST_METERS
from services.api.alerts import for_customer
from services.api.answers.alerts import alert_now, alert_story
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.life import Kept
from tests.unit.services.api.town import (
    AREA,
    ENTRIES,
    FEEDER,
    MINE,
    NAMESPACE,
    OUTAGE,
    STREAM,
    an_alert,
)

LISTED = tuple(f"h{n:04d}" for n in range(MOST_METERS))


def outage(**more: object) -> Alert:
    values = {"homes": LISTED, "homes_count": 600, "homes_out": 600, "customer_minutes": 9.5}
    return an_alert(OUTAGE, **values | more)


@pytest.mark.parametrize(
    ("meter_id", "feeder", "told"),
    [
        ("h0007", FEEDER, True),
        # The list ends before it.
        ("h0500", FEEDER, True),
        ("h0500", "feeder-13", False),
        ("h0500", "", False),
        # It would be in the list.
        ("h0007a", FEEDER, False),
    ],
)
def test_an_outage_is_told_to_homes_that_its_list_has_no_room_for(
    meter_id: str, feeder: str, told: bool
) -> None:
    seen = for_customer(outage(), {meter_id: feeder})
    assert (seen is not None) == told
    if seen is not None:
        assert (seen.homes, seen.homes_count, seen.customer_minutes) == ((meter_id,), 1, None)


def test_a_list_that_is_whole_has_all_homes() -> None:
    whole = outage(homes=LISTED, homes_count=MOST_METERS)
    assert for_customer(whole, {"h0500": FEEDER}) is None
    short = outage(homes=LISTED[:3], homes_count=3)
    assert for_customer(short, {"h0500": FEEDER}) is None


@pytest.mark.parametrize(("out", "own_out"), [(600, 2), (0, 0), (1, None), (599, None)])
def test_whether_an_own_home_is_back_is_told_where_it_is_known(
    out: int, own_out: int | None
) -> None:
    seen = for_customer(outage(homes_out=out), {"h0001": FEEDER, "h0002": FEEDER})
    assert seen is not None
    assert alert_now(seen, []).homes_out == own_out
    assert alert_story([seen], [], whole=True).versions[0].homes_out == own_out
    assert alert_now(outage(homes_out=out), []).homes_out == out


def test_home_501_finds_its_outage(api: Api) -> None:
    listed = tuple(f"a{each}" for each in LISTED)
    api.town.alert(outage(homes=listed))
    _, token = api.town.token("customer", customer="c-mine")

    (only,) = api.get("/v1/alerts", token).json()["items"]

    assert (only["id"], only["text"]) == (OUTAGE, "")
    assert MINE in api.get(f"/v1/alerts/{OUTAGE}", token).json()["homes"]
    assert api.get(f"/v1/alerts?meter={MINE}", token).json()["items"] == [only]


def test_home_501_of_an_area_finds_its_outage(api: Api) -> None:
    without = {name: each for name, each in ENTRIES[MINE].items() if name != "feeder"}
    api.town.client.hset(registry_key(NAMESPACE), MINE, encode(without))
    listed = tuple(f"a{each}" for each in LISTED)
    area = f"area:{AREA}"
    of_area = outage(id=f"outage:{area}:{STREAM}", subject=area, homes=listed)
    api.town.alert(of_area)
    _, token = api.town.token("customer", customer="c-mine")

    found = [each["id"] for each in api.get("/v1/alerts", token).json()["items"]]

    assert of_area.id in found
    assert MINE in api.get(f"/v1/alerts/{of_area.id}", token).json()["homes"]


def test_without_history_others_alerts_are_as_those_that_are_not_there(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise DriverException

    monkeypatch.setattr(Kept, "alert_versions", away)
    others = structs.replace(outage(), id=f"outage:feeder-13:{STREAM}", subject="feeder-13")
    api.town.alert(others)
    _, token = api.town.token("customer", customer="c-mine")
    _, operator = api.town.token()

    refusals = [
        api.get(f"/v1/alerts/{an_id}", token) for an_id in (others.id, f"outage:none:{STREAM}")
    ]

    assert {each.status_code for each in refusals} == {503}
    assert len({each.content for each in refusals}) == 1
    assert api.get(f"/v1/alerts/{OUTAGE}", token).status_code == 200
    assert api.get(f"/v1/alerts/{others.id}", operator).status_code == 200
