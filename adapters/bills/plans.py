"""Versions of plans in PostgreSQL: only ever added to."""

import tomllib
from datetime import date

import psycopg

from contracts.masters import PlanVersion


def versions(connection: psycopg.Connection) -> tuple[PlanVersion, ...]:
    """All of them as they were loaded, by plan and version."""
    rows = connection.execute(
        """
        SELECT plan_id, version, valid_from, valid_to, terms FROM plan_version
        ORDER BY plan_id, version
        """
    )
    return tuple(PlanVersion(*row) for row in rows)


def names(connection: psycopg.Connection) -> dict[str, str]:
    """What people call plans, by id, as the newest versions say; the id where they do not."""
    rows = connection.execute(
        """
        SELECT DISTINCT ON (plan_id) plan_id, terms FROM plan_version
        ORDER BY plan_id, version DESC
        """
    )
    return {plan_id: _name(terms) or plan_id for plan_id, terms in rows}


def _name(terms: str) -> str:
    try:
        return str(tomllib.loads(terms).get("name", ""))
    except tomllib.TOMLDecodeError:
        return ""


def billed_until(connection: psycopg.Connection, plan_id: str) -> str | None:
    """The last month that a plan was billed for."""
    row = connection.execute(
        """
        SELECT max(month) FROM ledger_line
        WHERE customer_id > 0 AND split_part(component, '/', 1) = %s
        """,
        [plan_id],
    ).fetchone()
    return None if row is None else row[0]


def add(connection: psycopg.Connection, version: PlanVersion) -> None:
    """Write a version.

    Raises:
        psycopg.errors.UniqueViolation: somebody else has just loaded one of this number.
    """
    connection.execute(
        """
        INSERT INTO plan_version (plan_id, version, valid_from, valid_to, terms)
        VALUES (%s, %s, %s, %s, %s)
        """,
        (version.plan_id, version.version, version.begin, version.end, version.terms),
    )


def add_holidays(connection: psycopg.Connection, calendar: str, days: list[date]) -> int:
    """Write days of a calendar that are not there yet; how many were not."""
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO holiday (calendar, day) VALUES (%s, %s)
            ON CONFLICT (calendar, day) DO NOTHING
            """,
            [(calendar, day) for day in days],
        )
        return max(cursor.rowcount, 0)
