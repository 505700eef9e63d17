"""How people are told, on the page: what a notifier has shown, a message that is sent again, and a
silence from its asking to its end."""

import re

import pytest
from playwright.sync_api import Page, expect

from contracts.deliveries import AWAY_MS
from contracts.notify_requests import Request, SendAgain, Silence, Unsilence
from tests.browser.look import Visitors, breaches, overhang
from tests.unit.services.api.town import NAMESPACE, OUTAGE, WALL
from tests.unit.services.notifier.play import Play
from tests.unit.services.notifier.told import seen


def looked(visitors: Visitors, width: int = 1280) -> Page:
    # So high that on a phone nothing is behind the navigation at its lower edge.
    visitor = visitors.signed_in(viewport={"width": width, "height": 2_600})
    page = visitor.open("/notifications", "Rules")
    page.get_by_role("table", name="Messages that arrived").wait_for()
    return page


def test_who_was_told_and_by_which_rules(visitors: Visitors, told: Play) -> None:
    page = looked(visitors)
    expect(page.get_by_text("The notifier runs.")).to_be_visible()
    rows = page.get_by_role("table", name="Messages that arrived").get_by_role("row")
    expect(rows).to_have_count(4)
    expect(rows.nth(1)).to_contain_text("Again: Outage feeder-12")
    expect(rows.nth(3)).to_contain_text("Begun: Outage feeder-12")
    rule = page.get_by_role("table", name="Rules").get_by_role("row").nth(1)
    for words in ("If it lasts 10 s", "Again each 8 h, 2 times at most; chief after 15 min"):
        expect(rule).to_contain_text(words)
    expect(page.get_by_role("table", name="Channels").get_by_role("row")).to_have_count(3)
    seen(visitors.api.town.client, NAMESPACE, told, WALL - AWAY_MS - 1)
    expect(page.get_by_text("The notifier is away")).to_be_visible()


def test_nobody_is_told_where_no_notifier_has_run(visitors: Visitors) -> None:
    page = visitors.signed_in().open("/notifications", "No notifier has run here")
    expect(page.get_by_text("There is no rule: nobody is told of anything.")).to_be_visible()


@pytest.mark.usefixtures("told")
def test_what_did_not_arrive_is_sent_again(visitors: Visitors, asked: list[Request]) -> None:
    page = looked(visitors)
    dead = page.get_by_role("table", name="Messages that did not arrive").get_by_role("row").nth(1)
    expect(dead).to_contain_text("it answers 500")
    dead.get_by_role("button", name="Send again to chief").click()
    expect(dead).to_contain_text("is tried again")
    expect(dead.get_by_role("button")).to_have_count(0)
    (request,) = asked
    assert isinstance(request, SendAgain)


@pytest.mark.usefixtures("told")
def test_a_silence_from_its_asking_to_its_end(visitors: Visitors, asked: list[Request]) -> None:
    page = looked(visitors)
    page.get_by_role("button", name="Silence something").click()
    dialog = page.get_by_role("dialog", name="Silence something")
    dialog.get_by_label("Why").fill("new cable")
    dialog.get_by_role("button", name="Silence", exact=True).click()
    expect(dialog.get_by_text("give a kind, an area, a subject or an incident")).to_be_visible()
    dialog.get_by_label("Kind").select_option("outage")
    dialog.get_by_label("Area begins with").fill("gcpu")
    dialog.get_by_role("button", name="Silence", exact=True).click()
    expect(dialog).to_have_count(0)
    row = page.get_by_role("table", name="Silences").get_by_role("row", name="new cable")
    expect(row).to_contain_text("Outage; areas gcpu…")
    expect(row).to_contain_text(re.compile("in (4 h|3 h 59 min)"))
    row.get_by_role("button", name="End the silence of new cable").click()
    expect(row).to_have_count(0)
    made, ended = asked
    assert isinstance(made, Silence) and isinstance(ended, Unsilence)
    assert (made.kind, made.area, made.why, ended.id) == ("outage", "gcpu", "new cable", made.id)


@pytest.mark.usefixtures("told")
def test_an_alert_says_who_was_told_and_is_silenced(
    visitors: Visitors, asked: list[Request]
) -> None:
    page = visitors.signed_in().open(f"/alerts/{OUTAGE}", "Who was told")
    section = page.get_by_role("region", name="Who was told")
    items = section.get_by_role("listitem")
    expect(items).to_have_count(3)
    expect(items.nth(2)).to_contain_text("duty, begun:")
    section.get_by_role("button", name="Silence this").click()
    dialog = page.get_by_role("dialog", name="Silence this")
    dialog.get_by_label("Why").fill("known")
    dialog.get_by_role("button", name="Silence", exact=True).click()
    expect(section.get_by_text("A silence is asked for.")).to_be_visible()
    (made,) = asked
    assert isinstance(made, Silence)
    assert (made.incident, made.kind) == (OUTAGE, None)


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("width", [1280, 390])
def test_it_breaches_nothing_and_fits(visitors: Visitors, width: int) -> None:
    page = looked(visitors, width)
    assert overhang(page) <= 0
    assert breaches(visitors.come[-1], page) == []
    page.get_by_role("button", name="Silence something").click()
    page.get_by_role("dialog").wait_for()
    assert overhang(page) <= 0
    assert breaches(visitors.come[-1], page) == []
