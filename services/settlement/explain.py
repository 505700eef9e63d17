"""A document explained: what each of its lines is made of, by the run that issued it."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import psycopg

from adapters.bills import documents, ledger, runs
from billing.curve.registers import Registers
from billing.curve.segments import Segments, joined_segments
from billing.settlement.errors import RunError
from billing.settlement.explained import SUM, Explained, explained
from billing.settlement.ledger import retaxed
from billing.tariffs.calendar import calendar_of
from contracts.billing import Charge, LedgerLine, Letter, RunArguments
from contracts.issued import Document
from contracts.masters import Masters
from contracts.settings import Settings
from services.settlement.had import had_by
from services.settlement.known_at import known_at
from services.settlement.method import method_of
from services.settlement.run import curve_of, registers_of
from services.settlement.stored import Told, archive_here, computed


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """A line of a document."""

    line: LedgerLine
    charge: Charge | None
    """What the line's run has of it in all; None: nothing any more."""
    before: int
    """Minor units that were issued of it by earlier runs, taxed as it is."""
    is_retaxed: bool
    """Its tax was put right: this line takes it back by the one, or issues it by the other."""
    made_of: Explained | None
    """None: it follows from other lines, or there is no charge; or it was asked for `alone`, and
    others had a part in its estimates."""


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
    *,
    alone: bool = False,
) -> ExplainedDocument:
    """What each line of a document is made of: its run is computed once more. PostgreSQL is asked
    for all of it before the archive is read.

    Args:
        alone: Read the registers of its premises only, which takes no longer for more homes. What
            was measured is the same; a line that has estimates and does not come to its charge so,
            since others had a part in them, is left unexplained.

    Raises:
        RunError: there is no such document.
        Others as `computed`.
    """
    document = document_of(connection, number)
    stored = runs.run_of(connection, document.run_id)
    assert stored is not None
    arguments = stored.arguments
    lines = document.said.lines
    premises = {line.key.premises_id for line in lines}
    # Before the archive is read, which may take longer than PostgreSQL keeps a connection.
    charges = {
        each.key: each
        for each in runs.charges(connection, document.run_id, document.said.customer_id)
    }
    before = had_by(connection, document.run_id, document.said.customer_id, lines)
    curve = _curve_alone if alone else _curve_of_all
    its, registers, segments = curve(settings, connection, arguments, premises, told)
    made_of = explained(
        its,
        arguments.site_id,
        registers,
        segments,
        arguments.month,
        document.said.customer_id,
        premises,
        kind=arguments.kind,
        period_ms=method_of(arguments.rules).period_ms,
    )
    of_tax = retaxed(lines)
    site = next(each for each in its.sites if each.site_id == arguments.site_id)
    return ExplainedDocument(
        document,
        calendar_of(site, its.holidays).time_zone,
        tuple(
            ExplainedLine(
                line,
                charges.get(line.key),
                had,
                line.key in of_tax,
                _trusted(
                    made_of.get((line.key.premises_id, line.key.component, line.key.band))
                    or made_of.get((line.key.premises_id, line.key.component, "")),
                    charges.get(line.key),
                    alone=alone,
                ),
            )
            for line, had in zip(lines, before, strict=True)
        ),
    )


Found = tuple[Masters, Registers, Segments]


def _curve_of_all(
    settings: Settings,
    connection: psycopg.Connection,
    arguments: RunArguments,
    premises: Collection[str],
    told: Told,
) -> Found:
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
    return found.masters, known[0] if known else Registers(()), joined_segments(*pieces)


def _curve_alone(
    settings: Settings,
    connection: psycopg.Connection,
    arguments: RunArguments,
    premises: Collection[str],
    told: Told,
) -> Found:
    its = known_at(
        connection,
        arguments.masters_as_of_ms,
        premises,
        (arguments.month, arguments.month),
    )
    site = next(each for each in its.sites if each.site_id == arguments.site_id)
    own = {
        (each.register_id, each.commodity)
        for each in its.installations
        if each.premises_id in premises
    }
    registers = Registers(
        [
            each
            for each in registers_of(its, arguments.site_id)
            if (each.register_id, each.commodity) in own
        ]
    )
    curve = curve_of(
        arguments,
        its,
        archive_here(settings, arguments.readings_until, told),
        registers,
        calendar_of(site, its.holidays),
        estimate=method_of(arguments.rules).estimate,
    )
    return its, registers, joined_segments(*curve.pieces())


def _trusted(made_of: Explained | None, charge: Charge | None, *, alone: bool) -> Explained | None:
    """What a line is made of, unless its estimates are others of one home alone."""
    if made_of is None or charge is None or not alone or made_of.what != SUM:
        return made_of
    if not {letter for letter, _ in charge.by_letter} & {Letter.E, Letter.F, Letter.N}:
        return made_of
    is_same = made_of.unit == charge.unit and charge.quantity == sum(
        part.quantity for part in made_of.parts
    )
    return made_of if is_same else None
