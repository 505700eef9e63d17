"""The household: demands 1, 2, 3, 22, 24 and 25 as its reader meets them."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from contracts.time import HOUR_MS, MINUTE_MS
from tests.browser.homes import Home, local_ms
from tests.browser.look import Visitors, breaches, overhang
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.town import GAS, MINE, NEIGHBOURS, STREAM

# ruff: noqa: RUF001  (pages have dashes between times)

HALF_HOUR_MS = 30 * MINUTE_MS
SILENT_FROM, SILENT_TO = local_ms("2013-12-06T14:02"), local_ms("2013-12-16T09:12")


@pytest.fixture
def away(api: Api) -> Home:
    """A home of which nothing came for ten days, while its register went on."""
    home = Home(local_ms("2013-12-01T00:02"), STREAM, 10 * MINUTE_MS, [(SILENT_FROM, SILENT_TO)])
    home.settle(api)
    return home


def table(page: Page) -> list[dict[str, str]]:
    """The rows of the chart's table, by the heads of its columns."""
    page.wait_for_selector(".chart-canvas canvas")
    if page.get_by_role("button", name="Table", exact=True).count():
        page.get_by_role("button", name="Table", exact=True).click()
    settled(page)
    expect(page.locator(".chart-table")).to_be_visible()
    # All at once: what comes meanwhile may bring a column.
    heads, *rows = page.evaluate(
        """() => [...document.querySelectorAll('.chart-table tr')]
            .map(row => [...row.querySelectorAll('th, td')].map(each => each.innerText))"""
    )
    return [dict(zip(heads, row, strict=True)) for row in rows]


def settled(page: Page) -> None:
    """All that the view waits for has come."""
    expect(page.locator("h1").first).to_be_visible()
    expect(page.locator(".skeleton, .chart-waits")).to_have_count(0)


def number(text: str) -> float:
    return float(text.replace(",", "").replace("\N{MINUS SIGN}", "-"))


def amounts(rows: list[dict[str, str]]) -> list[float]:
    """The column of amounts; what is not known is 0."""
    (name,) = [each for each in rows[0] if each.startswith(("Energy", "Volume"))]
    return [0.0 if row[name] == "–" else number(row[name]) for row in rows]


def near(value: float) -> Any:  # noqa: ANN401
    """As four digits say it."""
    return pytest.approx(value, rel=6e-4)


def bar_tops(page: Page) -> list[int]:
    """Of each column of pixels of the chart, how high what is drawn in the bars' colour reaches
    above the axis, in pixels of the canvas."""
    tops: list[int] = page.locator(".chart-canvas canvas").evaluate(
        """canvas => {
          const probe = document.createElement('i');
          probe.style.color = 'var(--accent)';
          document.querySelector('.chart').append(probe);
          const [red, green, blue] = getComputedStyle(probe).color.match(/[\\d.]+/g).map(Number);
          probe.remove();
          const {width, height} = canvas;
          const {data} = canvas.getContext('2d').getImageData(0, 0, width, height);
          return Array.from({length: width}, (_, x) => {
            let top = height, bottom = 0;
            for (let y = 0; y < height; y++) {
              const at = 4 * (y * width + x);
              const is = Math.abs(data[at] - red) + Math.abs(data[at + 1] - green)
                + Math.abs(data[at + 2] - blue) < 24;
              if (is) { top = Math.min(top, y); bottom = Math.max(bottom, y); }
            }
            return Math.max(0, bottom - top + 1);
          });
        }"""
    )
    return tops


