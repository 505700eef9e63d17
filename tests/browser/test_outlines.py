"""Coast lines of the map, against capes as atlases have them."""

import math

import pytest
from playwright.sync_api import Page

from tests.browser.test_format import said

LONDON = "{south: 51.3, west: -0.5, north: 51.7, east: 0.3}, 11"
PACIFIC = "{south: 37.0, west: -123.0, north: 38.0, east: -122.0}, 11"


@pytest.mark.parametrize(
    ("view", "latitude", "longitude", "within"),
    [
        pytest.param(LONDON, 51.375, 1.445, 0.02, id="north-foreland"),
        pytest.param(LONDON, 50.738, 0.248, 0.02, id="beachy-head"),
        pytest.param(LONDON, 50.514, -2.457, 0.02, id="portland-bill"),
        pytest.param(PACIFIC, -34.83, 20.0, 0.3, id="agulhas"),
        pytest.param(PACIFIC, 8.08, 77.55, 0.3, id="comorin"),
        pytest.param(PACIFIC, -10.69, 142.53, 0.3, id="york"),
    ],
)
def test_the_coast_passes_capes(
    untouched: Page, view: str, latitude: float, longitude: float, within: float
) -> None:
    coast = said(untouched, "parts/outlines.js", f"(await m.outlinesOf({view})).coast")
    nearest = min(math.dist(point, (latitude, longitude)) for line in coast for point in line)
    assert nearest < within


@pytest.mark.parametrize("view", [LONDON, PACIFIC])
def test_each_line_stays_on_the_earth(untouched: Page, view: str) -> None:
    coast = said(untouched, "parts/outlines.js", f"(await m.outlinesOf({view})).coast")
    points = [point for line in coast for point in line]
    assert len(points) > 500
    assert all(abs(north) <= 90 and abs(east) <= 180 for north, east in points)
