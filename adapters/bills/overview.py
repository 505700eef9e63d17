"""Runs as clerks look at them: what each issued, and what of the newest ones is nobody's."""

from dataclasses import dataclass
from typing import LiteralString

import psycopg

from adapters.bills.runs import NOBODY, run_of
from contracts.billing import Unit
from contracts.issued import StoredRun


@dataclass(frozen=True, slots=True)
class RunOverview:
    """A run and its documents. Amounts are minor units."""

    run: StoredRun
    currency: str
    time_zone: str
    rounded_minor: int
    """All that customers owe for the month by this run."""
    invoices: int
    credit_notes: int
    net_minor: int
    """Of its documents, as the two that follow."""
    tax_minor: int
    gross_minor: int
    is_newest: bool
    """No later run of the site's month is there but broken ones."""


@dataclass(frozen=True, slots=True)
class UnassignedEnergy:
    """What registers counted that is nobody's, by the newest run of a site's month."""

    run_id: int
    site_id: str
    month: str
    premises_id: str
    """Empty where it is not known."""
    metered: str
    """Commodity and direction, `electricity/import`."""
    reason: str
    unit: Unit
    quantity: int


_NEWEST: LiteralString = """
    SELECT DISTINCT ON (month, site_id) run_id FROM run WHERE state <> 'broken'
    ORDER BY month, site_id, run_id DESC
"""


def overviews(
    connection: psycopg.Connection,
    *,
    month: str | None = None,
    site_id: str | None = None,
    before: int | None = None,
    limit: int | None = None,
) -> list[RunOverview]:
    """Runs of all that is given, the newest first.

    Args:
        before: Those that are older than the run of this id.
    """
    rows = connection.execute(
        f"""
        SELECT run_id, coalesce(currency, ''), coalesce(time_zone, 'UTC'),
            coalesce(rounded_minor, 0),
            (SELECT count(*) FROM document WHERE run_id = run.run_id AND kind = 'invoice'),
            (SELECT count(*) FROM document WHERE run_id = run.run_id AND kind = 'credit_note'),
            (SELECT coalesce(sum(net_minor), 0) FROM document WHERE run_id = run.run_id)::bigint,
            (SELECT coalesce(sum(tax_minor), 0) FROM document WHERE run_id = run.run_id)::bigint,
            (SELECT coalesce(sum(gross_minor), 0) FROM document WHERE run_id = run.run_id)::bigint,
            run_id IN ({_NEWEST})
        FROM run LEFT JOIN site USING (site_id)
        WHERE (%(month)s::text IS NULL OR month = %(month)s)
            AND (%(site)s::text IS NULL OR site_id = %(site)s)
            AND (%(before)s::bigint IS NULL OR run_id < %(before)s)
        ORDER BY run_id DESC LIMIT %(limit)s
        """,
        {"month": month, "site": site_id, "before": before, "limit": limit},
    ).fetchall()
    return [
        RunOverview(run, *row[1:])
        for row in rows
        if (run := run_of(connection, row[0])) is not None
    ]


def unassigned(
    connection: psycopg.Connection,
    *,
    month: str | None = None,
    site_id: str | None = None,
    reason: str | None = None,
    offset: int = 0,
    limit: int | None = None,
) -> list[UnassignedEnergy]:
    """What is nobody's by the newest run of each site's month, of all that is given: the newest
    months first, of these the largest amounts first."""
    rows = connection.execute(
        f"""
        SELECT run_id, site_id, month, premises_id, component, unassigned, unit, quantity
        FROM charge JOIN (SELECT run_id, site_id FROM run) AS its USING (run_id)
        WHERE run_id IN ({_NEWEST}) AND customer_id = {NOBODY} AND unassigned IS NOT NULL
            AND (%(month)s::text IS NULL OR month = %(month)s)
            AND (%(site)s::text IS NULL OR site_id = %(site)s)
            AND (%(reason)s::text IS NULL OR unassigned = %(reason)s)
        ORDER BY month DESC, quantity DESC, premises_id, component, unassigned, run_id
        LIMIT %(limit)s OFFSET %(offset)s
        """,
        {"month": month, "site": site_id, "reason": reason, "offset": offset, "limit": limit},
    )
    return [UnassignedEnergy(*row) for row in rows]


def time_zones(connection: psycopg.Connection) -> dict[str, str]:
    """The zone of each site."""
    return dict(connection.execute("SELECT site_id, time_zone FROM site").fetchall())