def test_demand_1_no_spike_after_silence(visitors: Visitors, away: Home) -> None:
    page = visitors.signed_in().open(f"/meters/{MINE}?range=month&date=2013-12-01")
    rows = table(page)

    # One bar of the ten days, with what the register counted meanwhile.
    (long,) = [row for row in rows if " to " in row["London time"]]
    assert long["London time"] == "7 Dec to 16 Dec"
    seventh, seventeenth = local_ms("2013-12-07T00:00"), local_ms("2013-12-17T00:00")
    assert amounts([long]) == [near(away.kwh(seventh, seventeenth))]
    assert "no readings 6 Dec 14:02 – 16 Dec 09:12" in long["Note"]
    assert "drawn at its mean" in long["Note"]
    # Every other bar is its day's register less that of the day before.
    days = [row for row in rows if row is not long]
    begins = [local_ms(f"2013-12-{day:02}T00:00") for day in (*range(1, 7), *range(17, 24))]
    assert len(days) == len(begins)
    ends = [min(each + 24 * HOUR_MS, STREAM) for each in begins]
    assert amounts(days) == [near(away.kwh(*span)) for span in zip(begins, ends, strict=True)]
    # All of them are the last register less the first.
    whole = (away.points[-1].register - away.points[0].register) / 1e6
    assert sum(amounts(rows)) == pytest.approx(whole, rel=1e-3)
    # Nothing that is drawn is higher than a day is, and the long bar is as high as its mean.
    tops = sorted(top for top in bar_tops(page) if top > 0)
    highest = max(away.kwh(*span) for span in zip(begins, ends, strict=True))
    mean = away.kwh(SILENT_FROM, seventeenth) / ((seventeenth - SILENT_FROM) / (24 * HOUR_MS))
    flat = max(set(tops), key=tops.count)
    assert tops[-1] / flat == pytest.approx(highest / mean, rel=0.06)
    # The time without readings is said on the page, too.
    quality = page.get_by_role("region", name="Data quality")
    expect(quality).to_contain_text("6 Dec 14:02 – 16 Dec 09:12")
    got = sum(point.at_ms >= begins[0] for point in away.points)
    lost = (SILENT_TO - SILENT_FROM) // away.cadence_ms - 1
    expect(quality).to_contain_text(f"{got:,} of {got + lost:,} expected")


def test_demand_1_the_hour_in_which_it_is_back_has_no_spike(visitors: Visitors, away: Home) -> None:
    page = visitors.signed_in().open(f"/meters/{MINE}?range=day&date=2013-12-16")
    rows = table(page)
    first = rows[0]
    assert first["London time"] == "00:00–09:30"
    assert amounts([first]) == [near(away.kwh(SILENT_FROM, local_ms("2013-12-16T09:30")))]
    assert "measured as one since 6 Dec 14:02, drawn at its mean" in first["Note"]
    begins = range(local_ms("2013-12-16T09:30"), local_ms("2013-12-17T00:00"), HALF_HOUR_MS)
    expected = [away.kwh(begin, begin + HALF_HOUR_MS) for begin in begins]
    assert amounts(rows[1:]) == [near(each) for each in expected]
    took_ms = local_ms("2013-12-16T09:22") - SILENT_FROM
    mean = amounts([first])[0] * HALF_HOUR_MS / took_ms
    tops = bar_tops(page)
    flat = max({*tops} - {0}, key=tops.count)
    assert max(tops) / flat == pytest.approx(max(expected) / mean, rel=0.06)
    # A day of which nothing is known is said to be so, and is not 0.
    page = visitors.signed_in().open(f"/meters/{MINE}?range=day&date=2013-12-10")
    rows = table(page)
    assert {row["Note"] for row in rows} == {"no readings"}
    assert {row["Energy, kWh"] for row in rows} == {"–"}
    expect(page.locator(".chart-readout")).to_contain_text("Nothing was measured")


@pytest.mark.parametrize(
    ("day", "bars", "has", "has_not"),
    [
        ("2013-03-31", 46, ("00:30 GMT–02:00 BST",), ("01:00–01:30 GMT", "01:00–01:30 BST")),
        ("2013-10-27", 50, ("01:00–01:30 BST", "01:30 BST–01:00 GMT", "01:00–01:30 GMT"), ()),
    ],
)
def test_demand_2_days_on_which_clocks_change(
    visitors: Visitors,
    api: Api,
    day: str,
    bars: int,
    has: tuple[str, ...],
    has_not: tuple[str, ...],
) -> None:
    midnight = local_ms(f"{day}T00:00")
    home = Home(midnight - 48 * HOUR_MS, midnight + 72 * HOUR_MS, HALF_HOUR_MS)
    home.settle(api)
    rows = table(visitors.signed_in().open(f"/meters/{MINE}?range=day&date={day}"))

    times = [row["London time"] for row in rows]
    assert len(times) == len(set(times)) == bars
    assert set(has) <= set(times)
    assert not set(has_not) & set(times)
    begins = range(midnight, midnight + bars * HALF_HOUR_MS, HALF_HOUR_MS)
    assert amounts(rows) == [near(home.kwh(begin, begin + HALF_HOUR_MS)) for begin in begins]
    month = table(visitors.signed_in().open(f"/meters/{MINE}?range=month&date={day}"))
    number_of_day = str(int(day[-2:]))
    (row,) = [row for row in month if row["London time"].split()[1] == number_of_day]
    assert amounts([row]) == [near(home.kwh(midnight, midnight + bars * HALF_HOUR_MS))]


