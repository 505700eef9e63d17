"""How a customer says on the page how it is told of its own home."""

import pytest
from playwright.sync_api import Locator, Page, expect

from contracts.choices import Choice, Quiet
from tests.browser.look import Visitors, breaches, overhang
from tests.unit.services.api.town import WALL

MADE = Choice(
    customer="c-mine",
    at_ms=WALL,
    channel="home-mail",
    address="ada@homes.example",
    kinds=("outage", "unusual_use"),
    zone="Europe/Berlin",
    language="de",
    quiet=Quiet("21:30", "06:00"),
)


def looked(visitors: Visitors, width: int = 1280) -> tuple[Page, Locator]:
    # So high that on a phone nothing is behind the navigation at its lower edge.
    visitor = visitors.signed_in(
        "customer", viewport={"width": width, "height": 2_600}, timezone_id="Europe/Berlin"
    )
    page = visitor.open("/account", "How you are told")
    return page, page.get_by_role("region", name="How you are told")


@pytest.mark.usefixtures("offered")
def test_a_customer_chooses_changes_it_and_takes_it_back(
    visitors: Visitors, chosen: list[Choice | str]
) -> None:
    page, section = looked(visitors)
    expect(section.get_by_text("You are told of nothing now.")).to_be_visible()
    section.get_by_label("Your mail address").fill("ada@homes.example")
    section.get_by_label("a meter that is silent").uncheck()
    section.get_by_label("leave me in peace").check()
    section.get_by_label("From").fill("21:30")
    section.get_by_label("to", exact=True).fill("06:00")
    expect(section.get_by_label("Times are those of")).to_have_value("Europe/Berlin")
    section.get_by_label("Language").select_option("de")
    section.get_by_role("button", name="Tell me", exact=True).click()
    expect(section.get_by_role("status")).to_have_text("Saved. You are told from now on.")
    assert chosen == [MADE]

    page.reload()
    expect(section.get_by_label("Your mail address")).to_have_value("ada@homes.example")
    expect(section.get_by_label("a meter that is silent")).not_to_be_checked()
    expect(section.get_by_label("From")).to_have_value("21:30")
    expect(section.get_by_label("Language")).to_have_value("de")
    section.get_by_label("by a push message").check()
    section.get_by_label("Your name at the push service").fill("ada-at-home")
    section.get_by_label("leave me in peace").uncheck()
    section.get_by_role("button", name="Save").click()
    expect(section.get_by_role("status")).to_have_text("Saved. You are told from now on.")
    other = chosen[1]
    assert isinstance(other, Choice)
    assert (other.channel, other.address, other.quiet) == ("home-push", "ada-at-home", None)

    section.get_by_role("button", name="Tell me nothing any more").click()
    expect(section.get_by_role("status")).to_contain_text("your address is forgotten")
    expect(section.get_by_role("button", name="Tell me nothing any more")).to_have_count(0)
    assert chosen[2:] == ["c-mine"]


@pytest.mark.usefixtures("offered")
def test_what_cannot_be_is_said_and_nothing_is_sent(
    visitors: Visitors, chosen: list[Choice | str]
) -> None:
    _, section = looked(visitors)
    # A browser takes it for an address, and the API does not.
    section.get_by_label("Your mail address").fill("ada@localhost")
    section.get_by_role("button", name="Tell me", exact=True).click()
    expect(section.get_by_text("give the address of a mailbox")).to_be_visible()
    for kind in ("a power outage", "a meter that is silent", "unusual use"):
        section.get_by_label(kind).uncheck()
    section.get_by_role("button", name="Tell me", exact=True).click()
    expect(section.get_by_role("alert")).to_have_text("Choose at least one of these.")
    assert chosen == []


@pytest.mark.usefixtures("offered")
def test_it_is_done_by_keyboard_alone(visitors: Visitors, chosen: list[Choice | str]) -> None:
    page, section = looked(visitors)
    section.get_by_label("by mail").focus()
    page.keyboard.press("Tab")
    page.keyboard.type("ada@homes.example")
    # The kinds, quiet hours, zone, language, and the button.
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for _ in range(4):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(section.get_by_role("status")).to_have_text("Saved. You are told from now on.")
    (made,) = chosen
    assert isinstance(made, Choice)
    assert (made.address, made.kinds) == ("ada@homes.example", ("outage", "meter_silent"))


def test_where_nothing_is_offered_the_page_says_so(visitors: Visitors) -> None:
    _, section = looked(visitors)
    expect(section.get_by_text("Your supplier offers no way to be told yet.")).to_be_visible()
    expect(section.get_by_role("textbox")).to_have_count(0)


def test_the_utility_has_no_such_form(visitors: Visitors) -> None:
    page = visitors.signed_in().open("/account", "This browser")
    expect(page.get_by_text("How you are told")).to_have_count(0)


@pytest.mark.usefixtures("offered", "chosen")
@pytest.mark.parametrize("width", [1280, 390])
def test_it_breaches_nothing_and_fits(visitors: Visitors, width: int) -> None:
    page, section = looked(visitors, width)
    section.get_by_label("leave me in peace").check()
    assert overhang(page) <= 0
    assert breaches(visitors.come[-1], page) == []
