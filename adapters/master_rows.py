"""Masters in PostgreSQL, kind by kind: all rows of one, or those of a few keys."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, LiteralString, TypeVar

import psycopg

from adapters.postgres import instant
from contracts.energy import Span
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

Each = TypeVar("Each")
Keys = Collection[str] | None
"""Of which rows are wanted; None: of all."""

_KNOWN: LiteralString = """
    recorded_from <= %(as_of)s AND (recorded_to IS NULL OR recorded_to > %(as_of)s)
"""
_VALID: LiteralString = "epoch_ms(valid_from), epoch_ms(valid_to)"
_SITE: LiteralString = (
    "site_id, time_zone, currency, tax_region, holidays, gas_day_starts, gas_zone"
)
_PREMISES: LiteralString = "premises_id, site_id"


class MasterRows:
    """Rows as recorded until an instant; each kind in the order of its key."""

    def __init__(self, connection: psycopg.Connection, as_of_ms: int) -> None:
        self._connection, self._as_of = connection, instant(as_of_ms)

    def sites(self) -> tuple[Site, ...]:
        """All sites."""
        return self._rows(
            Site,
            f"""
            SELECT {_SITE} FROM ({_both("site", _SITE)}) AS site
            WHERE {_KNOWN} ORDER BY site_id
            """,
        )

    def premises(self, ids: Keys = None) -> tuple[Premises, ...]:
        """Premises, by id."""
        where = _among("premises_id", ids)
        return self._rows(
            Premises,
            f"""
            SELECT {_PREMISES} FROM ({_both("premises", _PREMISES)}) AS premises
            WHERE {_KNOWN} {where} ORDER BY premises_id
            """,
            ids,
        )

    def occupancies(self, premises: Keys = None) -> tuple[Occupancy, ...]:
        """Who had some premises."""
        where = _among("premises_id", premises)
        return self._rows(
            Occupancy,
            f"""
            SELECT premises_id, customer_id, {_VALID}
            FROM occupancy WHERE {_KNOWN} {where} ORDER BY premises_id, valid_from
            """,
            premises,
        )

    def registers_at(self, premises: Collection[str]) -> frozenset[str]:
        """Ids of meters that were ever believed to be at some premises."""
        rows = self._connection.execute(
            "SELECT DISTINCT register_id FROM installation WHERE premises_id = ANY(%s)",
            [list(premises)],
        )
        return frozenset(row[0] for row in rows)

    def installations(self, registers: Keys = None) -> tuple[Installation, ...]:
        """Where meters are and were."""
        where = _among("register_id", registers)
        return self._rows(
            Installation,
            f"""
            SELECT register_id, premises_id, commodity, direction, source, boundary, {_VALID},
                cadence_ms, size_mwh, max_w, multiplier, opening_mwh, closing_mwh
            FROM installation WHERE {_KNOWN} {where} ORDER BY register_id, commodity, valid_from
            """,
            registers,
        )

    def contracts(self, premises: Keys = None) -> tuple[Contract, ...]:
        """Who has which plan at some premises."""
        where = _among("premises_id", premises)
        return self._rows(
            Contract,
            f"""
            SELECT premises_id, customer_id, commodity, plan_id, {_VALID}
            FROM contract WHERE {_KNOWN} {where}
            ORDER BY premises_id, customer_id, commodity, valid_from
            """,
            premises,
        )

    def plans(self, ids: Keys = None) -> tuple[PlanVersion, ...]:
        """Versions of plans: one never changes; so a later one ends it, from its own first day
        on."""
        where = _among("plan_id", ids)
        return self._rows(
            PlanVersion,
            f"""
            SELECT plan_id, version, valid_from, ends, terms FROM (
                SELECT plan_id, version, valid_from, terms, least(
                    valid_to,
                    min(valid_from) OVER (
                        PARTITION BY plan_id ORDER BY version
                        ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
                    )
                ) AS ends
                FROM plan_version WHERE recorded_from <= %(as_of)s {where}
            ) AS known
            WHERE ends IS NULL OR ends > valid_from ORDER BY plan_id, version
            """,
            ids,
        )

    def prices(self, series: Keys = None, span: Span | None = None) -> tuple[Price, ...]:
        """Prices of some series that hold in a span."""
        where = _among("series_id", series)
        if span is not None:
            where += "AND tstzrange(starts, ends) && tstzrange(%(begins)s, %(ends)s)"
        return self._rows(
            Price,
            f"""
            SELECT series_id, epoch_ms(starts), epoch_ms(ends), price, band
            FROM price WHERE {_KNOWN} {where} ORDER BY series_id, starts
            """,
            series,
            {} if span is None else _within(instant(span.begin_ms), instant(span.end_ms)),
        )

    def holidays(self, calendars: Keys = None) -> tuple[Holiday, ...]:
        """Days of calendars."""
        where = _among("calendar", calendars)
        return self._rows(
            Holiday,
            f"""
            SELECT calendar, day FROM holiday
            WHERE recorded_from <= %(as_of)s {where} ORDER BY calendar, day
            """,
            calendars,
        )

    def calorific_values(
        self, zones: Keys = None, days: tuple[date, date] | None = None
    ) -> tuple[CalorificValue, ...]:
        """Of some zones, from one gas day up to but without another."""
        where = _among("zone", zones)
        if days is not None:
            where += "AND gas_day >= %(begins)s AND gas_day < %(ends)s"
        return self._rows(
            CalorificValue,
            f"""
            SELECT zone, gas_day, mj_per_m3
            FROM calorific_value WHERE {_KNOWN} {where} ORDER BY zone, gas_day
            """,
            zones,
            {} if days is None else _within(*days),
        )

    def tax_rates(self, regions: Keys = None) -> tuple[TaxRate, ...]:
        """Rates of some regions."""
        where = _among("tax_region", regions)
        return self._rows(
            TaxRate,
            f"""
            SELECT tax_region, category, valid_from, valid_to, rate
            FROM tax_rate WHERE {_KNOWN} {where} ORDER BY tax_region, category, valid_from
            """,
            regions,
        )

    def edits(self, registers: Keys = None) -> tuple[Edit, ...]:
        """What persons say of meters: of large ones, what a second person has seen."""
        where = _among("register_id", registers)
        return self._rows(
            Edit,
            f"""
            SELECT edit_id, register_id, begin_ms, end_ms, energy_mwh, reason, by_user, commodity
            FROM edit WHERE {_KNOWN} {where} AND (
                NOT is_large OR EXISTS (
                    SELECT FROM edit_approval
                    WHERE edit_approval.edit_id = edit.edit_id
                        AND edit_approval.recorded_from <= %(as_of)s
                )
            )
            ORDER BY edit_id
            """,
            registers,
        )

    def vee_rules(self) -> tuple[VeeRule, ...]:
        """All rules of validation."""
        return self._rows(
            VeeRule,
            f"""
            SELECT rule, parameters, severity, {_VALID}
            FROM vee_rule WHERE {_KNOWN} ORDER BY rule, valid_from, vee_rule_id
            """,
        )

    def _rows(
        self,
        kind: Callable[..., Each],
        query: LiteralString,
        keys: Keys = None,
        more: dict[str, Any] | None = None,
    ) -> tuple[Each, ...]:
        wanted = {"as_of": self._as_of, "keys": None if keys is None else list(keys)}
        rows = self._connection.execute(query, wanted | (more or {}))
        return tuple(kind(*row) for row in rows)


@contextmanager
def rows_of(connection: psycopg.Connection, as_of_ms: int) -> Iterator[MasterRows]:
    """The rows as recorded until `as_of_ms`, epoch milliseconds, in one transaction.

    Args:
        connection: One that is in no transaction.
    """
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield MasterRows(connection, as_of_ms)


def masters(connection: psycopg.Connection, as_of_ms: int) -> Masters:
    """All masters as recorded until `as_of_ms`, epoch milliseconds, read in one transaction; each
    kind in the order of its key.

    Args:
        connection: One that is in no transaction.
    """
    with rows_of(connection, as_of_ms) as rows:
        return Masters(
            as_of_ms=as_of_ms,
            sites=rows.sites(),
            premises=rows.premises(),
            occupancies=rows.occupancies(),
            installations=rows.installations(),
            contracts=rows.contracts(),
            plans=rows.plans(),
            prices=rows.prices(),
            holidays=rows.holidays(),
            calorific_values=rows.calorific_values(),
            tax_rates=rows.tax_rates(),
            edits=rows.edits(),
            vee_rules=rows.vee_rules(),
        )


def _both(table: LiteralString, columns: LiteralString) -> LiteralString:
    """Rows of a table that has what is believed now, with those that were believed before."""
    return f"""
        SELECT {columns}, recorded_from, NULL::timestamptz AS recorded_to FROM {table}
        UNION ALL SELECT {columns}, recorded_from, recorded_to FROM {table}_before
    """


def _among(column: LiteralString, keys: Keys) -> LiteralString:
    return "" if keys is None else f" AND {column} = ANY(%(keys)s) "


def _within(begin: object, end: object) -> dict[str, object]:
    return {"begins": begin, "ends": end}
