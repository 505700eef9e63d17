"""Masters in PostgreSQL: the client, and all of them as they were believed at some instant."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import LiteralString, TypeVar
from urllib.parse import urlsplit

import psycopg

from contracts.database import database
from contracts.masters import (
    CalorificValue,
    Contract,
    Edit,
    Holiday,
    Installation,
    Masters,
    Occupancy,
    PlanVersion,
    Premises,
    Price,
    Site,
    TaxRate,
    VeeRule,
)
from contracts.settings import Settings
from contracts.time import MINUTE_MS

CONNECT_TIMEOUT_S = 10
READ_CONNECT_TIMEOUT_S = 3

EPOCH = datetime.fromtimestamp(0, UTC)

Each = TypeVar("Each")

_KNOWN: LiteralString = """
    recorded_from <= %(as_of)s AND (recorded_to IS NULL OR recorded_to > %(as_of)s)
"""
_VALID: LiteralString = "epoch_ms(valid_from), epoch_ms(valid_to)"
_SITE: LiteralString = (
    "site_id, time_zone, currency, tax_region, holidays, gas_day_starts, gas_zone"
)
_PREMISES: LiteralString = "premises_id, site_id"


def connect(settings: Settings) -> psycopg.Connection:
    """A connection to the namespace's database; without `transaction()` each statement is one.

    Raises:
        psycopg.OperationalError: the server does not answer, or there is no such database.
    """
    return _connect(settings, database(settings))


def connect_to_read(settings: Settings, statement_timeout_s: int) -> psycopg.Connection:
    """As `connect`, for who only reads and has somebody wait for it: no statement may take longer
    than that, and connecting no longer than a few seconds.

    Raises:
        psycopg.OperationalError: as `connect`.
    """
    return _connect(
        settings,
        database(settings),
        connect_timeout=READ_CONNECT_TIMEOUT_S,
        options=f"-c default_transaction_read_only=on -c statement_timeout={statement_timeout_s}s",
    )


def connect_to_server(settings: Settings) -> psycopg.Connection:
    """As `connect`, to the database that is there without any namespace."""
    return _connect(settings, urlsplit(settings.postgres.url).path.removeprefix("/") or "postgres")


def _connect(
    settings: Settings,
    name: str,
    *,
    connect_timeout: int = CONNECT_TIMEOUT_S,
    options: str | None = None,
) -> psycopg.Connection:
    return psycopg.connect(
        settings.postgres.url,
        dbname=name,
        autocommit=True,
        connect_timeout=connect_timeout,
        options=options,
        application_name="wattstream",
    )


def instant(ms: int) -> datetime:
    """Epoch milliseconds as PostgreSQL's clients have them."""
    return EPOCH + timedelta(milliseconds=ms)


def newest_as_of_ms(connection: psycopg.Connection) -> int:
    """The latest instant as of which masters stay what they are: a minute ago, and before every
    transaction began that has not ended, for what it recorded may have an earlier time than what
    was read meanwhile."""
    (newest,) = _one(
        connection.execute(
            """
            SELECT least(
                epoch_ms(clock_timestamp()) - %(minute)s,
                (
                    SELECT min(epoch_ms(xact_start)) - 1 FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()
                        AND backend_type = 'client backend'
                )
            )
            """,
            {"minute": MINUTE_MS},
        )
    )
    return int(newest)


