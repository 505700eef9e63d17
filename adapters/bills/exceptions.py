"""The queue of exceptions in PostgreSQL: what runs found that a person should look at."""

from collections.abc import Iterable

import psycopg
from psycopg.types.json import Jsonb

from contracts.issued import NewException, OpenException

SEVERITIES = ("hold", "review", "note")
"""The severest first."""


def write(
    connection: psycopg.Connection,
    run_id: int,
    site_id: str,
    month: str,
    found: Iterable[NewException],
) -> None:
    """Open what a run found, and close what earlier runs of the site's month found and it did not.
    What is open already stays as it is but for its end and what it says. In a transaction of the
    caller's."""
    kept: list[int] = []
    for each in found:
        row = connection.execute(
            """
            INSERT INTO vee_exception (
                register_id, commodity, premises_id, begin_ms, end_ms, rule, severity, detail,
                opened_by_run
            ) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (register_id, commodity, premises_id, rule, begin_ms)
                WHERE closed_at IS NULL
            DO UPDATE SET end_ms = EXCLUDED.end_ms, severity = EXCLUDED.severity,
                detail = EXCLUDED.detail,
                opened_by_run = coalesce(vee_exception.opened_by_run, EXCLUDED.opened_by_run)
            RETURNING vee_exception_id
            """,
            (
                *(each.register_id, each.commodity, each.premises_id),
                *(each.begin_ms, each.end_ms),
                *(each.rule, each.severity, Jsonb(dict(each.detail)), run_id),
            ),
        ).fetchone()
        assert row is not None
        kept.append(int(row[0]))
    connection.execute(
        """
        UPDATE vee_exception SET closed_at = clock_timestamp(), closed_by_run = %(run)s
        FROM run
        WHERE run.run_id = opened_by_run AND run.site_id = %(site)s AND run.month = %(month)s
            AND closed_at IS NULL AND vee_exception_id <> ALL(%(kept)s)
        """,
        {"run": run_id, "site": site_id, "month": month, "kept": kept},
    )


def open_by_severity(connection: psycopg.Connection) -> dict[str, int]:
    """How many are open of each severity, also where none is."""
    rows = connection.execute(
        "SELECT severity, count(*) FROM vee_exception WHERE closed_at IS NULL GROUP BY severity"
    )
    return dict.fromkeys(SEVERITIES, 0) | dict(rows.fetchall())


def still_open(
    connection: psycopg.Connection,
    *,
    rule: str | None = None,
    severity: str | None = None,
    month: str | None = None,
    register_id: str | None = None,
    after: int | None = None,
    limit: int | None = None,
) -> list[OpenException]:
    """Open ones of all that is given: the severest first, of these the latest first.

    Args:
        after: Those that come after the one of this id, also if it was closed since.
    """
    rows = connection.execute(
        """
        SELECT vee_exception_id, coalesce(site_id, ''), coalesce(month, ''), epoch_ms(opened_at),
            rule, register_id, commodity, premises_id, begin_ms, end_ms, severity, detail
        FROM vee_exception LEFT JOIN run ON run_id = opened_by_run
        WHERE closed_at IS NULL
            AND (%(rule)s::text IS NULL OR rule = %(rule)s)
            AND (%(severity)s::text IS NULL OR severity = %(severity)s)
            AND (%(month)s::text IS NULL OR month = %(month)s)
            AND (%(register)s::text IS NULL OR register_id = %(register)s)
            AND (%(after)s::bigint IS NULL OR (
                array_position(ARRAY['hold', 'review', 'note'], severity), -begin_ms, register_id,
                vee_exception_id
            ) > (
                SELECT array_position(ARRAY['hold', 'review', 'note'], last.severity),
                    -last.begin_ms, last.register_id, last.vee_exception_id
                FROM vee_exception AS last WHERE last.vee_exception_id = %(after)s
            ))
        ORDER BY array_position(ARRAY['hold', 'review', 'note'], severity), begin_ms DESC,
            register_id, vee_exception_id
        LIMIT %(limit)s
        """,
        {
            "rule": rule,
            "severity": severity,
            "month": month,
            "register": register_id,
            "after": after,
            "limit": limit,
        },
    )
    return [
        OpenException(exception_id, site_id, opened_month, opened_at_ms, NewException(*what))
        for exception_id, site_id, opened_month, opened_at_ms, *what in rows
    ]
