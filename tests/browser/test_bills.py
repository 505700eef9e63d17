"""Bills as the customer and the clerk who look at them read them."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from contracts.settings import Settings
from tests.bills.billed import BELIEVED, MOVED, NUMBERS, STRANGER
from tests.browser.look import Visitor, Visitors, breaches, overhang, press_at_once
from tests.support.london import HALF_HOUR_MS, YEAR_BEGIN_MS, home_mwh, ms
from tests.unit.services.api.conftest import Api, serving
from tests.unit.services.api.town import ADA, BEN, BILLED

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
JULY, CREDIT, JUNE = NUMBERS["july"], NUMBERS["credit"], NUMBERS["june"]


@pytest.fixture(scope="module")
def server(redis_url: str, billed: Settings, patience: None) -> Iterator[Api]:  # noqa: ARG001
    """One that has bills."""
    with serving(redis_url, bills=billed) as api:
        yield api


@pytest.fixture
def ada(visitors: Visitors) -> Visitor:
    visitors.api.town.announce(BILLED, ADA)
    return visitors.new(visitors.api.town.token("customer", customer=ADA)[1])


def table(page: Page, name: str, count: int | None = None) -> list[list[str]]:
    """The rows of a table, cell by cell: of one that takes the place of another, once there are so
    many."""
    frame = page.get_by_role("region", name=name, exact=True)
    expect(frame).to_be_visible()
    if count is not None:
        expect(frame.locator("tbody tr")).to_have_count(count)
    rows: list[list[str]] = frame.locator("tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim()))"
    )
    return rows


def used_kwh(begin_ms: int, end_ms: int) -> float:
    """What the home used, by the trial's own half-hours."""
    first, last = ((each - YEAR_BEGIN_MS) // HALF_HOUR_MS for each in (begin_ms, end_ms))
    return int(home_mwh()[first:last].sum()) / 1e6


def settled(page: Page) -> None:
    expect(page.locator("h1").first).to_be_visible()
    expect(page.locator(".skeleton")).to_have_count(0)


def test_a_customer_reads_its_bills_and_what_corrects_one(ada: Visitor) -> None:
    page = ada.open("/bills")
    rows = table(page, "Bills, the newest first")
    assert [(row[0], row[1], row[3]) for row in rows] == [
        (f"Credit note {CREDIT}", "July 2013", "-£6.33"),
        (f"Invoice {JULY}", "July 2013", "£15.69"),
        (f"Invoice {JUNE}", "June 2013", rows[2][3]),
        (f"Invoice {NUMBERS['may']}", "May 2013", rows[3][3]),
        (f"Invoice {NUMBERS['april']}", "April 2013", rows[4][3]),
    ]
    assert [row[4].split("\n") for row in rows][2:] == [
        ["Has estimates", "Provisional"],
        ["Provisional"],
        ["Final"],
    ]
    # Nobody else's customer is to be looked for.
    expect(page.get_by_role("search", name="Bills")).to_have_count(0)

    page.get_by_role("link", name=f"Invoice {JULY}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Invoice {JULY}")
    expect(page.locator(".bill-total")).to_contain_text("£15.69 with tax, for July 2013")
    lines = {row[0].partition(" ")[0]: row for row in table(page, "Lines with prices")}
    assert lines["High"][1:5] == ["1.578 kWh", "£0.672 per kWh", "measured", "£1.06"]
    assert lines["Low"][1:5] == ["3.777 kWh", "£0.0399 per kWh", "measured", "£0.15"]
    assert lines["Normal"][1:5] == ["116.79 kWh", "£0.1176 per kWh", "measured", "£13.73"]
    expect(page.locator(".sums > div")).to_have_count(3)
    assert page.locator(".sums > div").all_inner_texts() == [
        "Without tax\n£14.94",
        "Tax S, 5 % of £14.94\n£0.75",
        "With tax\n£15.69",
    ]
    expect(page.get_by_role("region", name="All of July 2013")).to_contain_text(
        "Together: £8.91 without tax"
    )

    page.get_by_role("link", name=f"Credit note {CREDIT}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Credit note {CREDIT}")
    expect(page.locator(".facts").get_by_role("link", name=JULY)).to_be_visible()
    changed = {row[0].partition(" ")[0]: row for row in table(page, "Lines with prices")}
    assert changed["Normal"][4] == "somebody moved earlier or later than was known"
    assert (changed["High"][5], changed["High"][6], changed["High"][7]) == (
        *("£1.06", "£0.00"),
        "-£1.06",
    )
    gone = sum(float(row[1].partition(" ")[0]) for row in changed.values())
    assert gone == pytest.approx(-used_kwh(ms(MOVED), ms(BELIEVED)))


def test_a_clerk_without_bills_is_told_how_they_are_issued(visitors: Visitors) -> None:
    visitor = visitors.signed_in()
    visitor.context.route(
        "**/v1/bills?*", lambda route: route.fulfill(json={"items": [], "next": None})
    )
    empty = visitor.open("/bills").locator(".empty")
    expect(empty).to_contain_text("No bill has been issued yet.")
    expect(empty.locator("code")).to_have_text("wattstream bill --month 2013-07")
    filtered = visitor.open("/bills?month=2013-07").locator(".empty")
    expect(filtered).to_have_text("No bill is so.")


def test_what_had_waited_is_told_with_its_month(ada: Visitor) -> None:
    def of_may(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        # As if the first line had been found later.
        told["lines"][0] |= {"month": "2013-05", "reason": "late_reading"}
        told["month_waiting_minor"] = -123
        route.fulfill(response=answer, json=told)

    ada.context.route(f"**/v1/bills/{JUNE}", of_may)
    page = ada.open(f"/bills/{JUNE}")

    rows = table(page, "Lines with prices")
    assert {row[0] for row in rows[1:]} == {"June 2013"}
    assert rows[0][0] == "May 2013"
    what = rows[0][1].partition(" ")[0]
    expect(page.get_by_role("button", name=f"Days of {what}, May 2013")).to_be_visible()
    expect(page.locator("#main")).to_contain_text("-£1.23 without tax will be on the next bill")


def test_a_line_is_told_by_its_days_with_the_keyboard_alone(ada: Visitor) -> None:
    page = ada.open(f"/bills/{JUNE}")
    expect(page.get_by_text("Readings are missing")).to_be_visible()
    button = page.get_by_role("button", name="Days of Normal")
    button.focus()
    page.keyboard.press("Enter")
    heading = page.get_by_role("heading", name="Normal, day by day")
    expect(heading).to_be_focused()
    days = table(page, "Days of Normal")
    line = {row[0].partition(" ")[0]: row for row in table(page, "Lines with prices")}["Normal"]
    total = sum(float(row[1].partition(" ")[0]) for row in days)
    assert total == pytest.approx(float(line[1].partition(" ")[0]), abs=0.001 * len(days))
    known = {row[0]: row[2] for row in days}
    assert known["9 Jun"] == "measured" and "estimated" in known["10 Jun"]
    assert "estimated" in line[3]
    page.get_by_role("button", name="Close").click()
    expect(heading).to_have_count(0)


def test_a_household_has_its_last_bills_and_the_best_plan(ada: Visitor) -> None:
    page = ada.open(f"/meters/{BILLED}")
    card = page.get_by_role("region", name="Bills")
    expect(card.get_by_role("listitem")).to_have_count(3)
    expect(card.get_by_role("link", name="June 2013")).to_have_attribute("href", f"/bills/{JUNE}")
    expect(card).to_contain_text("On London, one price it would have been £")
    expect(card).to_contain_text("for 96 days of April 2013 to July 2013")
    saved = page.evaluate(f"fetch('/v1/meters/{BILLED}/plans').then(answer => answer.json())")
    best = saved["offers"][0]
    expect(card).to_contain_text(f"£{best['saving_minor'] / 100:.2f} less")


def test_a_bill_of_somebody_else_is_as_one_that_is_not_there(ada: Visitor) -> None:
    texts = []
    for number in (NUMBERS["bens"], "77777777"):
        page = ada.open(f"/bills/{number}")
        note = page.locator(".note-bad")
        expect(note).to_contain_text("There is nothing here that you may see")
        texts.append(page.locator("#main").inner_text().replace(number, ""))
    assert texts[0] == texts[1]
    assert page.get_by_role("link", name="Settlement").count() == 0


def test_a_clerk_finds_bills_by_customer_and_month(visitors: Visitors) -> None:
    page = visitors.signed_in().open("/account")
    press_at_once(page, "g", "b")
    page.wait_for_url("**/bills")
    page.get_by_label("Customer").fill(BEN)
    page.get_by_label("Month").fill("2013-07")
    page.get_by_label("Month").press("Enter")
    page.wait_for_url(f"**/bills?customer={BEN}&month=2013-07")
    rows = table(page, "Bills, the newest first", 2)
    assert [row[0] for row in rows] == [
        f"Invoice {NUMBERS['bens_more']}",
        f"Invoice {NUMBERS['bens']}",
    ]
    page.get_by_role("link", name=f"Invoice {NUMBERS['bens']}").click()
    expect(page.locator(".facts")).to_contain_text("Ben")


def test_a_clerk_looks_after_what_is_nobodys(visitors: Visitors) -> None:
    page = visitors.signed_in().open("/settlement")
    runs = table(page, "Runs, the newest first")
    assert [row[2] for row in runs] == ["final", "reconciliation", *["first"] * 5]
    assert runs[1][5] == "1 invoice, 1 credit note" and runs[1][6] == "£0.00"
    assert "before a later one" in runs[2][3]
    nobodys = table(page, "What is nobody's")
    march = next(row for row in nobodys if row[0] == "March 2013")
    kwh = used_kwh(ms("2013-03-01"), ms("2013-03-31T23:00"))
    assert march[1:5] == [
        *(BILLED, "Electricity, import"),
        f"{kwh:.1f} kWh",
        "nobody was recorded there yet",
    ]
    row = page.get_by_role("row").filter(has_text="nobody knows the meter")
    row.get_by_role("link", name="Exceptions").click()
    page.wait_for_url("**/settlement?month=2013-07&rule=unknown_register")
    (only,) = table(page, "Exceptions, the severest first", 1)
    assert only[1:5] == ["unknown register", STRANGER, "electricity", "July 2013"]
    page.get_by_label("Severity").select_option("hold")
    expect(page.get_by_text("Nothing is to be looked at.")).to_be_visible()


def test_without_postgresql_the_page_says_so_and_goes_on(
    visitors: Visitors, redis_url: str
) -> None:
    with serving(redis_url) as away:
        _, token = visitors.api.town.token()
        visitor = visitors.new(token, away.url)
        page = visitor.open("/bills")
        expect(page.locator(".note-bad")).to_contain_text("PostgreSQL does not answer")
        page = visitor.open(f"/meters/{BILLED}")
        expect(page.locator(".bills-of, .note-bad").first).to_be_visible()


def story(page: Page) -> Locator:
    page.get_by_role("button", name="Days of High").click()
    return page.get_by_role("heading", name="High, day by day")


def test_axe_finds_nothing(visitors: Visitors) -> None:
    visitors.api.town.announce(BILLED, ADA)
    visitor = visitors.signed_in()
    for path in (
        "/bills",
        f"/bills/{JUNE}",
        f"/bills/{CREDIT}",
        "/settlement",
        f"/meters/{BILLED}",
    ):
        page = visitor.open(path)
        settled(page)
        if path == f"/bills/{JUNE}":
            expect(story(page)).to_be_visible()
            settled(page)
        assert breaches(visitor, page) == [], path


@pytest.mark.parametrize("path", ["/bills", f"/bills/{JUNE}", f"/bills/{CREDIT}", "/settlement"])
def test_a_phone_scrolls_down_alone_and_has_room_for_fingers(visitors: Visitors, path: str) -> None:
    page = visitors.signed_in(**PHONE).open(path)
    settled(page)
    if path == f"/bills/{JUNE}":
        expect(story(page)).to_be_visible()
        settled(page)
    assert overhang(page) <= 0
    small = page.evaluate(
        "[...document.querySelectorAll('button:not(.sorter), .nav a, select, input')]"
        ".filter(e => e.offsetParent !== null && e.getBoundingClientRect().height < 43.5)"
        ".map(e => e.outerHTML)"
    )
    assert small == []
