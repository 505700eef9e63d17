"""What stands around every view, and what each view must keep to, whatever is on it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from contracts.access import Scope
from contracts.geohash import box_of
from services.api import pages
from tests.browser.look import Visitors, breaches, overhang, press_at_once
from tests.browser.test_live import wait
from tests.unit.services.api.town import MINE, OUTAGE

OWN = ["/account", "/system", "/sign-in", "/no-such-view"]
VIEWS = [
    path.format(meter_id=MINE, geohash="gcpuy", alert_id=OUTAGE, number="1")
    for path in pages.ADDRESSES
]
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}}


@pytest.mark.parametrize("path", VIEWS)
def test_no_view_breaches_the_policy_or_breaks(visitors: Visitors, path: str) -> None:
    """What goes wrong is counted by `visitors`."""
    visitor = visitors.signed_in() if path != "/sign-in" else visitors.new()
    page = visitor.open(path)
    page.wait_for_load_state("load")
    expect(page.get_by_text("This view is broken")).to_have_count(0)
    expect(page.get_by_text("could not be loaded")).to_have_count(0)
    # The view has it once it is shown.
    expect(page).to_have_title(re.compile(" · WattStream$"))
    expect(page.get_by_role("heading", level=1)).to_have_count(1)


@pytest.mark.parametrize("path", OWN)
def test_axe_finds_nothing(visitors: Visitors, path: str) -> None:
    scopes: tuple[Scope, ...] = (
        "read:areas",
        "read:live",
        "read:alerts",
        "read:system",
        "admin:tokens",
    )
    visitor = visitors.new() if path == "/sign-in" else visitors.signed_in("operator", *scopes)
    page = visitor.open(path)
    if path == "/system":
        page.get_by_role("heading", name="Stores").wait_for()
    if path == "/account":
        page.get_by_role("button", name="Revoke").first.wait_for()
    assert breaches(visitor, page) == []
    if path != "/sign-in":
        page.keyboard.press("?")
        page.get_by_role("dialog", name="Help").wait_for()
        assert breaches(visitor, page) == []


@pytest.mark.parametrize("path", OWN)
def test_demand_25_a_phone_scrolls_down_alone_and_has_room_for_fingers(
    visitors: Visitors, path: str
) -> None:
    visitor = visitors.new(**PHONE) if path == "/sign-in" else visitors.signed_in(**PHONE)
    page = visitor.open(path)
    if path == "/system":
        page.get_by_role("heading", name="Stores").wait_for()
    assert overhang(page) <= 0
    small = page.evaluate(
        "[...document.querySelectorAll('button, .nav a, select, input:not([type=radio])')]"
        ".filter(e => e.offsetParent !== null && e.getBoundingClientRect().height < 43.5)"
        ".map(e => e.outerHTML)"
    )
    assert small == []


MOST_BYTES = 150_000
"""Of a first page, as it comes over the network; browsers keep it afterwards."""


@pytest.mark.parametrize("path", [f"/meters/{MINE}", "/alerts", "/meters", "/areas/gcpuy"])
def test_a_first_page_is_light(visitors: Visitors, path: str) -> None:
    page = visitors.signed_in().open(path)
    if path == f"/meters/{MINE}":
        wait(lambda: has_loaded(page, "vendor/uplot.js"))
    is_light(page)


@pytest.mark.parametrize(("area", "outlines"), [("gcpuy", "england"), ("9q8yy", "world")])
def test_a_first_control_room_is_light_with_its_chart_and_the_coast(
    visitors: Visitors, area: str, outlines: str
) -> None:
    visitors.api.town.fleet(box_of(area))
    page = visitors.signed_in().open("/")
    wait(lambda: has_loaded(page, "vendor/uplot.js"))
    wait(lambda: has_loaded(page, f"data/{outlines}.json"))
    expect(page.locator(".map-coast")).not_to_have_count(0)
    is_light(page)


def has_loaded(page: Page, name: str) -> bool:
    return bool(page.evaluate(f"name => {FILES}.some(each => each.name.endsWith(name))", name))


def is_light(page: Page) -> None:
    """All that came, at once or later, is below what a first page may have."""
    expect(page.locator(".skeleton")).to_have_count(0)
    sizes = page.evaluate(f"Object.fromEntries({FILES}.map(e => [e.name, e.encodedBodySize]))")
    plain = page.evaluate(f"{FILES}.reduce((sum, each) => sum + each.decodedBodySize, 0)")
    assert len(sizes) > 30
    assert min(sizes.values()) > 0
    largest = sorted(sizes.items(), key=lambda each: -each[1])[:12]
    assert sum(sizes.values()) < MOST_BYTES, (sum(sizes.values()), largest)
    assert sum(sizes.values()) < plain / 2


FILES = (
    "performance.getEntries().filter(each => each.entryType === 'navigation'"
    " || each.name.includes('/assets/'))"
)
"""The document, and what it loaded."""


def test_keys_lead_where_links_do_and_do_nothing_while_one_writes(visitors: Visitors) -> None:
    visitor = visitors.signed_in()
    page = visitor.open("/account")
    press_at_once(page, "g", "y")
    page.wait_for_url("**/system")
    expect(page.get_by_role("heading", level=1)).to_have_text("System")
    page.keyboard.press("/")
    search = page.get_by_role("searchbox", name="Search for a meter")
    expect(search).to_be_focused()
    page.keyboard.type("g?c")
    expect(search).to_have_value("g?c")
    expect(page.get_by_role("dialog")).to_have_count(0)
    search.fill("home m")
    page.keyboard.press("Enter")
    page.wait_for_url("**/meters?q=home+m")
    page.go_back()
    page.wait_for_url("**/system")


def test_help_is_closed_by_escape_and_by_its_button(visitors: Visitors) -> None:
    visitor = visitors.signed_in()
    page = visitor.open("/account")
    dialog = page.get_by_role("dialog", name="Help")
    closes: list[Callable[[], None]] = [
        lambda: page.keyboard.press("Escape"),
        lambda: dialog.get_by_label("Close").click(),
    ]
    for close in closes:
        page.get_by_role("button", name="Help and keys").click()
        dialog.wait_for()
        close()
        expect(dialog).to_have_count(0)


def test_a_wall_has_no_navigation_and_still_says_how_old_all_is(visitors: Visitors) -> None:
    visitor = visitors.signed_in()
    page = visitor.open("/system?kiosk")
    expect(page.get_by_role("navigation")).to_have_count(0)
    expect(page.get_by_text("23 Dec 2013, 16:20:00 UTC").first).to_be_visible()


def test_what_one_likes_is_kept(visitors: Visitors) -> None:
    visitor = visitors.signed_in()
    page = visitor.open("/account")
    page.get_by_label("dark").check()
    page.get_by_label("Times of what is of no single meter").select_option("Asia/Katmandu")
    expect(page.locator(".stream-clock")).to_contain_text("23 Dec 2013, 22:05:00 GMT+5:45")
    page.reload()
    expect(page.get_by_label("dark")).to_be_checked()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    expect(page.locator(".stream-clock")).to_contain_text("22:05:00 GMT+5:45")


def test_a_token_is_revoked_only_when_that_is_said_twice(visitors: Visitors) -> None:
    made, _ = visitors.api.town.token(name="grace")
    visitor = visitors.signed_in("operator", "read:live", "admin:tokens")
    page = visitor.open("/account")
    page.get_by_role("button", name=f"Revoke grace, {made.id}").click()
    dialog = page.get_by_role("dialog", name="Revoke the token of grace?")
    dialog.get_by_role("button", name="Revoke").click()
    row = page.get_by_role("row").filter(has_text=made.id)
    expect(row).to_contain_text("revoked")


def test_system_says_what_does_not_answer(visitors: Visitors) -> None:
    visitor = visitors.signed_in()
    page = visitor.open("/system")
    stores = page.get_by_role("region", name="Stores")
    expect(stores.get_by_role("row").filter(has_text="Redis")).to_contain_text("answers")
    expect(stores.get_by_role("row").filter(has_text="Cassandra")).to_contain_text(
        "does not answer"
    )
    expect(page.get_by_text("Flink does not answer.")).to_be_visible()
