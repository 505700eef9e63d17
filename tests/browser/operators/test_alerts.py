"""Alerts on the page: who takes them and when, what stays until somebody has seen it, and the list
that people work through."""

import re

from playwright.sync_api import Locator, Page, expect

from contracts.alerts import Alert
from contracts.notes import Note
from tests.browser.city import (
    ALERTS,
    HOMES,
    LARGEST,
    LOSS,
    LOW,
    OUTAGE,
    OVER,
    OVERLOAD,
    PART,
    REGIONS,
    STREAM,
    raised,
    wall_ms,
)
from tests.browser.look import overhang, press_at_once
from tests.browser.operators.conftest import Opened
from tests.browser.people import violations
from tests.browser.serving import Served

NEWEST_FIRST = sorted(ALERTS, key=lambda each: -each.opened_at_ms)


def row(page: Page, alert_id: str) -> Locator:
    return page.locator(f'tr[data-alert="{alert_id}"]')


def listed(page: Page) -> list[str]:
    return [each.get_attribute("data-alert") or "" for each in page.locator("tr[data-alert]").all()]


def test_demand_13_who_took_it_and_when_comes_to_all(opened: Opened, served: Served) -> None:
    ada = opened(f"/alerts/{OUTAGE.id}", token=served.city.token("ada"))
    bob = opened("/alerts", token=served.city.token("bob"))
    room = opened("/", token=served.city.token("eve"))
    expect(row(bob, OUTAGE.id)).to_contain_text("Open")
    expect(room.locator(".newest li").first).to_contain_text("sim-t-000143")

    ada.get_by_label("Comment").fill("A crew is on its way.")
    ada.get_by_role("button", name="Acknowledge with this comment").click()

    for place in (row(bob, OUTAGE.id), room.locator(".newest li").first):
        expect(place).to_contain_text(re.compile(r"ada, \d+ (s|min) ago"))
    expect(row(bob, OUTAGE.id)).to_contain_text("Acknowledged")
    row(bob, OUTAGE.id).get_by_role("link", name="Outage").click()
    said = bob.locator("section", has_text="What people say").locator("li").first
    expect(said).to_contain_text("ada looks after it")
    expect(said).to_contain_text("A crew is on its way.")
    (note,) = served.notes
    assert (note.id, note.who, note.text) == (OUTAGE.id, "ada", "A crew is on its way.")
    # With the day, the time and the zone of who looks.
    expect(said).to_contain_text(re.compile(r"\d+ \w+ 20\d\d, \d\d:\d\d:\d\d (GMT|BST)"))


def test_demand_14_what_is_acknowledged_stays_listed_and_what_opens_again_is_open(
    opened: Opened, served: Served
) -> None:
    page = opened("/alerts")
    expect(row(page, LOSS.id)).to_contain_text("bob, 3 h ago")
    expect(row(page, LOSS.id).get_by_role("button", name="Acknowledge")).to_have_count(0)
    again = opened_again()
    served.city.alert(again)
    expect(row(page, again.id)).to_contain_text("Open")
    expect(row(page, again.id)).not_to_contain_text("bob")
    assert listed(page)[0] == again.id


def opened_again() -> Alert:
    return raised("feeder_loss", LOSS.subject, 0, severity="major", area=LOSS.area)


def test_demand_15_what_is_over_stays_until_somebody_has_seen_it(
    opened: Opened, served: Served
) -> None:
    page = opened("/alerts")
    expect(row(page, OVER.id)).to_contain_text("Cleared, not seen")
    row(page, OVER.id).get_by_role("button", name="Seen").click()
    # It is closed, and so no longer among those that somebody has to look at.
    expect(row(page, OVER.id)).to_have_count(0)
    assert [(each.id, each.what) for each in served.notes] == [(OVER.id, "acknowledged")]
    page.get_by_role("button", name="Closed").click()
    expect(row(page, OVER.id)).to_contain_text("Closed")


