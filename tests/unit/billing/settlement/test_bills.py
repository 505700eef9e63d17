"""A bill for each customer who owes, or is owed, something."""

from decimal import Decimal

from billing.settlement.bills import bills
from contracts.billing import ChargeKey, LedgerLine


def line(customer_id: int, band: str, quantity: int, minor: int) -> LedgerLine:
    key = ChargeKey(customer_id, "home", "2013-03", "flat/1/energy", band)
    return LedgerLine(key, "mwh", quantity, minor, "S", "late_reading", Decimal(5))


def test_nobody_is_sent_a_bill_of_nothing() -> None:
    lines = [
        line(1, "day", -1, 0),
        line(1, "night", 1, 0),
        line(2, "day", -50_000, -1),
        line(2, "night", 50_000, 1),
        line(2, "standing", 1, 0),
    ]

    (found,) = bills(lines)

    # What moved from one price to another is told, even if it comes to the same.
    assert (found.customer_id, len(found.lines), found.totals.gross) == (2, 3, 0)
