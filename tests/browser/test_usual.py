"""What is usual for a household, behind the bars of its day."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from contracts.time import HOUR_MS, MINUTE_MS
from detection.unusual.model_files import Model
from tests.browser.homes import Home, local_ms
from tests.browser.look import Visitors, breaches, overhang
from tests.browser.test_household import number, table
from tests.support.models import by_chance
from tests.unit.detection.unusual.test_usual import looked_up
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.judged import judged
from tests.unit.services.api.town import GAS, MINE, STREAM

# ruff: noqa: RUF001  (pages have dashes between times)

MIDNIGHT = local_ms("2013-12-23T00:00")
HALF_HOUR_MS = 30 * MINUTE_MS
FROM = MIDNIGHT + 2 * HOUR_MS
"""From when on hours are judged."""
DAY = f"/meters/{MINE}?date=2013-12-23"


@pytest.fixture
def home(api: Api) -> Home:
    """A home of which nothing came for two hours."""
    silent = (MIDNIGHT + 5 * HOUR_MS, MIDNIGHT + 7 * HOUR_MS)
    found = Home(local_ms("2013-12-10T00:02"), STREAM, 10 * MINUTE_MS, [silent])
    found.settle(api)
    return found


@pytest.fixture(params=[True, False], ids=["own", "group"])
def model(request: pytest.FixtureRequest, api: Api, home: Home, tmp_path: Path) -> Iterator[Model]:
    """Judges the home, whose numbers are its own or its group's."""
    assert home
    made = by_chance(np.random.default_rng(3), (MINE,), 300.0)
    own = np.array([request.param], dtype=np.bool_)
    made = replace(made, tables=replace(made.tables, own=own))
    with judged(api, tmp_path, made, FROM):
        yield made


def ground(page: Page, x: float) -> list[float]:
    """How high the ground of what is usual begins and ends in a column of the chart, as shares of
    the height between its lowest and its highest line."""
    found: list[float] = page.locator(".chart-canvas canvas").evaluate(
        """(canvas, x) => {
          const probe = document.createElement('i');
          probe.style.color = 'var(--muted)';
          document.querySelector('.chart').append(probe);
          const [red, green, blue] = getComputedStyle(probe).color.match(/[\\d.]+/g).map(Number);
          probe.remove();
          const at = Math.round(canvas.width * x);
          const {data} = canvas.getContext('2d').getImageData(at, 0, 1, canvas.height);
          const rows = Array.from({length: canvas.height}, (_, y) => y).filter(y => {
            const [r, g, b, a] = data.slice(4 * y, 4 * y + 4);
            return a > 20 && a < 80
              && Math.abs(r - red) + Math.abs(g - green) + Math.abs(b - blue) < 40;
          });
          return rows.length ? [Math.min(...rows), Math.max(...rows)] : [];
        }""",
        x,
    )
    return found


def test_a_day_has_a_column_of_what_is_usual(visitors: Visitors, model: Model) -> None:
    page = visitors.signed_in("customer").open(DAY)
    rows = table(page)

    column = [row["Usual, kWh"] for row in rows]
    seen = 0
    for row, usual in zip(rows, column, strict=True):
        first, last = row["London time"].split("–")
        begin_ms = local_ms(f"2013-12-23T{first}")
        end_ms = MIDNIGHT + 24 * HOUR_MS if last == "24:00" else local_ms(f"2013-12-23T{last}")
        if begin_ms < FROM:
            assert usual == "–"
            continue
        # A bar of several half-hours has all of them.
        halves = [
            looked_up(model, 0, at_ms - at_ms % HOUR_MS)
            for at_ms in range(begin_ms, end_ms, HALF_HOUR_MS)
        ]
        least, _, most = (sum(each) / 2_000 for each in zip(*halves, strict=True))
        assert [number(each) for each in usual.split("–")] == [
            pytest.approx(least, rel=6e-4, abs=6e-5),
            pytest.approx(most, rel=6e-4, abs=6e-5),
        ]
        seen += 1
    assert seen > 20
    (long,) = [row for row in rows if "measured as one" in row["Note"]]
    assert long["London time"] == "05:00–07:30"


@pytest.mark.usefixtures("model")
def test_it_is_read_out_and_named(visitors: Visitors, request: pytest.FixtureRequest) -> None:
    page = visitors.signed_in().open(DAY)
    rows = table(page)
    chart = page.locator(".chart-canvas")
    chart.focus()
    page.keyboard.press("End")
    said = page.locator(".chart-readout")
    expect(said).to_contain_text(f"usually {rows[-1]['Usual, kWh']} kWh")
    page.keyboard.press("Home")
    expect(said).not_to_contain_text("usually")
    whose = "this home" if "own" in request.node.name else "homes like this one"
    expect(page.locator(".chart-legend")).to_contain_text(f"usual for {whose}")


def test_it_is_drawn_for_hours_to_come(visitors: Visitors, model: Model) -> None:
    page = visitors.signed_in().open(DAY)
    table(page)
    # The chart's middle of 22:00 to 23:00 is at 0.94 of what is between its axis and its end.
    plot = page.locator(".u-over").bounding_box()
    canvas = page.locator(".chart-canvas canvas").bounding_box()
    assert plot is not None and canvas is not None

    def at(hour: float) -> float:
        return (plot["x"] - canvas["x"] + plot["width"] * hour / 24) / canvas["width"]

    heights = {}
    for hour in (20.5, 21.5, 22.5):
        top, bottom = ground(page, at(hour))
        heights[hour] = bottom - top
    for one, other in ((20, 21), (21, 22)):
        bands = [looked_up(model, 0, MIDNIGHT + each * HOUR_MS) for each in (one, other)]
        first, second = (band[2] - band[0] for band in bands)
        drawn = heights[one + 0.5] / heights[other + 0.5]
        # An edge takes some pixels of each.
        assert drawn == pytest.approx(first / second, rel=0.15)
    assert ground(page, at(0.98)) == []


@pytest.mark.usefixtures("home")
def test_without_a_model_nothing_is_said(visitors: Visitors) -> None:
    page = visitors.signed_in().open(DAY)
    assert "Usual, kWh" not in table(page)[0]
    expect(page.locator("main")).not_to_contain_text("sual")


@pytest.mark.usefixtures("model")
@pytest.mark.parametrize("path", [f"/meters/{MINE}?range=month", f"/meters/{GAS}"])
def test_months_and_other_commodities_have_none(visitors: Visitors, path: str) -> None:
    page = visitors.signed_in().open(path)
    page.wait_for_selector(".chart-canvas canvas")
    expect(page.locator("main")).not_to_contain_text("sual")


@pytest.mark.usefixtures("model")
@pytest.mark.parametrize("width", [1280, 390])
def test_it_breaches_nothing_and_fits(visitors: Visitors, width: int) -> None:
    visitor = visitors.signed_in(viewport={"width": width, "height": 844})
    page = visitor.open(DAY)
    table(page)
    assert breaches(visitor, page) == []
    assert overhang(page) <= 0
