"""What a household's page shows of a meter that is not an even one: silent for years, read by the
litre, estimated, corrected late, and live."""

import json
import re

import pytest
from msgspec.json import encode
from playwright.sync_api import Page, expect

from contracts.live import live_key
from contracts.reading import Commodity
from contracts.time import MINUTE_MS
from tests.browser.homes import Drawing, Home, local_ms
from tests.browser.look import Visitors
from tests.browser.test_household import HALF_HOUR_MS, amounts, near, number, shades, table
from tests.browser.test_live import move_on, wait
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.town import AREA, GAS, MINE, NAMESPACE, STREAM, live

# ruff: noqa: RUF001  (pages have dashes between times)

WRITES = """
  globalThis.written = [];
  const write = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...more) {
    globalThis.written.push(text);
    return write.call(this, text, ...more);
  };
"""
"""Keeps what is written on canvases."""

LAST = local_ms("2011-05-03T14:02")


@pytest.fixture
def long_silent(api: Api) -> Home:
    """A home of which nothing came for two and a half years."""
    home = Home(local_ms("2011-05-01T00:02"), LAST, 10 * MINUTE_MS)
    home.settle(api)
    said = live("electricity", LAST, slice_end_ms=LAST + 3_000)
    api.town.client.hset(live_key(NAMESPACE, "electricity", AREA), MINE, encode(said))
    return home


def test_a_meter_that_is_silent_for_years_leads_to_when_there_was_something(
    visitors: Visitors, long_silent: Home
) -> None:
    page = visitors.signed_in().open(f"/meters/{MINE}")
    now = page.get_by_role("region", name="Last known")
    expect(now).to_contain_text("Silent since 14:02:00, 3 May 2011")
    expect(page.locator(".last-heard")).to_have_text(
        "There are no readings of Monday 23 December 2013. "
        "The last one came on Tuesday 3 May 2011, 14:02."
    )
    page.get_by_role("link", name="Tuesday 3 May 2011, 14:02").click()
    page.wait_for_url(f"**/meters/{MINE}?range=day&date=2011-05-03")
    expect(page.get_by_role("heading", name="Tuesday 3 May 2011")).to_be_visible()
    expect(page.locator(".last-heard")).to_have_count(0)
    rows = table(page)
    midnight = local_ms("2011-05-03T00:00")
    begins = range(midnight, local_ms("2011-05-03T14:00"), HALF_HOUR_MS)
    expected = [long_silent.kwh(begin, begin + HALF_HOUR_MS) for begin in begins]
    assert amounts(rows)[: len(expected)] == [near(each) for each in expected]
    # The last reading leads there as well, from wherever one is.
    page.goto(f"{page.url.partition('?')[0]}?range=year&date=2013-01-01")
    expect(page.locator(".last-heard")).to_contain_text("There are no readings of 2013.")
    now.get_by_role("link", name=re.compile("14:02:00 BST, 3 May 2011")).click()
    page.wait_for_url(f"**/meters/{MINE}?range=day&date=2011-05-03")
    expect(page.locator(".last-heard")).to_have_count(0)


@pytest.mark.usefixtures("long_silent")
def test_an_axis_without_values_is_of_the_unit_that_is_named(visitors: Visitors) -> None:
    visitor = visitors.signed_in()
    visitor.context.add_init_script(WRITES)
    page = visitor.open(f"/meters/{MINE}?range=day&date=2013-12-23")
    page.wait_for_selector(".chart-canvas canvas")
    wait(lambda: "0.2" in page.evaluate("globalThis.written"))
    written = page.evaluate("globalThis.written")
    assert "kWh" in written
    ticks = {float(each) for each in written if re.fullmatch(r"[\d.]+", each)}
    assert (min(ticks), max(ticks)) == (0, 1)
    (name,) = [each for each in table(page)[0] if each.startswith("Energy")]
    assert name == "Energy, kWh"