@pytest.mark.parametrize(
    ("zone", "words"), [("Europe/London", "London time"), ("Asia/Kathmandu", "Kathmandu time")]
)
def test_demand_3_the_meters_zone_and_not_the_viewers(
    visitors: Visitors, api: Api, zone: str, words: str
) -> None:
    midnight = local_ms("2013-06-20T00:00", zone)
    home = Home(midnight - 48 * HOUR_MS, midnight + 72 * HOUR_MS, 15 * MINUTE_MS)
    home.settle(api, zone=zone)
    page = visitors.signed_in(timezone_id="America/Los_Angeles").open(
        f"/meters/{MINE}?range=day&date=2013-06-20"
    )
    rows = table(page)
    assert page.evaluate("new Date(0).getHours()") == 16
    expect(page.get_by_role("heading", name="Thursday 20 June 2013")).to_contain_text(words)
    times = [row[words] for row in rows]
    assert (times[0], times[-1], len(times)) == ("00:00–00:30", "23:30–24:00", 48)
    begins = range(midnight, midnight + 24 * HOUR_MS, HALF_HOUR_MS)
    assert amounts(rows) == [near(home.kwh(begin, begin + HALF_HOUR_MS)) for begin in begins]
    # The last reading, too, is said in the meter's time.
    offset = timedelta(0) if zone == "Europe/London" else timedelta(hours=5, minutes=45)
    at = (offset + timedelta(hours=16, minutes=19, seconds=59)).total_seconds()
    clock = f"{int(at // 3600):02}:{int(at % 3600 // 60):02}:59"
    expect(page.get_by_role("region", name="Now")).to_contain_text(clock)


def test_demand_22_the_table_that_is_downloaded_is_the_one_that_is_shown(
    visitors: Visitors, away: Home
) -> None:
    page = visitors.signed_in().open(f"/meters/{MINE}?range=day&date=2013-12-20")
    rows = table(page)
    with page.expect_download() as waits:
        page.get_by_role("link", name=re.compile("Download .* as CSV")).click()
    with waits.value.path().open() as file:
        told = list(csv.DictReader(io.StringIO(file.read())))
    assert told[0]["start"] == "2013-12-20T00:00:00+00:00"
    assert len(told) == len(rows) == 48
    midnight = local_ms("2013-12-20T00:00")
    expected = [
        away.kwh(midnight + n * HALF_HOUR_MS, midnight + (n + 1) * HALF_HOUR_MS) for n in range(48)
    ]
    assert [float(row["energy_wh"]) / 1_000 for row in told] == [pytest.approx(e) for e in expected]
    assert amounts(rows) == [near(each) for each in expected]


@pytest.mark.usefixtures("away")
def test_demand_24_a_chart_without_a_mouse(visitors: Visitors) -> None:
    page = visitors.signed_in().open(f"/meters/{MINE}?range=day&date=2013-12-20")
    page.wait_for_selector(".chart-canvas canvas")
    chart = page.get_by_role("application")
    for _ in range(40):
        page.keyboard.press("Tab")
        if chart.evaluate("element => element === document.activeElement"):
            break
    assert chart.evaluate("element => element === document.activeElement")
    readout = page.locator(".chart-readout")
    rows_of = page.locator(".chart-table tbody tr")
    expect(page.locator(".chart-table")).to_be_hidden()
    page.keyboard.press("t")
    expect(page.locator(".chart-table")).to_be_visible()
    rows = table(page)
    for key, index in (
        *(("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", 47)),
        *(("ArrowRight", 47), ("ArrowLeft", 46), ("PageUp", 36), ("PageDown", 46)),
    ):
        page.keyboard.press(key)
        row = rows[index]
        expect(readout).to_contain_text(f"{row['London time']}: {row['Energy, kWh']} kWh")
        expect(readout).to_have_attribute("aria-live", "polite")
    expect(rows_of).to_have_count(48)
    page.keyboard.press("T")
    expect(page.locator(".chart-table")).to_be_hidden()
    # A button does the same.
    page.get_by_role("button", name="Table", exact=True).click()
    expect(page.locator(".chart-table")).to_be_visible()


