"""What streams are told of the map, and what is made of it."""

import asyncio

import pytest

from services.api import feeds
from services.api.feeds import News, areas_feed
from services.api.parts import Parts
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.test_stream import listening, until
from tests.unit.services.api.town import NAMESPACE


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
