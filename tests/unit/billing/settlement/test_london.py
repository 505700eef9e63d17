"""A London home of 2013, from registers to bills, against figures that were worked out before."""

from dataclasses import replace

import numpy as np
import pytest

from billing.curve.segments import Segments
from billing.settlement.identities import again, documents, ledger, of_settlement
from billing.settlement.ledger import deltas
from billing.settlement.settle import settle
from billing.settlement.settlement import Settlement
from billing.tariffs.plan import EXAMPLES, load
from contracts.billing import LedgerLine, Letter
from contracts.masters import Masters
from tests.support.london import HALF_HOUR_MS, YEAR_BEGIN_MS, home_mwh, ms, prices
from tests.unit.billing.settlement.homes import (
    HOME,
    RATE,
    A,
    B,
    billed,
    curve,
    installed,
    lines_of,
    masters,
)

PLANS = {
    (name, 1): load((EXAMPLES / f"{name}.toml").read_text(), name)
    for name in ("lcl-dtou", "lcl-flat")
}
FOREVER = [(A, 0, None)]
DTOU = "lcl-dtou/1/energy"


@pytest.fixture(scope="module")
def year() -> Segments:
    return curve(home_mwh())


def settled(its: Masters, segments: Segments, month: str) -> Settlement:
    found = settle(its, "london", [installed()], [segments], month)
    assert not of_settlement(found, PLANS)
    return found


@pytest.mark.parametrize(
    ("month", "energy_mwh", "lines", "totals", "flat"),
    [
        (
            "2013-03",
            479_474_000,
            [
                ("High", 16_404_000, 1_102),
                ("Low", 51_444_000, 205),
                ("Normal", 411_626_000, 4_841),
            ],
            (6_148, 307, 6_455),
            6_822,
        ),
        (
            "2013-10",
            378_834_000,
            [
                ("High", 25_446_000, 1_710),
                ("Low", 26_778_000, 107),
                ("Normal", 326_610_000, 3_841),
            ],
            (5_658, 283, 5_941),
            5_390,
        ),
    ],
)
def test_a_local_month(
    year: Segments,
    month: str,
    energy_mwh: int,
    lines: list[tuple[str, int, int]],
    totals: tuple[int, int, int],
    flat: int,
) -> None:
    dynamic = settled(masters(FOREVER, prices=prices()), year, month)

    assert lines_of(dynamic, A) == lines
    (balance,) = dynamic.balances
    assert balance.metered_mwh == balance.billed_mwh == energy_mwh
    bill = billed(dynamic)[A].totals
    assert (bill.net, bill.tax, bill.gross) == totals
    on_flat = settled(masters(FOREVER, plan_id="lcl-flat"), year, month)
    assert lines_of(on_flat, A) == [("", energy_mwh, flat)]


def test_two_share_a_month_and_lose_a_penny_to_rounding(year: Segments) -> None:
    move = ms("2013-07-15T11:00")

    july = settled(masters([(A, 0, move), (B, move, None)], prices=prices()), year, "2013-07")

    bills = billed(july)
    shown = {who: (bill.totals.net, bill.totals.tax) for who, bill in bills.items()}
    assert shown == {A: (1_494, 75), B: (1_875, 94)}
    energies = {who: sum(quantity for _, quantity, _ in lines_of(july, who)) for who in (A, B)}
    assert energies == {A: 122_145_000, B: 148_993_000}
    assert sum(charge.exact for charge in july.charges) == 33_697_969_200_000 * 100
    rounding = [charge for charge in july.charges if charge.key.customer_id == 0]
    assert sum(charge.minor for charge in rounding) == -1
    assert {charge.quantity for charge in rounding} == {0}


def test_a_move_that_becomes_known_later_credits_one_and_charges_the_other(year: Segments) -> None:
    told, true = ms("2013-07-15T11:00"), ms("2013-07-09T23:00")
    first = settled(masters([(A, 0, told), (B, told, None)], prices=prices()), year, "2013-07")
    issued = deltas(first.charges, [], RATE).lines
    later = settled(masters([(A, 0, true), (B, true, None)], prices=prices()), year, "2013-07")

    corrections = deltas(later.charges, issued, RATE, before=first.charges).lines

    theirs = {who: [each for each in corrections if each.key.customer_id == who] for who in (A, B)}
    assert {who: sum(each.quantity for each in own) for who, own in theirs.items()} == {
        A: -44_658_000,
        B: 44_658_000,
    }
    assert {who: sum(each.minor for each in own) for who, own in theirs.items()} == {
        A: -603,
        B: 603,
    }
    assert {each.reason for own in theirs.values() for each in own} == {"move"}
    sums = {
        who: (sum(quantity for _, quantity, _ in own), sum(minor for _, _, minor in own))
        for who, own in ((who, lines_of(later, who)) for who in (A, B))
    }
    assert sums == {A: (77_487_000, 891), B: (193_651_000, 2_478)}
    assert not ledger(later.charges, [*issued, *corrections])
    bills = billed(later, issued, first.charges)
    assert not documents(tuple(bills.values()), corrections)
    assert (bills[A].kind, bills[B].kind) == ("credit_note", "invoice")


def test_the_same_move_on_one_price(year: Segments) -> None:
    told, true = ms("2013-07-15T11:00"), ms("2013-07-09T23:00")
    both = [
        settled(masters([(A, 0, at), (B, at, None)], plan_id="lcl-flat"), year, "2013-07")
        for at in (told, true)
    ]
    issued = deltas(both[0].charges, [], RATE).lines

    corrections = deltas(both[1].charges, issued, RATE, before=both[0].charges).lines

    theirs = {each.key.customer_id: each.minor for each in corrections if each.key.customer_id}
    assert theirs == {A: -636, B: 635}