def test_what_is_over_was_seen_by_somebody_who_need_not_look_after_it(opened: Opened) -> None:
    page = opened(f"/alerts/{OVER.id}")
    page.get_by_role("button", name="Seen", exact=True).click()
    expect(page.locator(".facts")).to_contain_text(re.compile(r"Seen by\s*ada"))
    said = page.locator("section", has_text="What people say").locator("li").first
    expect(said).to_contain_text("ada has seen it")
    expect(page.locator("article")).not_to_contain_text(re.compile("look(s|ed) after", re.I))


def test_the_list_is_filtered_by_what_stands_in_the_address(opened: Opened) -> None:
    page = opened("/alerts")
    expect(page.locator("tr[data-alert]")).to_have_count(len(ALERTS))
    assert listed(page) == [each.id for each in NEWEST_FIRST]

    page.get_by_label("Severity").select_option("major")
    expect(page.locator("tr[data-alert]")).to_have_count(3)
    assert listed(page) == [each.id for each in NEWEST_FIRST if each in (OUTAGE, PART, LOSS)]
    page.get_by_label("Kind").select_option("outage")
    expect(page.locator("tr[data-alert]")).to_have_count(2)
    page.get_by_label("Area").fill("gcpv")
    page.get_by_label("Area").press("Enter")
    expect(page.locator("tr[data-alert]")).to_have_count(1)
    assert listed(page) == [OUTAGE.id]
    expect(page).to_have_url(re.compile(r"severity=major&kind=outage&area=gcpv$"))
    page.go_back()
    expect(page.locator("tr[data-alert]")).to_have_count(2)


def test_alerts_of_an_age(opened: Opened) -> None:
    page = opened("/alerts?within=3600")
    wanted = [each.id for each in NEWEST_FIRST if STREAM - each.opened_at_ms < 3_500_000]
    expect(page.locator("tr[data-alert]")).to_have_count(len(wanted))
    assert listed(page) == wanted == [OUTAGE.id, OVERLOAD.id, PART.id, LOW.id]


def test_many_are_acknowledged_at_once(opened: Opened, served: Served) -> None:
    page = opened("/alerts?severity=major&life=open")
    expect(page.locator("tr[data-alert]")).to_have_count(2)
    page.get_by_label("All that are listed").check()
    page.get_by_label("Comment on those that are selected").fill("Storm.")
    page.get_by_role("button", name="Acknowledge 2 selected").click()
    expect(page.locator("tr[data-alert]")).to_have_count(0)
    assert {(each.id, each.text) for each in served.notes} == {
        (OUTAGE.id, "Storm."),
        (PART.id, "Storm."),
    }


def test_keys_go_through_the_list(opened: Opened, served: Served) -> None:
    page = opened("/alerts")
    expect(page.locator("tr[data-alert]")).to_have_count(len(ALERTS))
    page.keyboard.press("j")
    expect(row(page, OUTAGE.id)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(row(page, OVERLOAD.id)).to_be_focused()
    page.keyboard.press("x")
    expect(row(page, OVERLOAD.id).get_by_role("checkbox")).to_be_checked()
    page.keyboard.press("e")
    expect(row(page, OVERLOAD.id)).to_contain_text("Acknowledged")
    assert [each.id for each in served.notes] == [OVERLOAD.id]
    # `g e` leads to the meters, and acknowledges nothing.
    page.keyboard.press("j")
    press_at_once(page, "g", "e")
    expect(page).not_to_have_url(re.compile("/alerts"))
    assert len(served.notes) == 1


def test_an_outage_unfolds_to_its_homes(opened: Opened) -> None:
    page = opened("/alerts")
    row(page, OUTAGE.id).get_by_role("button", name="Homes").click()
    homes = page.locator(".row-homes a")
    expect(homes).to_have_count(len(HOMES))
    assert homes.all_inner_texts() == list(HOMES)
    assert homes.first.get_attribute("href") == f"/meters/{HOMES[0]}"


def test_an_alert_has_its_evidence_as_numbers_and_a_sentence(
    opened: Opened, served: Served
) -> None:
    served.city.say(Note(OUTAGE.id, wall_ms() - 60_000, "bob", "note", "A tree fell."))
    page = opened(f"/alerts/{OUTAGE.id}")
    expect(page.locator(".lead")).to_have_text(OUTAGE.evidence.text)
    evidence = page.locator(".evidence > div")
    expect(evidence).to_have_count(4)
    assert [each.split("\n") for each in evidence.all_inner_texts()] == [
        ["Missed homes", "52"],
        ["Homes", "54"],
        ["Gasped homes", "9"],
        ["Supply before", "41,200.5 W"],
    ]
    expect(page.locator(".facts")).to_contain_text("23 Dec 2013, 16:13:55 GMT")
    expect(page.locator("section", has_text="What people say")).to_contain_text("A tree fell.")
    page.get_by_label("Comment").fill("Cut away.")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator("section", has_text="What people say").locator("li")).to_have_count(2)
    assert [(each.what, each.text) for each in served.notes] == [("note", "Cut away.")]
    expect(page.locator(".life").first).to_have_text("Open")


