"""Lines of a document beside what was issued before the runs that computed them."""

from decimal import Decimal
from typing import cast

import psycopg
import pytest

from adapters.bills import ledger, runs
from contracts.billing import Charge, ChargeKey, LedgerLine, LedgerReason
from contracts.issued import Document, NewDocument, StoredLine
from services.settlement.shown import shown_lines

A = 1
FIRST, FOUND, TAXED, SENT = 1, 3, 4, 5
"""Runs, the last of which sent what two of them had found."""
NOWHERE = cast(psycopg.Connection, None)


def line(
    month: str, minor: int, rate: int = 5, reason: LedgerReason = "first", band: str = ""
) -> LedgerLine:
    key = ChargeKey(A, "home", month, "flat/1/energy", band)
    return LedgerLine(key, "mwh", minor, minor, "S", reason, Decimal(rate))


LEDGER = (
    (FIRST, line("2013-03", 100)),
    (FIRST, line("2013-03", 40, band="night")),
    (FOUND, line("2013-03", -7, reason="late_reading")),
    (TAXED, line("2013-03", -93, reason="rule")),
    (TAXED, line("2013-03", 93, 20, "rule")),
    (SENT, line("2013-04", 50)),
)


def test_each_line_has_what_was_issued_before_its_own_run(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, set[str]]] = []

    def of_customer(_: object, customer_id: int, months: set[str]) -> tuple[StoredLine, ...]:
        asked.append((customer_id, months))
        return tuple(StoredLine(n, *each) for n, each in enumerate(LEDGER))

    def charges(_: object, run_id: int, __: int) -> tuple[Charge, ...]:
        key = ChargeKey(A, "home", "2013-04" if run_id == SENT else "2013-03", "flat/1/energy", "")
        return (Charge(key, "mwh", run_id, 0, run_id),)

    monkeypatch.setattr(ledger, "of_customer", of_customer)
    monkeypatch.setattr(runs, "charges", charges)
    sent = LEDGER[2:]
    said = NewDocument("invoice", A, "2013-04", "GBP", 0, 0, 0, (), tuple(x for _, x in sent), {})
    document = Document("00000002", 2, SENT, 0, said, tuple(run_id for run_id, _ in sent))

    shown = shown_lines(NOWHERE, document)

    assert [each.before for each in shown] == [100, 93, 0, 0]
    assert [each.is_retaxed for each in shown] == [False, True, True, False]
    assert [each.charge and each.charge.minor for each in shown] == [FOUND, TAXED, TAXED, SENT]
    # However many lines there are.
    assert asked == [(A, {"2013-03", "2013-04"})]