def test_a_move_within_a_half_hour_cuts_it_by_time(year: Segments) -> None:
    move = ms("2013-07-15T11:10")
    begin = ms("2013-07-15T11:00")
    half_hour = Segments(
        np.zeros(1, dtype=np.int32),
        np.array([begin]),
        np.array([begin + HALF_HOUR_MS]),
        np.array([100_000]),
        np.full(1, Letter.A, dtype=np.uint8),
        np.zeros(1, dtype=np.uint8),
        np.zeros(1, dtype=np.uint8),
        np.zeros(1, dtype=np.bool_),
    )
    its = masters([(A, 0, move), (B, move, None)], plan_id="lcl-flat")

    july = settled(its, half_hour, "2013-07")

    assert [lines_of(july, who)[0][1] for who in (A, B)] == [33_333, 66_667]
    # And with the whole of the home, what each has is what the day before and after the half-hour
    # has, and its part of the half-hour.
    whole = settled(its, year, "2013-07")
    used = int(home_mwh()[(begin - YEAR_BEGIN_MS) // HALF_HOUR_MS])
    before = settled(
        masters([(A, 0, begin), (B, begin, None)], plan_id="lcl-flat"), year, "2013-07"
    )
    gained = lines_of(whole, A)[0][1] - lines_of(before, A)[0][1]
    assert gained == used * 10 // 30


def test_a_day_at_a_time_is_the_same_as_a_year_at_once(year: Segments) -> None:
    # Of a day with hours of another price after it.
    move = ms("2013-07-27T05:10")
    its = masters([(A, 0, move), (B, move, None)], prices=prices())
    at_once = settled(its, year, "2013-07")
    days = year.end_ms // (24 * 3_600_000)

    by_day = settle(
        its,
        "london",
        [installed()],
        (year.take(days == day) for day in np.unique(days)),
        "2013-07",
    )

    assert by_day == at_once
    # Each part of the half-hour of the move has that half-hour's price.
    assert sum(charge.exact for charge in at_once.charges) == 33_697_969_200_000 * 100


def test_a_day_that_comes_late_ends_where_it_would_have_been() -> None:
    energies = home_mwh()
    known = np.ones(len(energies), dtype=np.bool_)
    first = (ms("2013-03-10T00:00") - YEAR_BEGIN_MS) // HALF_HOUR_MS
    known[first : first + 48] = False
    counter = installed(source="counter")
    # A counter goes on counting while nothing is read.
    all_of_it = curve(energies, None, counter)
    without = replace_withheld(all_of_it, first)
    its = masters(FOREVER, prices=prices(), registers=[counter])
    early = settle(its, "london", [counter], [without], "2013-03")
    issued = deltas(early.charges, [], RATE).lines
    late = settle(its, "london", [counter], [all_of_it], "2013-03")

    corrections = deltas(late.charges, issued, RATE, before=early.charges).lines

    letters = [dict(charge.by_letter) for charge in early.charges]
    assert sum(each.get(Letter.S, 0) for each in letters) == 19_191_000
    assert {each.reason for each in corrections} <= {"estimate_replaced"}
    sums: dict[str, list[int]] = {}
    for line in [*issued, *corrections]:
        had = sums.setdefault(line.key.band, [0, 0])
        had[0] += line.quantity
        had[1] += line.minor
    assert sums == {
        "High": [16_404_000, 1_102],
        "Low": [51_444_000, 205],
        "Normal": [411_626_000, 4_841],
    }
    assert not again(late.charges, late.charges, [*issued, *corrections], RATE)


def replace_withheld(segments: Segments, first: int) -> Segments:
    """One segment, its total measured, instead of a day of them."""
    day = slice(first, first + 48)
    kept = np.ones(len(segments), dtype=np.bool_)
    kept[first + 1 : first + 48] = False
    begin_ms, end_ms = int(segments.begin_ms[first]), int(segments.end_ms[first + 47])
    energy_mwh, end, letter = (
        segments.energy_mwh.copy(),
        segments.end_ms.copy(),
        segments.letter.copy(),
    )
    assert begin_ms == ms("2013-03-10T00:00")
    energy_mwh[first], end[first] = segments.energy_mwh[day].sum(), end_ms
    letter[first] = Letter.S
    return replace(segments, energy_mwh=energy_mwh, end_ms=end, letter=letter).take(kept)


def test_an_interval_register_bills_what_was_measured_only() -> None:
    energies = home_mwh()
    known = np.ones(len(energies), dtype=np.bool_)
    first = (ms("2013-03-10T00:00") - YEAR_BEGIN_MS) // HALF_HOUR_MS
    known[first : first + 48] = False

    march = settled(masters(FOREVER, prices=prices()), curve(energies, known), "2013-03")

    (balance,) = march.balances
    assert balance.metered_mwh == balance.billed_mwh == 479_474_000 - 19_191_000
    assert balance.estimated_mwh == 0


def test_unissued_charges_are_found_by_the_ledgers_identity(year: Segments) -> None:
    march = settled(masters(FOREVER, prices=prices()), year, "2013-03")
    issued: list[LedgerLine] = list(deltas(march.charges, [], RATE).lines)
    wrong = ledger(march.charges, [replace(issued[0], minor=issued[0].minor + 1), *issued[1:]])

    assert [str(each) for each in wrong] == [
        f"ledger: minor of 1 {HOME} 2013-03 {DTOU} High is 1103, +1 from 1102"
    ]
