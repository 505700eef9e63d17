"""Runs with their charges in PostgreSQL: what was computed, of what, and whether it was issued.

All that writes is called within a transaction of the caller's, so that a run is there with all that
belongs to it or not at all.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, LiteralString

import psycopg
from psycopg.types.json import Jsonb

from adapters.postgres import instant
from contracts.billing import Charge, ChargeKey, Letter, RunArguments
from contracts.issued import NewRun, RunEnergy, StoredRun, decimal_of, exact_of

NOBODY = 0

_RUN: LiteralString = """
    SELECT run_id, kind, site_id, month, readings_until, epoch_ms(masters_as_of), rules, state,
        broken, epoch_ms(ended_at)
    FROM run
"""


def write(connection: psycopg.Connection, run: NewRun, charges: Iterable[Charge]) -> int:
    """Write a run with its charges and energies; its id.

    Raises:
        psycopg.errors.UniqueViolation: one with these arguments was issued.
    """
    its = run.arguments
    row = connection.execute(
        """
        INSERT INTO run (
            kind, site_id, month, readings_until, masters_as_of, rules, exact, rounded_minor, state,
            broken, ended_at
        ) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp())
        RETURNING run_id
        """,
        (
            *(its.kind, its.site_id, its.month, list(its.readings_until)),
            *(instant(its.masters_as_of_ms), its.rules),
            *(decimal_of(run.exact), run.rounded_minor, run.state),
            Jsonb([dict(each) for each in run.broken]) if run.broken else None,
        ),
    ).fetchone()
    assert row is not None
    run_id = int(row[0])
    _write_energies(connection, run_id, run.energies)
    with connection.cursor().copy(
        """
        COPY charge (
            run_id, customer_id, premises_id, month, component, band, unit, quantity, exact, minor,
            tax_category, by_letter, unassigned
        ) FROM STDIN
        """
    ) as copy:
        for charge in charges:
            copy.write_row(_row(run_id, charge))
    return run_id


def run_of(connection: psycopg.Connection, run_id: int) -> StoredRun | None:
    """A run by its id."""
    row = connection.execute(_RUN + "WHERE run_id = %s", [run_id]).fetchone()
    return None if row is None else _run(row)


def latest_issued(
    connection: psycopg.Connection, site_id: str, month: str, kind: str | None = None
) -> StoredRun | None:
    """The run of a site's month that was issued last; of one kind, if it is given."""
    row = connection.execute(
        _RUN
        + """
        WHERE state = 'issued' AND site_id = %(site)s AND month = %(month)s
            AND (%(kind)s::text IS NULL OR kind = %(kind)s)
        ORDER BY run_id DESC LIMIT 1
        """,
        {"site": site_id, "month": month, "kind": kind},
    ).fetchone()
    return None if row is None else _run(row)


def currencies(connection: psycopg.Connection, run_ids: Collection[int]) -> dict[int, str]:
    """In which currency each run's site is billed."""
    rows = connection.execute(
        "SELECT run_id, currency FROM run JOIN site USING (site_id) WHERE run_id = ANY(%s)",
        [list(run_ids)],
    )
    return dict(rows.fetchall())


def newest_month(connection: psycopg.Connection, site_id: str) -> str | None:
    """The last month of a site that was issued."""
    row = connection.execute(
        "SELECT max(month) FROM run WHERE state = 'issued' AND site_id = %s", [site_id]
    ).fetchone()
    return None if row is None else row[0]


def charges(
    connection: psycopg.Connection, run_id: int, customer_id: int | None = None
) -> tuple[Charge, ...]:
    """The charges of a run, or of one customer in it, by key."""
    rows = connection.execute(
        """
        SELECT customer_id, premises_id, month, component, band, unit, quantity, exact, minor,
            tax_category, by_letter
        FROM charge
        WHERE run_id = %(run)s AND (%(customer)s::bigint IS NULL OR customer_id = %(customer)s)
        """,
        {"run": run_id, "customer": customer_id},
    )
    # By Python: PostgreSQL's order of texts is that of a language.
    return tuple(sorted(map(_charge, rows), key=lambda charge: charge.key))


def energies(connection: psycopg.Connection, run_id: int) -> tuple[RunEnergy, ...]:
    """What registers counted in a run, by commodity and direction."""
    rows = connection.execute(
        """
        SELECT commodity, direction, metered_mwh, billed_mwh, unassigned_mwh, estimated_mwh,
            edited_mwh, lost_mwh
        FROM run_energy WHERE run_id = %s ORDER BY commodity, direction
        """,
        [run_id],
    )
    return tuple(
        RunEnergy(
            commodity,
            direction,
            int(metered),
            int(billed),
            int(unassigned),
            int(estimated),
            int(edited),
            None if lost is None else int(lost),
        )
        for commodity, direction, metered, billed, unassigned, estimated, edited, lost in rows
    )


def replace_interims(connection: psycopg.Connection, run_id: int, site_id: str, month: str) -> None:
    """Delete interim runs of a site's month but this one, which takes their place."""
    which: LiteralString = """
        (
            SELECT run_id FROM run
            WHERE kind = 'interim' AND site_id = %(site)s AND month = %(month)s
                AND run_id <> %(run)s
        )
    """
    for statement in (
        "DELETE FROM charge WHERE run_id IN " + which,
        "DELETE FROM run_energy WHERE run_id IN " + which,
        "UPDATE vee_exception SET opened_by_run = %(run)s WHERE opened_by_run IN " + which,
        "UPDATE vee_exception SET closed_by_run = %(run)s WHERE closed_by_run IN " + which,
        "DELETE FROM run WHERE run_id IN " + which,
    ):
        connection.execute(statement, {"run": run_id, "site": site_id, "month": month})


def _write_energies(connection: psycopg.Connection, run_id: int, its: Sequence[RunEnergy]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO run_energy (
                run_id, commodity, direction, metered_mwh, billed_mwh, unassigned_mwh,
                estimated_mwh, edited_mwh, lost_mwh
            ) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [
                (
                    *(run_id, each.commodity, each.direction, each.metered_mwh, each.billed_mwh),
                    *(each.unassigned_mwh, each.estimated_mwh, each.edited_mwh, each.lost_mwh),
                )
                for each in its
            ],
        )


def _row(run_id: int, charge: Charge) -> tuple[Any, ...]:
    key = charge.key
    is_unassigned = key.customer_id == NOBODY and charge.unit != "none"
    return (
        *(run_id, key.customer_id, key.premises_id, key.month, key.component, key.band),
        *(charge.unit, charge.quantity, decimal_of(charge.exact), charge.minor),
        charge.tax_category,
        Jsonb({letter.name: quantity for letter, quantity in charge.by_letter}),
        key.band if is_unassigned else None,
    )


def _charge(row: Sequence[Any]) -> Charge:
    *key, unit, quantity, exact, minor, tax_category, by_letter = row
    letters = sorted((Letter[name], int(n)) for name, n in by_letter.items())
    return Charge(
        ChargeKey(*key), unit, quantity, exact_of(exact), minor, tax_category, tuple(letters)
    )


def _run(row: Sequence[Any]) -> StoredRun:
    run_id, kind, site_id, month, until, as_of_ms, rules, state, broken, ended_at_ms = row
    arguments = RunArguments(kind, site_id, month, tuple(until), as_of_ms, rules)
    return StoredRun(run_id, arguments, state, tuple(broken or ()), ended_at_ms)