def masters(connection: psycopg.Connection, as_of_ms: int) -> Masters:
    """All masters as recorded until `as_of_ms`, epoch milliseconds, read in one transaction; each
    kind in the order of its key.

    Args:
        connection: One that is in no transaction.
    """
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        as_of = {"as_of": instant(as_of_ms)}

        def all_of(kind: Callable[..., Each], query: LiteralString) -> tuple[Each, ...]:
            return tuple(kind(*row) for row in connection.execute(query, as_of))

        return Masters(
            as_of_ms=as_of_ms,
            sites=all_of(
                Site,
                f"""
                SELECT {_SITE} FROM ({_both("site", _SITE)}) AS site
                WHERE {_KNOWN} ORDER BY site_id
                """,
            ),
            premises=all_of(
                Premises,
                f"""
                SELECT {_PREMISES} FROM ({_both("premises", _PREMISES)}) AS premises
                WHERE {_KNOWN} ORDER BY premises_id
                """,
            ),
            occupancies=all_of(
                Occupancy,
                f"""
                SELECT premises_id, customer_id, {_VALID}
                FROM occupancy WHERE {_KNOWN} ORDER BY premises_id, valid_from
                """,
            ),
            installations=all_of(
                Installation,
                f"""
                SELECT register_id, premises_id, commodity, direction, source, boundary, {_VALID},
                    cadence_ms, size_mwh, max_w, multiplier, opening_mwh, closing_mwh
                FROM installation WHERE {_KNOWN} ORDER BY register_id, commodity, valid_from
                """,
            ),
            contracts=all_of(
                Contract,
                f"""
                SELECT premises_id, customer_id, commodity, plan_id, {_VALID}
                FROM contract WHERE {_KNOWN}
                ORDER BY premises_id, customer_id, commodity, valid_from
                """,
            ),
            plans=all_of(
                PlanVersion,
                # A version never changes; so a later one ends it, from its own first day on.
                """
                SELECT plan_id, version, valid_from, ends, terms FROM (
                    SELECT plan_id, version, valid_from, terms, least(
                        valid_to,
                        min(valid_from) OVER (
                            PARTITION BY plan_id ORDER BY version
                            ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
                        )
                    ) AS ends
                    FROM plan_version WHERE recorded_from <= %(as_of)s
                ) AS known
                WHERE ends IS NULL OR ends > valid_from ORDER BY plan_id, version
                """,
            ),
            prices=all_of(
                Price,
                f"""
                SELECT series_id, epoch_ms(starts), epoch_ms(ends), price, band
                FROM price WHERE {_KNOWN} ORDER BY series_id, starts
                """,
            ),
            holidays=all_of(
                Holiday,
                """
                SELECT calendar, day FROM holiday
                WHERE recorded_from <= %(as_of)s ORDER BY calendar, day
                """,
            ),
            calorific_values=all_of(
                CalorificValue,
                f"""
                SELECT zone, gas_day, mj_per_m3
                FROM calorific_value WHERE {_KNOWN} ORDER BY zone, gas_day
                """,
            ),
            tax_rates=all_of(
                TaxRate,
                f"""
                SELECT tax_region, category, valid_from, valid_to, rate
                FROM tax_rate WHERE {_KNOWN} ORDER BY tax_region, category, valid_from
                """,
            ),
            edits=all_of(
                Edit,
                f"""
                SELECT edit_id, register_id, begin_ms, end_ms, energy_mwh, reason, by_user,
                    commodity
                FROM edit WHERE {_KNOWN} AND (
                    NOT is_large OR edit_id IN (
                        SELECT edit_id FROM edit_approval WHERE recorded_from <= %(as_of)s
                    )
                )
                ORDER BY edit_id
                """,
            ),
            vee_rules=all_of(
                VeeRule,
                f"""
                SELECT rule, applies_to, parameters, severity, {_VALID}
                FROM vee_rule WHERE {_KNOWN} ORDER BY rule, valid_from, vee_rule_id
                """,
            ),
        )


def _both(table: LiteralString, columns: LiteralString) -> LiteralString:
    """Rows of a table that has what is believed now, with those that were believed before."""
    return f"""
        SELECT {columns}, recorded_from, NULL::timestamptz AS recorded_to FROM {table}
        UNION ALL SELECT {columns}, recorded_from, recorded_to FROM {table}_before
    """


def _one(rows: Iterable[Each]) -> Each:
    (row,) = rows
    return row
