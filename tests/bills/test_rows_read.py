"""What is asked of one home costs the same, however many others there are: counted in rows that
PostgreSQL reads for it, of tables and of indexes."""

from collections.abc import Callable
from typing import TypeVar

import psycopg

from contracts.settings import Settings
from services.settlement.billed_plans import billed_months, compared
from services.settlement.explain import explain
from services.settlement.issue import issue
from services.settlement.stored import computed
from tests.bills.london import HOME, KNOWN, SITE, A, asked, masters

FEW, MANY = 100, 1_000
RUNS = (("2013-03", "2013-04-20"), ("2013-04", "2013-05-20"), ("2013-05", "2013-06-20"))
"""Month, and as of when: 92 days, which are enough to compare plans by."""

Found = TypeVar("Found")


def test_explaining_and_comparing_read_no_other_home(
    archived: Settings, database: psycopg.Connection
) -> None:
    masters(database, [(A, "2012-12-01", None)])
    for month, as_of in RUNS:
        arguments = asked(month, as_of)
        found = computed(archived, database, arguments)
        issue(database, arguments, found.masters, found.run)
    # Of a small table PostgreSQL would rather read all.
    database.execute("SET enable_seqscan = off")

    def explained() -> object:
        return explain(archived, database, "2", alone=True).lines

    def side_by_side() -> object:
        billed = billed_months(database, HOME, A)
        assert billed is not None
        return compared(archived, database, billed)

    neighbours(database, 1, FEW)
    few = [counted(database, each) for each in (explained, side_by_side)]
    neighbours(database, FEW + 1, MANY)
    many = [counted(database, each) for each in (explained, side_by_side)]

    for (said, rows), (said_then, rows_then) in zip(few, many, strict=True):
        assert said_then == said
        # PostgreSQL may take another index of a larger table, and that is all.
        assert 0 < rows_then < rows + FEW


def counted(connection: psycopg.Connection, question: Callable[[], Found]) -> tuple[Found, int]:
    """An answer, and how many rows were read for it."""
    before = _read(connection)
    answer = question()
    return answer, _read(connection) - before


def _read(connection: psycopg.Connection) -> int:
    # What a session has read is told when it is idle next.
    connection.execute("SELECT pg_stat_force_next_flush()")
    row = connection.execute(
        """
        SELECT (
            SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables
        ) + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes)
        """
    ).fetchone()
    assert row is not None
    return int(row[0])


def neighbours(connection: psycopg.Connection, first: int, last: int) -> None:
    """Homes beside the one, each with all that a home has, billed by the same runs."""
    its = {"first": first, "last": last, "site": SITE, "known": KNOWN}
    for statement in (
        """
        INSERT INTO premises SELECT 'home-' || n, %(site)s, %(known)s
        FROM generate_series(%(first)s::int, %(last)s::int) AS n
        """,
        """
        INSERT INTO customer (customer_id, name) SELECT 1000 + n, 'Somebody'
        FROM generate_series(%(first)s::int, %(last)s::int) AS n
        """,
        """
        INSERT INTO installation (
            register_id, premises_id, commodity, direction, source, boundary, valid_from,
            recorded_from
        )
        SELECT 'home-' || n, 'home-' || n, 'electricity', 'import', 'interval', 'interpolate',
            '2013-01-01Z', %(known)s
        FROM generate_series(%(first)s::int, %(last)s::int) AS n
        """,
        """
        INSERT INTO occupancy (premises_id, customer_id, valid_from, recorded_from, reason)
        SELECT 'home-' || n, 1000 + n, '2012-12-01Z', %(known)s, 'loaded'
        FROM generate_series(%(first)s::int, %(last)s::int) AS n
        """,
        """
        INSERT INTO contract (
            premises_id, customer_id, commodity, plan_id, valid_from, recorded_from
        )
        SELECT 'home-' || n, 1000 + n, 'electricity', 'lcl-flat', '2000-01-01Z', %(known)s
        FROM generate_series(%(first)s::int, %(last)s::int) AS n
        """,
        """
        INSERT INTO edit (
            register_id, begin_ms, end_ms, energy_mwh, reason, by_user, recorded_from
        )
        SELECT 'home-' || n, 1362873600000, 1362960000000, 1000, 'seen', 'clerk', %(known)s
        FROM generate_series(%(first)s::int, %(last)s::int) AS n
        """,
        """
        INSERT INTO charge (
            run_id, customer_id, premises_id, month, component, band, unit, quantity, exact,
            minor, tax_category
        )
        SELECT run_id, 1000 + n, 'home-' || n, month, 'lcl-flat/1/energy', '', 'mwh', 1, 1, 1, 'S'
        FROM run, generate_series(%(first)s::int, %(last)s::int) AS n
        """,
        """
        WITH billed AS (
            INSERT INTO document (
                number, kind, customer_id, run_id, month, currency, net_minor, tax_minor,
                gross_minor
            )
            SELECT run_id || '-' || n, 'invoice', 1000 + n, run_id, month, 'GBP', 1, 0, 1
            FROM run, generate_series(%(first)s::int, %(last)s::int) AS n
            RETURNING document_id, run_id, customer_id, month
        )
        INSERT INTO ledger_line (
            run_id, document_id, customer_id, premises_id, month, component, band, unit, quantity,
            minor, tax_category, reason, tax_rate
        )
        SELECT run_id, document_id, customer_id, 'home-' || customer_id - 1000, month,
            'lcl-flat/1/energy', '', 'mwh', 1, 1, 'S', 'first', 5
        FROM billed
        """,
    ):
        connection.execute(statement, its)
    connection.execute("ANALYZE")
