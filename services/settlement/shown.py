"""The lines of a document beside what each is the difference of, as its own run and those before it
have it: what had waited is of an earlier run than the document's."""

from collections import defaultdict
from dataclasses import dataclass

import psycopg

from adapters.bills import ledger, runs
from billing.settlement.ledger import had_before, retaxed
from contracts.billing import Charge, ChargeKey, LedgerLine
from contracts.issued import Document, StoredLine


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of a document."""

    line: LedgerLine
    run_id: int
    """Which computed it."""
    charge: Charge | None
    """What that run has of it in all; None: nothing any more."""
    before: int
    """Minor units that were issued of it by earlier runs, taxed as it is."""
    is_retaxed: bool
    """Its tax was put right: this line takes it back by the one, or issues it by the other."""


def shown_lines(connection: psycopg.Connection, document: Document) -> tuple[ShownLine, ...]:
    """The lines of a document that was read whole, in its order."""
    said = document.said
    charges = {
        run_id: {each.key: each for each in runs.charges(connection, run_id, said.customer_id)}
        for run_id in sorted(set(document.runs))
    }
    earlier: dict[ChargeKey, list[StoredLine]] = defaultdict(list)
    months = {line.key.month for line in said.lines}
    for each in ledger.of_customer(connection, said.customer_id, months):
        earlier[each.line.key].append(each)
    of_run: dict[int, list[LedgerLine]] = defaultdict(list)
    for line, run_id in zip(said.lines, document.runs, strict=True):
        of_run[run_id].append(line)
    of_tax = {run_id: retaxed(lines) for run_id, lines in of_run.items()}
    return tuple(
        ShownLine(
            line,
            run_id,
            charges[run_id].get(line.key),
            had_before(line, (each.line for each in earlier[line.key] if each.run_id < run_id)),
            line.key in of_tax[run_id],
        )
        for line, run_id in zip(said.lines, document.runs, strict=True)
    )