def test_who_may_not_take_alerts_has_no_button_for_it(opened: Opened, served: Served) -> None:
    token = served.city.token("wall", "service", "read:alerts", "read:areas", "read:live")
    page = opened("/alerts", token=token)
    expect(page.locator("tr[data-alert]")).to_have_count(len(ALERTS))
    expect(page.locator("main").get_by_text("Acknowledge", exact=True)).to_have_count(0)
    expect(page.get_by_role("checkbox")).to_have_count(0)


def test_axe_finds_nothing_in_an_alert(opened: Opened) -> None:
    page = opened(f"/alerts/{OUTAGE.id}")
    expect(page.get_by_role("heading", name="Evidence")).to_be_visible()
    assert violations(page) == []
    phone = opened(f"/alerts/{OUTAGE.id}", width=390, height=844)
    expect(phone.get_by_role("heading", name="Evidence")).to_be_visible()
    assert overhang(phone) == 0


def test_the_ten_largest_in_their_order(opened: Opened) -> None:
    page = opened("/top")
    rows = page.locator(".table tbody tr")
    expect(rows).to_have_count(10)
    for rank, (each, (meter_id, area, value)) in enumerate(
        zip(rows.all(), LARGEST, strict=True), 1
    ):
        told = each.locator("td").all_inner_texts()
        assert [told[0], told[1], told[4]] == [str(rank), meter_id, area]
        assert abs(float(told[2]) * 1_000 - value) < 5
    page.get_by_role("button", name="Energy today").click()
    expect(page).to_have_url(re.compile("by=energy"))


def test_regions_of_three_commodities_side_by_side(opened: Opened, served: Served) -> None:
    served.city.regions()
    page = opened("/states?window=all")
    names = {"US-CA": "California", "US-OH": "Ohio", "US-TX": "Texas"}
    expect(page.locator("path.us-state")).to_have_count(51)
    for code, name in names.items():
        cells = page.locator("tbody tr", has_text=name).locator("td")
        for number, commodity in enumerate(("electricity", "gas", "water"), 1):
            if code in REGIONS[commodity]:
                # Of each commodity when it comes.
                expect(cells.nth(number)).not_to_have_text("\N{EN DASH}")
        told = cells.all_inner_texts()
        for number, commodity in enumerate(("electricity", "gas", "water"), 1):
            region = REGIONS[commodity].get(code)
            if region is None:
                assert told[number] == "\N{EN DASH}"
            else:
                divisor = 1e9 if commodity == "electricity" else 1e3
                shown = float(told[number].replace(",", "")) * divisor
                assert abs(shown - region[3]) <= 0.001 * region[3]
    title = page.locator("path.us-state title", has_text="Texas")
    expect(title).to_contain_text("14.02 GWh")
