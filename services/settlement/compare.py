"""What a customer would have paid on other plans, for what was used as it was used."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import psycopg

from billing.curve.energies import matrix
from billing.curve.registers import Registers
from billing.curve.segments import joined_segments
from billing.settlement.errors import RunError
from billing.settlement.month import check_holidays
from billing.tariffs.best_plan import ESTIMATES, Comparison, best_plan
from billing.tariffs.calendar import Calendar, calendar_of
from billing.tariffs.errors import ComparisonError, TariffError
from billing.tariffs.plan import Plan
from billing.tariffs.tax_rates import rates_on
from billing.tariffs.usage import Periods, usages
from billing.tariffs.versions import plans_of, version_on
from contracts.energy import Span
from contracts.masters import Contract, Masters, Site
from contracts.settings import Settings
from services.settlement.known_at import known_at
from services.settlement.run import curve_over
from services.settlement.stored import Told, archive_here


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A plan that cannot be compared."""

    plan_id: str
    reason: str
    """In operators' words, which may name other plans."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A customer's plans side by side."""

    customer_id: int
    currency: str
    comparison: Comparison
    left_out: tuple[LeftOut, ...]


def compare(
    settings: Settings,
    connection: psycopg.Connection,
    premises_id: str,
    months: tuple[str, str],
    *,
    as_of_ms: int,
    until: Sequence[int],
    among: Collection[str] | None = None,
    customer_id: int | None = None,
    told: Told = lambda _: None,
) -> Compared:
    """Compare the plan of who has some premises with others, over whole local months, or as much
    of them as that customer was there. All of it is judged by the rules of readings that are in
    force when it begins.

    Args:
        months: The first and the last.
        among: Plans besides the own one; None: all.
        customer_id: Whose time there counts; the last one's if it is not said.

    Raises:
        ArchiveError: there are no readings.
        ComparisonError: nobody was there; too few days, or too much estimated.
        RunError: there are no such premises, or whoever was there has no contract.
        TariffError: the own plan cannot be compared.
    """
    its = known_at(
        connection, as_of_ms, [premises_id], months, plan_ids=among, customer_id=customer_id
    )
    site = _site(its, premises_id)
    calendar = calendar_of(site, its.holidays)
    whole = Span(calendar.local_month(months[0]).begin_ms, calendar.local_month(months[1]).end_ms)
    for month in calendar.months(whole):
        check_holidays(month, calendar, site)
    contract, span = _supply(its, premises_id, customer_id, whole, settings.period_ms)
    last_day = calendar.date_of(span.end_ms - 1)
    plans = plans_of(its.plans)
    own = _plan(its, plans, contract.plan_id, last_day)
    periods = _periods(settings, its, premises_id, contract, calendar, span, until, told)
    others: list[Plan] = []
    left_out: list[LeftOut] = []
    known = {each.plan_id for each in its.plans} if among is None else {*among}
    for name in sorted(known - {own.id}):
        try:
            other = _plan(its, plans, name, last_day)
            for field in ("commodity", "currency", "counted"):
                if getattr(other, field) != getattr(own, field):
                    raise TariffError(f"its {field} is {getattr(other, field)!r}")
            usages(other, calendar, its.prices, periods)
            others.append(other)
        except TariffError as error:
            left_out.append(LeftOut(name, f"{error}"))
    rates = rates_on(its.tax_rates, site.tax_region, last_day)
    comparison = best_plan(own, others, calendar, its.prices, periods, rates)
    return Compared(contract.customer_id, site.currency, comparison, tuple(left_out))


def _site(its: Masters, premises_id: str) -> Site:
    of = {each.premises_id: each.site_id for each in its.premises}
    if premises_id not in of:
        raise RunError(
            f"premises is {premises_id!r}, which masters do not have: give one of theirs"
        )
    return next(each for each in its.sites if each.site_id == of[premises_id])


def _supply(
    its: Masters, premises_id: str, customer_id: int | None, whole: Span, period_ms: int
) -> tuple[Contract, Span]:
    """The last contract within a span of a customer, or of the last who was there, and how long
    they were, in whole periods."""
    there = [
        each
        for each in its.occupancies
        if each.premises_id == premises_id
        and customer_id in (None, each.customer_id)
        and each.begin_ms < whole.end_ms
        and (each.end_ms is None or each.end_ms > whole.begin_ms)
    ]
    if not there:
        raise ComparisonError(f"nobody had premises {premises_id} in these months: give others")
    last = max(there, key=lambda each: each.begin_ms)
    own = [
        each
        for each in its.contracts
        if (each.premises_id, each.customer_id) == (premises_id, last.customer_id)
        and each.begin_ms < whole.end_ms
    ]
    if not own:
        raise RunError(f"customer {last.customer_id} has no contract at {premises_id}: load one")
    begin_ms = max(whole.begin_ms, -(-last.begin_ms // period_ms) * period_ms)
    end_ms = whole.end_ms if last.end_ms is None else min(whole.end_ms, last.end_ms)
    return max(own, key=lambda each: each.begin_ms), Span(begin_ms, end_ms // period_ms * period_ms)


def _plan(its: Masters, plans: dict[tuple[str, int], Plan], plan_id: str, day: date) -> Plan:
    return plans[plan_id, version_on(its.plans, plan_id, day).version]


def _periods(
    settings: Settings,
    its: Masters,
    premises_id: str,
    contract: Contract,
    calendar: Calendar,
    span: Span,
    until: Sequence[int],
    told: Told,
) -> Periods:
    """What all registers there counted in each period."""
    registers = Registers(
        [
            each
            for each in its.installations
            if each.premises_id == premises_id
            and each.commodity == contract.commodity
            and each.direction != "feeder"
        ]
    )
    archive = archive_here(settings, until, told)
    curve = curve_over(span, its, archive, registers, calendar)
    segments = joined_segments(*curve.pieces())
    period_ms = settings.period_ms
    count = (span.end_ms - span.begin_ms) // period_ms
    of_all = matrix(segments, len(registers), span.begin_ms, count, period_ms)
    given = np.array([each.direction == "export" for each in registers], dtype=np.bool_)
    guessed = np.zeros(count, dtype=np.int64)
    is_guess = np.isin(of_all.other.letter, ESTIMATES) & ~given[of_all.other.register]
    np.add.at(guessed, of_all.other.period[is_guess], of_all.other.energy_mwh[is_guess])
    return Periods(
        span.begin_ms,
        period_ms,
        of_all.energy_mwh[~given].sum(axis=0),
        of_all.energy_mwh[given].sum(axis=0) if given.any() else None,
        guessed,
    )
