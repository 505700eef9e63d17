"""What streams are told of alerts and of the map, and what is made of it."""

import asyncio
from collections.abc import Sequence

import pytest

from contracts.alerts import Alert
from contracts.notes import Note
from services.api import feeds
from services.api.answers.alerts import AlertNow
from services.api.answers.alerts import alert_now as answer_of
from services.api.feeds import News, areas_feed
from services.api.parts import Parts
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.test_stream import _looked, listening, until
from tests.unit.services.api.town import MINE, NAMESPACE, NEIGHBOURS, OUTAGE, an_alert


def test_alerts_are_made_once_for_all_who_see_all_of_them(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, token = api.town.token()
    made: list[str] = []

    def alert_now(alert: Alert, notes: Sequence[Note]) -> AlertNow:
        made.append(alert.id)
        return answer_of(alert, notes)

    monkeypatch.setattr("services.api.routes.stream.alert_now", alert_now)
    _, mine = api.town.token("customer", customer="c-mine")
    with (
        listening(api, "alerts", token) as one,
        listening(api, "alerts", token) as another,
        listening(api, "alerts", mine) as customer,
    ):
        _looked(api)
        newer = an_alert(OUTAGE, version=9, homes=(MINE, NEIGHBOURS), homes_count=48)
        api.town.alert(newer)
        first, second = until(one, "alert"), until(another, "alert")
        assert first == second
        assert first[1]["homes_count"] == 48
        assert until(customer, "alert")[1]["homes_count"] == 1
    assert made == [OUTAGE, OUTAGE]


def test_areas_are_told_as_a_whole_once(api: Api) -> None:
    async def looks() -> list[News]:
        parts = Parts.of(api.parts.settings)
        try:
            look = areas_feed(parts, NAMESPACE, "gas", 5)
            return [await look(), await look()]
        finally:
            await parts.close()

    first, second = asyncio.run(looks())

    # No meter is there.
    assert first.change is not None
    assert b'"whole":true,"items":[]' in first.change
    assert second.change is None


@pytest.mark.parametrize(("most", "truncated"), [(1, False), (0, True)])
def test_a_map_that_is_cut_says_so(
    api: Api, monkeypatch: pytest.MonkeyPatch, most: int, truncated: bool
) -> None:
    _, token = api.town.token()
    monkeypatch.setattr(feeds, "MOST_CELLS", most)
    with listening(api, "areas:electricity@2", token) as events:
        assert until(events, "areas")[1]["truncated"] is truncated
