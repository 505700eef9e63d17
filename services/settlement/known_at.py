"""What masters say of some premises and of nothing else: it costs no more with more of them."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta

import psycopg

from adapters.master_rows import rows_of
from billing.tariffs.calendar import calendar_of
from billing.tariffs.versions import plans_of
from contracts.energy import Span
from contracts.masters import Masters
from contracts.time import SECOND_MS

AROUND = timedelta(days=2)
"""A gas day begins up to a day away from the local one, and that up to a day from the UTC one."""


def known_at(
    connection: psycopg.Connection,
    as_of_ms: int,
    premises: Collection[str],
    months: tuple[str, str],
    *,
    plan_ids: Collection[str] | None = (),
    customer_id: int | None = None,
) -> Masters:
    """The masters that concern premises of one site in some local months, as recorded until
    `as_of_ms`: all sites; who had the premises, on which plans; the meters that were ever there,
    wherever they were else, and what persons say of them; prices and the like of that time.

    Args:
        connection: One that is in no transaction.
        months: The first and the last.
        plan_ids: Plans besides those of contracts there; None: all.
        customer_id: Whose contracts' plans; everybody's who was ever there if it is not said.

    Raises:
        TariffError: there is no such month, or a plan cannot be read.
    """
    with rows_of(connection, as_of_ms) as rows:
        installations = rows.installations(rows.registers_at(premises))
        registers = {each.register_id for each in installations}
        around = rows.premises({*premises, *(each.premises_id for each in installations)})
        sites = rows.sites()
        contracts = rows.contracts(premises)
        of_contracts = {
            each.plan_id for each in contracts if customer_id in (None, each.customer_id)
        }
        plans = rows.plans(None if plan_ids is None else {*plan_ids, *of_contracts})
        site_ids = {each.site_id for each in around if each.premises_id in premises}
        own = [each for each in sites if each.site_id in site_ids]
        holidays = rows.holidays({each.holidays for each in own if each.holidays is not None})
        series = {name for plan in plans_of(plans).values() for name in plan.series}
        calendars = [calendar_of(each, holidays) for each in own]
        span = Span(
            min((each.local_month(months[0]).begin_ms for each in calendars), default=0),
            max((each.local_month(months[1]).end_ms for each in calendars), default=0),
        )
        days = _day(span.begin_ms) - AROUND, _day(span.end_ms) + AROUND
        return Masters(
            as_of_ms=as_of_ms,
            sites=sites,
            premises=around,
            occupancies=rows.occupancies(premises),
            installations=installations,
            contracts=contracts,
            plans=plans,
            prices=rows.prices(series, span),
            holidays=holidays,
            calorific_values=rows.calorific_values(
                {each.gas_zone for each in own if each.gas_zone is not None}, days
            ),
            tax_rates=rows.tax_rates({each.tax_region for each in own}),
            edits=rows.edits(registers),
            vee_rules=rows.vee_rules(),
        )


def _day(ms: int) -> date:
    return datetime.fromtimestamp(ms // SECOND_MS, UTC).date()