def heights(page: Page, times_ms: list[int], from_ms: int, to_ms: int) -> list[float | None]:
    """How high the line is at some times, as a share of the plot's height."""
    shares = [(each - from_ms) / (to_ms - from_ms) for each in times_ms]
    found: list[float | None] = page.locator(".chart-canvas canvas").evaluate(
        """(canvas, shares) => {
          const probe = document.createElement('i');
          probe.style.color = 'var(--accent)';
          document.querySelector('.chart').append(probe);
          const [red, green, blue] = getComputedStyle(probe).color.match(/[\\d.]+/g).map(Number);
          probe.remove();
          const over = document.querySelector('.chart-canvas .u-over').getBoundingClientRect();
          const at = canvas.getBoundingClientRect();
          const ratio = canvas.width / at.width;
          const top = (over.top - at.top) * ratio, height = over.height * ratio;
          return shares.map(share => {
            const x = Math.round((over.left - at.left + share * over.width) * ratio);
            const {data} = canvas.getContext('2d').getImageData(x, 0, 1, canvas.height);
            const seen = [];
            for (let y = 0; y < canvas.height; y++) {
              const is = Math.abs(data[4 * y] - red) + Math.abs(data[4 * y + 1] - green)
                + Math.abs(data[4 * y + 2] - blue) < 48;
              if (is) seen.push(y + 0.5);
            }
            if (!seen.length) return null;
            return (top + height - (seen[0] + seen.at(-1)) / 2) / height;
          });
        }""",
        shares,
    )
    return found


