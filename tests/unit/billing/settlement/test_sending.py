"""Customers are sent one document a month; who has left, and what a person says, does not wait."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from billing.settlement.identities import documents, waiting
from billing.settlement.sending import Sending, going_on, sending
from contracts.billing import ChargeKey, LedgerLine, LedgerReason
from contracts.issued import StoredLine
from contracts.masters import Contract, Occupancy
from tests.unit.billing.settlement.homes import HOME, LONDON, A, B, masters

MARCH, APRIL = "2013-03", "2013-04"
ENDS_MS = 1_000
"""When the last month that was billed ends."""


def line(
    customer_id: int, month: str, minor: int, reason: LedgerReason = "late_reading"
) -> LedgerLine:
    key = ChargeKey(customer_id, HOME, month, "flat/1/energy", "")
    return LedgerLine(key, "mwh", 10 * minor, minor, "S", reason, Decimal(5))


def stored(*lines: LedgerLine) -> list[StoredLine]:
    return [StoredLine(number, 1, each) for number, each in enumerate(lines)]


def sent(
    lines: Sequence[LedgerLine],
    waited: Sequence[StoredLine] = (),
    *,
    month: str = MARCH,
    issued: Sequence[LedgerLine] = (line(A, MARCH, 90, "first"), line(B, MARCH, 80, "first")),
    going: Sequence[int] = (A, B),
    held: Sequence[int] = (),
    now: bool = False,
) -> Sending:
    found = sending(lines, issued, waited, month=month, going_on=going, held=held, now=now)
    left = [*(each.line for each in found.waited), *found.lines]
    to_send = [*lines, *(each.line for each in waited)]
    assert not documents(found.bills, to_send, left)
    return found


def nets(found: Sending) -> dict[int, int]:
    return {bill.customer_id: bill.totals.net for bill in found.bills}


def test_a_correction_waits_for_the_next_document() -> None:
    correction = line(A, MARCH, -7)

    found = sent([correction])
    (later,) = sent([line(A, APRIL, 50, "first")], stored(correction), month=APRIL, issued=()).bills

    assert (found.bills, found.lines) == ((), (correction,))
    assert later.lines == (correction, line(A, APRIL, 50, "first"))
    assert (later.kind, later.month, later.totals.net) == ("invoice", APRIL, 43)
    assert [each.line for each in later.waited] == [correction]


def test_more_that_is_given_back_than_owed_is_a_credit_note() -> None:
    (found,) = sent(
        [line(A, APRIL, 5, "first")], stored(line(A, MARCH, -7)), month=APRIL, issued=()
    ).bills

    assert (found.kind, found.totals.net) == ("credit_note", -2)


def test_who_had_no_bill_of_the_month_is_sent_one_at_once() -> None:
    found = sent(
        [line(A, MARCH, -7, "move"), line(B, MARCH, 7, "move")], issued=[line(A, MARCH, 9)]
    )

    assert nets(found) == {B: 7}
    assert [each.key.customer_id for each in found.lines] == [A]


def test_who_has_left_is_sent_all_at_once() -> None:
    waited = stored(line(A, "2013-01", 2), line(B, "2013-01", 3))

    found = sent([line(A, MARCH, -7)], waited, going=[B])
    alone = sent([], waited, going=[B])

    assert nets(found) == {A: -5}
    assert nets(alone) == {A: 2}
    assert [each.line.key.customer_id for each in found.waited] == [B]


def test_a_person_sends_what_is_of_the_month() -> None:
    waited = stored(line(A, "2013-01", 2), line(A, MARCH, 1), line(B, "2013-01", 3))

    found = sent([], waited, now=True)

    # A gets all there is: of B nothing is of March.
    assert nets(found) == {A: 3}
    assert nets(sent([line(B, MARCH, 4)], waited, now=True)) == {A: 3, B: 7}


def test_to_whose_bill_waits_for_a_person_nothing_is_sent() -> None:
    found = sent([line(A, MARCH, -7)], stored(line(A, "2013-01", 2)), held=[A], going=[], now=True)

    assert found.bills == ()
    assert len(found.lines) == len(found.waited) == 1


def test_what_is_on_no_document_does_not_wait() -> None:
    nobody = replace(line(A, MARCH, -1), tax_rate=None)
    nothing = line(A, MARCH, 0)

    found = sending([nobody, nothing], [line(A, MARCH, 9)], (), month=MARCH, going_on=[A])

    assert (found.bills, found.lines) == ((), ())


@pytest.mark.parametrize(
    ("ends_ms", "contract_ends_ms", "site_id", "is_going_on"),
    [
        (None, None, "london", True),
        (ENDS_MS + 1, ENDS_MS + 1, "london", True),
        (ENDS_MS, None, "london", False),
        (None, ENDS_MS, "london", False),
        (None, None, "paris", False),
    ],
)
def test_who_goes_on_has_premises_and_a_contract_after_what_is_billed(
    ends_ms: int | None, contract_ends_ms: int | None, site_id: str, is_going_on: bool
) -> None:
    its = replace(
        masters([]),
        sites=(LONDON, replace(LONDON, site_id="paris")),
        occupancies=(Occupancy(HOME, A, 0, ends_ms), Occupancy(HOME, B, 0, None)),
        contracts=(Contract(HOME, A, "electricity", "flat", 0, contract_ends_ms),),
    )

    # B has no contract.
    assert going_on(its, site_id, ENDS_MS) == (frozenset({A}) if is_going_on else frozenset())


def test_what_waits_is_compared_by_customer() -> None:
    expected = [line(A, MARCH, 3), line(B, MARCH, 4)]

    (wrong,) = waiting(expected, [line(A, MARCH, 3)])

    assert wrong.what == f"what waits for the next document of customer {B}" and wrong.by == -4
    assert not waiting(expected, reversed(expected))
