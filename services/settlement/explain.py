"""A document explained: what each of its lines is made of, by the run that computed it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import psycopg

from adapters.bills import documents, ledger, runs
from adapters.master_rows import masters
from billing.curve.registers import Registers
from billing.curve.segments import Segments, joined_segments
from billing.settlement.errors import RunError
from billing.settlement.explained import SUM, Explained, explained
from billing.tariffs.calendar import calendar_of
from contracts.billing import Charge, Letter, RunArguments
from contracts.issued import Document
from contracts.masters import Masters
from contracts.settings import Settings
from services.settlement.known_at import known_at
from services.settlement.method import method_of
from services.settlement.run import curve_of, registers_of
from services.settlement.shown import ShownLine, shown_lines
from services.settlement.stored import Told, archive_here, computed_of


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """A line of a document, and what it is made of."""

    shown: ShownLine
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
    """What each line of a document is made of: the run that computed it is computed once more.
    PostgreSQL is asked for all of it before the archive is read.

    Args:
        alone: Read the registers of its premises only, which takes no longer for more homes. What
            was measured is the same; a line that has estimates and does not come to its charge so,
            since others had a part in them, is left unexplained.

    Raises:
        RunError: there is no such document.
        Others as `computed`.
    """
    document = document_of(connection, number)
    # Before the archive is read, which may take longer than PostgreSQL keeps a connection.
    lines = shown_lines(connection, document)
    asked = [
        _asked(connection, run_id, [each for each in lines if each.run_id == run_id], alone=alone)
        for run_id in sorted(set(document.runs))
    ]
    made_of = {each.run_id: _made_of(settings, each, document, told) for each in asked}
    its = next(each for each in asked if each.run_id == max(made_of))
    site = next(each for each in its.masters.sites if each.site_id == its.arguments.site_id)
    return ExplainedDocument(
        document,
        calendar_of(site, its.masters.holidays).time_zone,
        tuple(
            ExplainedLine(
                each,
                _trusted(
                    made_of[each.run_id].get((key.premises_id, key.component, key.band))
                    or made_of[each.run_id].get((key.premises_id, key.component, "")),
                    each.charge,
                    alone=alone,
                ),
            )
            for each in lines
            for key in (each.line.key,)
        ),
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A run of which a document has lines, and what PostgreSQL knows of it."""

    run_id: int
    arguments: RunArguments
    premises: frozenset[str]
    masters: Masters
    alone: bool


def _asked(
    connection: psycopg.Connection, run_id: int, lines: Sequence[ShownLine], *, alone: bool
) -> _Asked:
    stored = runs.run_of(connection, run_id)
    assert stored is not None
    arguments = stored.arguments
    premises = frozenset(each.line.key.premises_id for each in lines)
    as_of_ms, months = arguments.masters_as_of_ms, (arguments.month, arguments.month)
    its = (
        known_at(connection, as_of_ms, premises, months) if alone else masters(connection, as_of_ms)
    )
    return _Asked(run_id, arguments, premises, its, alone)


def _made_of(
    settings: Settings, asked: _Asked, document: Document, told: Told
) -> Mapping[tuple[str, str, str], Explained]:
    """By premises, component and band."""
    curve = _curve_alone if asked.alone else _curve_of_all
    registers, segments = curve(settings, asked, told)
    return explained(
        asked.masters,
        asked.arguments.site_id,
        registers,
        segments,
        asked.arguments.month,
        document.said.customer_id,
        asked.premises,
        kind=asked.arguments.kind,
        period_ms=method_of(asked.arguments.rules).period_ms,
    )


def _curve_of_all(settings: Settings, asked: _Asked, told: Told) -> tuple[Registers, Segments]:
    known: list[Registers] = []
    pieces: list[Segments] = []

    def heard(registers: Registers, segments: Segments) -> None:
        if not known:
            known.append(registers)
        # A meter that has moved is one register, wherever it was first.
        its = [
            place
            for place, own in registers.own.items()
            if any(each.premises_id in asked.premises for each in own)
        ]
        chosen = segments.take(np.isin(segments.register, its))
        if len(chosen):
            pieces.append(chosen)

    computed_of(settings, asked.arguments, asked.masters, told, heard)
    return known[0] if known else Registers(()), joined_segments(*pieces)


def _curve_alone(settings: Settings, asked: _Asked, told: Told) -> tuple[Registers, Segments]:
    its, arguments = asked.masters, asked.arguments
    site = next(each for each in its.sites if each.site_id == arguments.site_id)
    own = {
        (each.register_id, each.commodity)
        for each in its.installations
        if each.premises_id in asked.premises
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
    return registers, joined_segments(*curve.pieces())


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