def test_the_last_fifteen_minutes_are_minutes_and_then_what_is_heard(
    visitors: Visitors, api: Api
) -> None:
    first = STREAM - 15 * MINUTE_MS
    lacking = range(first + 4 * MINUTE_MS, first + 8 * MINUTE_MS, MINUTE_MS)
    begins = [each for each in range(first, STREAM, MINUTE_MS) if each not in lacking]
    means = {each: 150.0 + 60.0 * (n * n % 7) for n, each in enumerate(begins)}
    api.parts.kept_history = Drawing(
        demands_w={each: (mean - 50.0, mean + 80.0, mean - 30.0) for each, mean in means.items()}
    )
    silent = [(lacking.start - 1, lacking.stop)]
    Home(STREAM - 60 * MINUTE_MS, STREAM - 1_000, 5_000, silent).settle(api)
    page = visitors.signed_in().open(f"/meters/{MINE}?range=live")
    table(page)
    # What is heard is there before what came before.
    expect(page.locator(".chart-table tbody tr")).to_have_count(len(begins) + 1)
    rows = table(page)

    # Each minute is told at its end, up to what was heard: 438 W at 16:19:59.
    expected = [
        (
            f"16:{5 + n + 1:02}:00",
            f"{mean:g}",
            f"mean of the minute, {mean - 50:g} to {mean + 80:g} W",
        )
        for n, mean in ((int(each - first) // MINUTE_MS, means[each]) for each in begins[:-1])
    ]
    expected.insert(4, ("16:09:00 – 16:14:00", "–", "no readings"))
    expected.append(("16:19:59", "438", ""))
    assert [tuple(row.values()) for row in rows] == expected
    assert list(rows[0]) == ["London time", "Demand, W", "Note"]
    readout = page.locator(".chart-readout")
    expect(readout).to_contain_text("438 W at 16:19:59")
    # What comes is added, and the line moves on.
    said = live("electricity", STREAM + 4_000, slice_end_ms=STREAM + 5_000, demand=512.5)
    api.town.client.hset(live_key(NAMESPACE, "electricity", AREA), MINE, encode(said))
    move_on(visitors)
    expect(readout).to_contain_text("512.5 W at 16:20:04")
    expect(page.locator(".stream-clock")).to_contain_text("16:20:05")
    rows = table(page)
    assert [tuple(row.values()) for row in rows] == [*expected, ("16:20:04", "512.5", "")]
    # What is drawn is as high: the axis goes to somewhat above the most, which is told.
    most = max(number(row["Demand, W"]) for row in rows if row["Demand, W"] != "–")
    shown = [each for each in begins[1:-1] if each != lacking.stop]
    halves = [each + MINUTE_MS // 2 for each in shown]
    high = [pytest.approx(means[each] / (1.12 * most), abs=0.02) for each in shown]
    # It is drawn after it was told.
    wait(lambda: heights(page, halves, first + 5_000, STREAM + 5_000) == high)
    gap = [first + 6 * MINUTE_MS]
    assert heights(page, gap, first + 5_000, STREAM + 5_000) == [None]
    expect(page.locator(".chart")).to_contain_text("no readings")


@pytest.mark.parametrize(("range_", "unit", "in_kwh"), [("month", "l", 1_000), ("year", "m³", 1)])
@pytest.mark.parametrize(("commodity", "meter_id"), [("gas", GAS), ("water", "home-water")])
def test_what_is_counted_by_volume_is_in_litres_and_cubic_metres(
    visitors: Visitors,
    api: Api,
    commodity: Commodity,
    meter_id: str,
    range_: str,
    unit: str,
    in_kwh: int,
) -> None:
    # A thousandth of its register is a millilitre.
    begin = local_ms("2013-11-29T00:02")
    home = Home(begin, STREAM, 10 * MINUTE_MS)
    home.settle(api, meter_id=meter_id, commodity=commodity)
    page = visitors.signed_in().open(f"/meters/{meter_id}?range={range_}&date=2013-12-01")
    rows = table(page)

    assert f"Volume, {unit}" in rows[0]
    assert not [each for each in rows[0] if "Wh" in each]
    if range_ == "month":
        begins = [local_ms(f"2013-12-{day:02}T00:00") for day in range(1, 25)]
    else:
        begins = [local_ms(f"2013-{month}-01T00:00") for month in (11, 12)] + [STREAM]
        rows = [row for row in rows if row["London time"] in ("Nov 2013", "Dec 2013")]
    spans = zip(begins, [min(each, STREAM) for each in begins[1:]], strict=False)
    expected = [in_kwh * home.kwh(*span) for span in spans]
    assert amounts(rows) == [near(each) for each in expected]
    summary = page.locator(".chart-readout").inner_text()
    (told, unit_told) = summary.split(" in all")[0].split()
    assert unit_told == unit
    assert number(told) == near(sum(expected))
    register = page.get_by_role("region", name=re.compile("Now|Last known"))
    assert register.get_by_text("kWh").count() == 0


def test_an_estimate_is_told_by_words_and_by_its_shape(visitors: Visitors, api: Api) -> None:
    times = [local_ms(f"2013-12-20T{each}") for each in ("10:00", "10:30", "11:00")]
    begin = local_ms("2013-12-18T00:00")
    home = Home(begin, STREAM, HALF_HOUR_MS, estimated=times, a_minute=(500, 800))
    home.settle(api)
    page = visitors.signed_in().open(f"/meters/{MINE}?range=day&date=2013-12-20")
    rows = table(page)

    midnight = local_ms("2013-12-20T00:00")
    begins = [midnight + n * HALF_HOUR_MS for n in range(48)]
    assert amounts(rows) == [near(home.kwh(each, each + HALF_HOUR_MS)) for each in begins]
    # From reading to reading is known if both are.
    told = [row["London time"] for row in rows if row["Note"] == "estimated"]
    assert told == ["09:30–10:00", "10:00–10:30", "10:30–11:00", "11:00–11:30"]
    assert {row["Note"] for row in rows} == {"", "estimated"}
    assert all(shades(page, each, 48) > 1 for each in (19, 20, 21, 22))
    assert all(shades(page, each, 48) == 1 for each in (17, 18, 23, 24))
    expect(page.get_by_label("What the shapes mean")).to_contain_text("estimated")
    quality = page.get_by_role("region", name="Data quality")
    expect(quality.locator("div", has_text="Estimated").locator("dd")).to_have_text("3")
    # Of a day a part is.
    month = table(visitors.signed_in().open(f"/meters/{MINE}?range=month&date=2013-12-01"))
    (day,) = [row for row in month if "estimated" in row["Note"]]
    assert day["London time"] == "Fri 20 Dec"
    found = re.search(r"([\d.]+) kWh of it estimated", day["Note"])
    assert found is not None
    part = home.kwh(local_ms("2013-12-20T09:30"), local_ms("2013-12-20T11:30"))
    assert number(found[1]) == near(part)


def test_what_came_late_is_in_the_bars_and_said_to_be(visitors: Visitors, api: Api) -> None:
    late = [local_ms("2013-12-20T10:00")]
    home = Home(local_ms("2013-12-18T00:00"), STREAM, 10 * MINUTE_MS, a_minute=(500, 800))
    home.settle(api, late=late)
    page = visitors.signed_in().open(f"/meters/{MINE}?range=day&date=2013-12-20")
    rows = table(page)

    # The bounds of two bars hang on it.
    midnight = local_ms("2013-12-20T00:00")
    begins = [midnight + n * HALF_HOUR_MS for n in range(48)]
    assert amounts(rows) == [near(home.kwh(each, each + HALF_HOUR_MS)) for each in begins]
    told = [row["London time"] for row in rows if row["Note"] == "corrected by late readings"]
    assert told == ["09:30–10:00"]
    assert {row["Note"] for row in rows} == {"", "corrected by late readings"}
    expect(page.get_by_label("What the shapes mean")).to_contain_text("corrected by late readings")
    assert marked(page) == [19]
    quality = page.get_by_role("region", name="Data quality")
    for name in ("Late", "Corrected times"):
        fact = quality.locator("dl > div").filter(has=page.get_by_text(name, exact=True))
        expect(fact.locator("dd")).to_have_text("1")
    # Without it the bar were otherwise.
    api.parts.kept_history.late.clear()
    rows = table(visitors.signed_in().open(f"/meters/{MINE}?range=day&date=2013-12-20"))
    assert amounts(rows)[19] < 0.8 * home.kwh(begins[19], begins[20])
    assert not [row for row in rows if "corrected" in row["Note"]]


def marked(page: Page) -> list[int]:
    """The bars, of 48, above which the triangle of a correction is drawn."""
    found: list[int] = json.loads(
        page.locator(".chart-canvas canvas").evaluate(
            """canvas => {
              const probe = document.createElement('i');
              probe.style.color = 'var(--warn)';
              document.querySelector('.chart').append(probe);
              const [red, green, blue] =
                getComputedStyle(probe).color.match(/[\\d.]+/g).map(Number);
              probe.remove();
              const over = document.querySelector('.chart-canvas .u-over').getBoundingClientRect();
              const at = canvas.getBoundingClientRect();
              const ratio = canvas.width / at.width;
              const {width, height} = canvas;
              const {data} = canvas.getContext('2d').getImageData(0, 0, width, height);
              const bars = new Set();
              for (let n = 0; n < data.length; n += 4) {
                const is = Math.abs(data[n] - red) + Math.abs(data[n + 1] - green)
                  + Math.abs(data[n + 2] - blue) < 24;
                if (!is) continue;
                const x = ((n / 4) % width) / ratio - (over.left - at.left);
                bars.add(Math.floor((48 * x) / over.width));
              }
              return JSON.stringify([...bars].sort((a, b) => a - b));
            }"""
        )
    )
    return found


def test_a_last_reading_at_midnight_leads_to_the_day_that_it_ends(
    visitors: Visitors, api: Api
) -> None:
    last = local_ms("2013-12-20T00:00")
    Home(local_ms("2013-12-18T00:00"), last, HALF_HOUR_MS).settle(api)
    said = live("electricity", last, slice_end_ms=last + 3_000)
    api.town.client.hset(live_key(NAMESPACE, "electricity", AREA), MINE, encode(said))
    page = visitors.signed_in().open(f"/meters/{MINE}?range=day&date=2013-12-20")
    expect(page.locator(".last-heard")).to_have_text(
        "There are no readings of Friday 20 December 2013. "
        "The last one came on Thursday 19 December 2013, 24:00."
    )
    # The one reading at its begin is no reason to call the day well heard.
    quality = page.get_by_role("region", name="Data quality")
    expect(quality).to_contain_text("Nothing was measured.")
    expect(quality).not_to_contain_text("expected")
    expect(quality).not_to_contain_text("No gaps.")

    page.get_by_role("link", name="Thursday 19 December 2013, 24:00").click()
    page.wait_for_url(f"**/meters/{MINE}?range=day&date=2013-12-19")
    expect(page.locator(".last-heard")).to_have_count(0)
    assert all(each > 0 for each in amounts(table(page)))
    expect(quality).to_contain_text("48 of 48 expected (100 %)")
    now = page.get_by_role("region", name="Last known")
    href = now.get_by_role("link", name=re.compile("00:00:00 GMT, 20 Dec 2013")).get_attribute(
        "href"
    )
    assert href == f"/meters/{MINE}?range=day&date=2013-12-19"
