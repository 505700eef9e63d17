"""The control room: what is drawn and where something is the matter, as it was written."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Locator, Page, expect

from contracts.geohash import box_of
from tests.browser.city import AREAS, GAS, HOUR, KNOWN, LARGEST, OUTAGE, PART
from tests.browser.look import overhang
from tests.browser.operators.conftest import Opened
from tests.browser.people import violations
from tests.browser.serving import Served

SCALE = (150, 300, 450, 600, 900, 1300)
"""W for each meter at which the next step begins, as the legend has it."""


def step(area: str) -> str:
    """The colour that an area must have, by what was written of it."""
    demand, reporting, holding, _ = AREAS[area]
    each = demand / (reporting + holding)
    number = sum(each >= bound for bound in SCALE)
    return "level-demand-back" if each < 0 else f"level-demand-{number}"


def cell(page: Page, name: str) -> Locator:
    return page.locator(f'.map-cell[data-cell="{name}"]')


def test_the_map_has_every_area_by_what_its_meters_draw(opened: Opened) -> None:
    page = opened("/")
    expect(page.locator(".map-cell")).to_have_count(len(AREAS))
    for area, (demand, reporting, holding, silent) in AREAS.items():
        expect(cell(page, area)).to_have_class(re.compile(rf"\b{step(area)}\b"))
        meters = reporting + holding + silent
        said = cell(page, area).get_attribute("aria-label") or ""
        each = demand / (reporting + holding)
        shown = f"{each:,.0f} W" if abs(each) < 1_000 else f"{float(f'{each / 1_000:.2g}'):g} kW"
        assert said.startswith(f"{area}: {shown} per meter, {meters:,} meters, {silent} silent")
    # All steps of the legend have a bound, and a unit.
    legend = page.locator(".legend")
    expect(legend).to_contain_text("150 \N{EN DASH} 300 W")
    expect(legend).to_contain_text("900 W \N{EN DASH} 1.3 kW")


def test_areas_with_an_outage_are_told_by_an_outline_and_a_pattern(opened: Opened) -> None:
    page = opened("/")
    expect(page.locator(".map-mark.is-outage")).to_have_count(2)
    for alert in (OUTAGE, PART):
        expect(cell(page, alert.area)).to_have_attribute(
            "aria-label", re.compile("an outage is open")
        )
    fill = page.locator(".map-mark").first.evaluate("each => getComputedStyle(each).fill")
    assert "#map-outage" in fill


def test_the_map_tells_which_areas_are_silent(opened: Opened) -> None:
    page = opened("/")
    expect(page.locator(".map-cell")).to_have_count(len(AREAS))
    page.get_by_role("button", name="Meters silent").click()
    expect(page).to_have_url(re.compile(r"by=silent"))
    # 66 of 726 are 9.1 %, 120 of 630 are 19 %, 3 of 673 are 0.4 %.
    expect(cell(page, "gcpuy")).to_have_class(re.compile("level-silent-3"))
    expect(cell(page, "gcpvj")).to_have_class(re.compile("level-silent-3"))
    expect(cell(page, "gcpuv")).to_have_class(re.compile("level-silent-1"))
    expect(cell(page, "gcpug")).to_have_class(re.compile("level-silent-0"))


def test_cells_get_larger_as_the_map_gets_smaller(opened: Opened) -> None:
    page = opened("/")
    expect(page.locator(".map-cell")).to_have_count(len(AREAS))
    for _ in range(3):
        page.get_by_role("button", name="Zoom out").click()
    names = {area[:4] for area in AREAS}
    expect(page.locator(".map-cell")).to_have_count(len(names))
    meters = sum(sum(AREAS[area][1:]) for area in AREAS if area.startswith("gcpu"))
    expect(cell(page, "gcpu")).to_have_attribute("aria-label", re.compile(f" {meters:,} meters"))
    expect(cell(page, "gcpv")).to_have_attribute("aria-label", re.compile("an outage is open"))


def test_demand_24_the_keyboard_goes_from_cell_to_cell(opened: Opened) -> None:
    page = opened("/")
    expect(page.locator(".map-cell")).to_have_count(len(AREAS))
    expect(page.locator('.map-cell[tabindex="0"]')).to_have_count(1)
    start = "gcpuv"
    cell(page, start).focus()
    south, west, north, east = box_of(start)
    box = {name: box_of(name) for name in AREAS}
    right = next(name for name, each in box.items() if each.west == east and each.south == south)
    page.keyboard.press("ArrowRight")
    expect(cell(page, right)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(cell(page, start)).to_be_focused()
    up = next(name for name, each in box.items() if each.south == north and each.west == west)
    page.keyboard.press("ArrowUp")
    expect(cell(page, up)).to_be_focused()
    expect(page.locator('.map-cell[tabindex="0"]')).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/areas/{up}$"))


def test_the_list_has_what_the_map_has(opened: Opened) -> None:
    page = opened("/")
    expect(page.locator(".map-cell")).to_have_count(len(AREAS))
    page.keyboard.press("l")
    rows = page.locator(".cell-table tbody tr")
    expect(rows).to_have_count(len(AREAS))
    told = {}
    for row in rows.all():
        area, each_kw, demand_kw, meters, *_ = row.locator("td").all_inner_texts()
        told[area] = (float(each_kw), float(demand_kw), int(meters.replace(",", "")))
    for area, (demand_w, reporting, holding, silent) in AREAS.items():
        each, demand, meters_ = told[area]
        assert each == pytest.approx(demand_w / (reporting + holding) / 1_000, rel=1e-3)
        assert demand == pytest.approx(demand_w / 1_000, rel=1e-3)
        assert meters_ == reporting + holding + silent
    page.get_by_role("button", name=re.compile("^Demand")).last.click()
    first = max(AREAS, key=lambda area: AREAS[area][0])
    expect(rows.first).to_contain_text(first)


def test_the_fleet_is_told_by_commodity_with_those_that_are_not_heard(opened: Opened) -> None:
    page = opened("/")
    for name, areas, commodity in (("Electricity", AREAS, "electricity"), ("Gas", GAS, "gas")):
        demand, reporting, holding, silent = (
            sum(each) for each in zip(*areas.values(), strict=True)
        )
        said = page.locator(".fleet li", has_text=name)
        number, unit = said.locator(".fleet-demand").inner_text().split()
        divisor = {"MW": 1e6, "m³/h": 1e3}[unit]
        assert float(number) == pytest.approx(demand / divisor, rel=1e-3)
        known = KNOWN[commodity]
        expect(said).to_contain_text(f"{reporting + holding:,} of {known:,} heard")
        expect(said).to_contain_text(f"{silent} silent")
        expect(said).to_contain_text(f"{known - reporting - holding - silent} never heard")


def test_the_five_largest_and_the_last_hour(opened: Opened, served: Served) -> None:
    # The hour is that until now: it goes on with the stream.
    served.city.waits = True
    page = opened("/")
    rows = page.locator(".top-five li")
    expect(rows).to_have_count(5)
    for row, (meter_id, _, value) in zip(rows.all(), LARGEST, strict=False):
        expect(row).to_contain_text(meter_id)
        assert float(row.locator("b").inner_text()) == pytest.approx(value / 1_000, rel=1e-3)
    expect(page.locator(".room-hour")).to_contain_text(f"Most {max(HOUR) / 1e6:.4g} MW")
    page.locator(".room-hour .chart-canvas").focus()
    page.keyboard.press("t")
    minutes = page.locator(".room-hour tbody tr")
    expect(minutes).to_have_count(60)
    told = [
        float(each) for each in page.locator(".room-hour tbody td:nth-child(2)").all_inner_texts()
    ]
    assert told == pytest.approx([each / 1e6 for each in HOUR], rel=1e-3)


def test_a_new_value_comes_by_itself(opened: Opened, served: Served) -> None:
    page = opened("/")
    expect(cell(page, "gcpuw")).to_have_class(re.compile("level-demand-1"))
    served.city.draw("electricity", AREAS | {"gcpuw": (410_000.0, 402, 8, 0)})
    served.city.go_on()
    expect(cell(page, "gcpuw")).to_have_class(re.compile("level-demand-5"))
    expect(cell(page, "gcpuw")).to_have_attribute("aria-label", re.compile("gcpuw: 1 kW"))


def test_demand_5_what_stands_still_is_told_and_gone_when_it_goes_on(
    opened: Opened, served: Served
) -> None:
    page = opened("/")
    expect(page.locator(".map-cell")).to_have_count(len(AREAS))
    expect(page.get_by_role("heading", name="Fleet now")).to_be_visible()
    served.city.stand_still(61)
    banner = page.get_by_text("Live values stand still since")
    expect(banner).to_be_visible()
    expect(page.locator(".map.is-hatched")).to_be_visible()
    # No heading says that anything is of now, and the numbers have their time.
    expect(page.get_by_role("heading", name=re.compile(r"\bnow\b"))).to_have_count(0)
    then = datetime.fromtimestamp(served.city.stream_ms / 1_000, UTC)
    expect(page.get_by_role("heading", name=f"Fleet at {then:%H:%M:%S}")).to_be_visible()
    number = page.locator(".fleet-demand b").first
    assert number.evaluate("each => getComputedStyle(each).fontStyle") == "italic"
    served.city.go_on()
    expect(banner).to_be_hidden()
    expect(page.locator(".map.is-hatched")).to_have_count(0)
    expect(page.get_by_role("heading", name="Fleet now")).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/?as=list", "/?by=silent", "/top", "/states", "/alerts"])
def test_axe_finds_nothing(opened: Opened, served: Served, path: str) -> None:
    served.city.regions()
    page = opened(path)
    settled(page, path)
    assert violations(page) == []


@pytest.mark.parametrize("path", ["/", "/?as=list", "/top", "/states", "/alerts"])
def test_demand_25_a_phone_does_not_scroll_sideways(
    opened: Opened, served: Served, path: str
) -> None:
    served.city.regions()
    page = opened(path, width=390, height=844)
    settled(page, path)
    assert overhang(page) == 0
    small = page.evaluate(
        """() => [...document.querySelectorAll("main button, main select, main input")]
          .filter(each => each.checkVisibility() && each.getBoundingClientRect().height < 43.5
            && !each.closest("label.check, .table th"))
          .map(each => each.outerHTML)"""
    )
    assert small == []


def test_demand_25_a_wall_has_nothing_but_what_is_to_be_seen(opened: Opened) -> None:
    page = opened("/?kiosk", width=1920, height=1080)
    expect(page.locator(".map-cell")).to_have_count(len(AREAS))
    expect(page.get_by_role("navigation")).to_have_count(0)
    # All of it is seen at once, and it needs no WebGL.
    assert page.evaluate("document.documentElement.scrollHeight") <= 1080
    assert page.locator("canvas").evaluate_all(
        "all => all.every(each => !each.getContext('webgl2'))"
    )
    page.get_by_role("button", name="Meters silent").click()
    expect(page).to_have_url(re.compile("kiosk"))


HAS = {
    "/": (".map-cell", ".newest li", ".top-five li", ".room-hour canvas"),
    "/?as=list": (".cell-table tbody tr", ".newest li", ".top-five li", ".room-hour canvas"),
    "/?by=silent": (".map-cell", ".newest li", ".top-five li", ".room-hour canvas"),
    "/top": (".table tbody tr",),
    "/states": ("path.us-state", ".table tbody tr"),
    "/alerts": ("tr[data-alert]",),
}
"""What is on a view once all that it asks for has come, by its path."""


def settled(page: Page, path: str) -> None:
    """Wait for the view, and for what it asks; and until what moves stands."""
    expect(page.locator("h1")).to_be_attached()
    page.wait_for_load_state("load")
    for each in HAS[path]:
        expect(page.locator(each).first).to_be_attached()
    expect(page.locator(".skeleton")).to_have_count(0)
    page.evaluate(
        """async () => {
          // What follows from it is done after it was painted.
          for (let n = 0; n < 2; n++) await new Promise(requestAnimationFrame);
          await Promise.allSettled(document.getAnimations().map(each => each.finished));
        }"""
    )
