"""Whatever does not add up is named, with by how much."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from billing.settlement.bills import Bill, bills
from billing.settlement.identities import (
    again,
    charged,
    documents,
    energy,
    ledger,
    rounding,
)
from billing.settlement.ledger import deltas
from billing.settlement.settle import settle
from billing.settlement.settlement import Settlement
from billing.tariffs.plan import EXAMPLES, load
from contracts.billing import Charge, LedgerLine, Letter
from tests.support.london import home_mwh
from tests.unit.billing.settlement.homes import RATE, A, curve, installed, masters

PLANS = {("lcl-flat", 1): load((EXAMPLES / "lcl-flat.toml").read_text(), "lcl-flat")}


@pytest.fixture(scope="module")
def march() -> Settlement:
    its = masters([(A, 0, None)], plan_id="lcl-flat")
    return settle(its, "london", [installed()], [curve(home_mwh())], "2013-03")


def with_charge(march: Settlement, change: Callable[[Charge], Charge]) -> Settlement:
    return replace(march, charges=tuple(map(change, march.charges)))


def issued(march: Settlement) -> tuple[tuple[Bill, ...], tuple[LedgerLine, ...]]:
    lines = deltas(march.charges, [], RATE).lines
    return bills(lines), lines


def test_nothing_is_said_where_all_adds_up(march: Settlement) -> None:
    its_bills, lines = issued(march)

    assert not energy(march)
    assert not charged(march, PLANS)
    assert not rounding(march.charges, "GBP")
    assert not ledger(march.charges, lines)
    assert not documents(its_bills, lines)
    assert not again(march.charges, march.charges, lines, RATE)


def test_energy_that_is_nobodys_and_nobodys_again_is_missed(march: Settlement) -> None:
    lost = replace(march, balances=(replace(march.balances[0], billed_mwh=479_473_999),))

    (wrong,) = energy(lost)

    assert wrong.by == -1
    assert str(wrong) == (
        "energy: electricity import, billed and unassigned is 479473999, -1 from 479474000"
    )


def test_a_component_that_lacks_energy_is_missed(march: Settlement) -> None:
    less = with_charge(march, lambda each: replace(each, quantity=each.quantity - 5))

    assert [(each.identity, each.by) for each in charged(less, PLANS)] == [
        ("letters", 5),
        ("charges", -5),
    ]


def test_letters_that_do_not_make_the_quantity_are_missed(march: Settlement) -> None:
    odd = with_charge(march, lambda each: replace(each, by_letter=((Letter.A, 1),)))

    (wrong,) = charged(odd, PLANS)

    assert (wrong.identity, wrong.found) == ("letters", 1)


def test_lines_that_were_rounded_after_the_sum_are_missed(march: Settlement) -> None:
    off = with_charge(march, lambda each: replace(each, minor=each.minor + 1))

    (wrong,) = rounding(off.charges, "GBP")

    assert wrong.identity == "rounding"
    assert wrong.found > wrong.expected == 10**12 // 2


def test_a_document_that_lacks_a_line_is_missed(march: Settlement) -> None:
    its_bills, lines = issued(march)
    (bill,) = its_bills

    without = documents([replace(bill, lines=())], lines)
    (none,) = documents([], lines)

    assert [(each.what, each.by) for each in without] == [
        ("net of the bill of customer 1", 6_822),
        ("gross of the bill of customer 1", 6_822),
    ]
    assert (none.what, none.by) == ("net of all bills and of what waits", -6_822)


def test_a_run_that_comes_out_another_way_is_missed(march: Settlement) -> None:
    _, lines = issued(march)
    other = with_charge(march, lambda each: replace(each, minor=each.minor + 1))

    differences = again(march.charges, other.charges, lines, RATE)

    assert [each.by for each in differences] == [1, 1]
    assert differences[1].what.startswith("left to issue of 1 MAC000002 2013-03")
