"""A document explained: what each of its lines is made of, by the run that issued it."""

from dataclasses import dataclass

import numpy as np
import psycopg

from adapters.bills import documents, ledger, runs
from billing.curve.registers import Registers
from billing.curve.segments import Segments, joined_segments
from billing.settlement.errors import RunError
from billing.settlement.explained import Explained, explained
from billing.tariffs.calendar import calendar_of
from contracts.billing import Charge, LedgerLine
from contracts.issued import Document
from contracts.settings import Settings
from services.settlement.method import method_of
from services.settlement.stored import Told, computed


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """A line of a document."""

    line: LedgerLine
    charge: Charge | None
    """What the line's run has of it in all; None: nothing any more."""
    before: int
    """Minor units that were issued of it by earlier runs."""
    made_of: Explained | None
    """None: it follows from other lines, or there is no charge."""


@dataclass(frozen=True, slots=True)
class ExplainedDocument:
    """A document with all of its lines."""

    document: Document
    time_zone: str
    lines: tuple[ExplainedLine, ...]


def document_of(connection: psycopg.Connection, number: str) -> Document:
    """A document by its number, with or without the zeros before it.

    Raises:
        RunError: there is none.
    """
    found = documents.document(connection, number.zfill(ledger.DIGITS))
    if found is None:
        raise RunError(
            f"there is no document {number!r}: `wattstream bill list` names those there are"
        )
    return found


def explain(
    settings: Settings,
    connection: psycopg.Connection,
    number: str,
    told: Told = lambda _: None,
) -> ExplainedDocument:
    """What each line of a document is made of: its run is computed once more.

    Raises:
        RunError: there is no such document.
        Others as `computed`.
    """
    document = document_of(connection, number)
    stored = runs.run_of(connection, document.run_id)
    assert stored is not None
    arguments = stored.arguments
    premises = {line.key.premises_id for line in document.said.lines}
    known: list[Registers] = []
    pieces: list[Segments] = []

    def heard(registers: Registers, segments: Segments) -> None:
        if not known:
            known.append(registers)
        # A meter that has moved is one register, wherever it was first.
        its = [
            place
            for place, own in registers.own.items()
            if any(each.premises_id in premises for each in own)
        ]
        chosen = segments.take(np.isin(segments.register, its))
        if len(chosen):
            pieces.append(chosen)

    found = computed(settings, connection, arguments, told, heard)
    made_of = explained(
        found.masters,
        arguments.site_id,
        known[0] if known else Registers(()),
        joined_segments(*pieces),
        arguments.month,
        document.said.customer_id,
        premises,
        kind=arguments.kind,
        period_ms=method_of(arguments.rules).period_ms,
    )
    charges = {
        each.key: each
        for each in runs.charges(connection, document.run_id, document.said.customer_id)
    }
    site = next(each for each in found.masters.sites if each.site_id == arguments.site_id)
    return ExplainedDocument(
        document,
        calendar_of(site, found.masters.holidays).time_zone,
        tuple(
            ExplainedLine(
                line,
                charges.get(line.key),
                sum(
                    each.minor
                    for each in ledger.issued_before(connection, document.run_id, line.key)
                ),
                made_of.get((line.key.premises_id, line.key.component, line.key.band))
                or made_of.get((line.key.premises_id, line.key.component, "")),
            )
            for line in document.said.lines
        ),
    )