def shades(page: Page, index: int, count: int = 31) -> int:
    """How many shades of grey there are within a bar's width, just above the axis."""
    found: int = page.locator(".chart-canvas canvas").evaluate(
        """(canvas, [index, count]) => {
          const over = document.querySelector('.chart-canvas .u-over').getBoundingClientRect();
          const at = canvas.getBoundingClientRect();
          const ratio = canvas.width / at.width;
          const each = over.width / count;
          const left = (over.left - at.left + index * each + 0.35 * each) * ratio;
          const top = (over.bottom - at.top - 14) * ratio;
          const {data} = canvas.getContext('2d')
            .getImageData(Math.round(left), Math.round(top),
              Math.max(4, Math.round(0.3 * each * ratio)),
              Math.round(12 * ratio));
          const seen = new Set();
          for (let n = 0; n < data.length; n += 4) {
            const grey = 0.299 * data[n] + 0.587 * data[n + 1] + 0.114 * data[n + 2];
            seen.add(Math.round(grey / 16));
          }
          return seen.size;
        }""",
        [index, count],
    )
    return found


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_demand_24_a_chart_without_colour(visitors: Visitors, scheme: str) -> None:
    page = visitors.signed_in(color_scheme=scheme).open(
        f"/meters/{MINE}?range=month&date=2013-12-01"
    )
    page.wait_for_selector(".chart-canvas canvas")
    settled(page)
    # A day is of one shade; the time without readings is hatched, and has several.
    assert shades(page, 3) == 1
    assert shades(page, 10) > 1
    expect(page.get_by_label("What the shapes mean")).to_contain_text("no readings")


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize(
    "path",
    [
        f"/meters/{MINE}?range=day&date=2013-12-16",
        f"/meters/{MINE}?range=month&date=2013-12-01",
        f"/meters/{MINE}?range=live",
        f"/meters/{GAS}",
        f"/meters/{NEIGHBOURS}",
        "/meters/nobody",
        "/meters",
        "/meters?q=nothing",
        "/areas/gcpuy",
        "/areas/gcp",
    ],
)
def test_demand_24_no_view_has_a_violation(
    visitors: Visitors,
    path: str,
) -> None:
    visitor = visitors.signed_in()
    page = visitor.open(path)
    settled(page)
    for button in page.get_by_role("button", name="Table", exact=True).all():
        button.click()
    assert breaches(visitor, page) == []


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize("path", [f"/meters/{MINE}", "/meters", "/areas/gcpuy", "/areas/gcp"])
def test_demand_25_a_phone_needs_no_sideways_scroll(
    visitors: Visitors,
    path: str,
) -> None:
    page = visitors.signed_in(viewport={"width": 390, "height": 844}, has_touch=True).open(path)
    settled(page)
    assert overhang(page) <= 0


@pytest.mark.usefixtures("away")
def test_demand_25_a_household_is_read_within_one_screen_of_a_phone(
    visitors: Visitors,
) -> None:
    page = visitors.signed_in(viewport={"width": 390, "height": 844}, has_touch=True).open(
        f"/meters/{MINE}"
    )
    page.wait_for_selector(".chart-canvas canvas")
    settled(page)
    for part in (".now-demand", ".chart-canvas", ".chart-readout"):
        box = page.locator(part).first.bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 844, part
    for link in page.locator(".range-kinds a, .range-at a, .chart-switch").all():
        box = link.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44


@pytest.mark.usefixtures("away")
def test_demand_11_a_neighbours_page_is_that_of_nobody(visitors: Visitors) -> None:
    def said(meter_id: str) -> str:
        page = visitors.signed_in("customer").open(f"/meters/{meter_id}")
        expect(page.get_by_role("status")).to_contain_text("nothing here that you may see")
        return page.locator("article").inner_text().replace(meter_id, "")

    assert said(NEIGHBOURS) == said("home-nobody")
    page = visitors.signed_in("customer").open(f"/meters/{MINE}")
    expect(page.get_by_role("region", name="Now")).to_contain_text("438 W")
    # What a customer may not see has no link.
    assert page.locator('a[href^="/areas/"]').count() == 0
