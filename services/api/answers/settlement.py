"""What clerks look after: runs of months, energy that is nobody's, and the queue of exceptions."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from adapters.bills.overview import RunOverview, UnassignedEnergy
from billing.tariffs.money import minor_digits
from contracts.billing import RunKind
from contracts.issued import OpenException, RunEnergy, RunState
from services.api.answers.bills import quantity
from services.api.answers.shapes import Answer, Moment, Page, moment
from services.api.answers.units import Amount, amount

Reason = Literal["unknown_register", "unknown_premises", "other_site", "vacant", "not_recorded_yet"]
"""Why nobody is charged: nobody knows the register; or where it is; or it is another site's; the
last occupant has left; nobody was recorded there up to then."""


class CountedEnergy(Answer):
    """What registers of a commodity and direction counted in a run's month."""

    commodity: str
    direction: str
    metered: Amount
    billed: Amount
    """Of it, what customers took or gave."""
    unassigned: Amount
    """Of it, what was nobody's."""
    estimated: Amount
    """Beside it: what was billed of which not even the total is known."""
    edited: Amount
    """Beside it: what persons said."""
    lost: Amount | None
    """Of feeders: what went in and was not taken; null where no register says."""


class BrokenIdentity(Answer):
    """Something that does not add up, so that a run issued nothing."""

    identity: str
    what: str
    found: float | None
    expected: float | None


class RunEntry(Answer):
    """A run of a site's month. Amounts are in the currency's minor unit."""

    run_id: int
    kind: RunKind
    state: RunState
    newest: bool
    """Whether what it says of the month holds now."""
    site_id: str
    month: str
    time_zone: str
    ended_at: Moment
    masters_as_of: Moment
    """Masters as recorded until then; readings up to these offsets:"""
    readings_until: list[int]
    rules: str
    currency: str
    minor_digits: int
    month_net_minor: int
    """What customers owe for the month by it, without tax."""
    invoices: int
    credit_notes: int
    net_minor: int
    """What its documents come to."""
    tax_minor: int
    gross_minor: int
    energies: list[CountedEnergy]
    broken: list[BrokenIdentity]


class Runs(Page[RunEntry]):
    """Runs, the newest first."""


class UnassignedEntry(Amount):
    """Energy, or a volume, that registers counted and that is nobody's, by the newest run of its
    month."""

    site_id: str
    month: str
    run_id: int
    premises_id: str | None
    commodity: str
    direction: str
    reason: Reason


class UnassignedEntries(Page[UnassignedEntry]):
    """What is nobody's: the newest months first, of these the largest amounts first."""


class ExceptionEntry(Answer):
    """Something that a run found and that a person should look at. A later run of the month closes
    what it does not find any more."""

    exception_id: int
    severity: str
    """`hold`, `review` or `note`."""
    rule: str
    register_id: str | None
    premises_id: str | None
    """One of the two, and of it:"""
    commodity: str
    start: Moment
    end: Moment
    site_id: str
    time_zone: str
    month: str
    opened_at: Moment
    detail: dict[str, str]


class Exceptions(Page[ExceptionEntry]):
    """What is open: the severest first, of these the latest first."""


def run_entry(found: RunOverview, energies: Sequence[RunEnergy]) -> RunEntry:
    """A run as it is answered."""
    run, zone = found.run, ZoneInfo(found.time_zone)
    return RunEntry(
        run_id=run.run_id,
        kind=run.arguments.kind,
        state=run.state,
        newest=found.is_newest,
        site_id=run.arguments.site_id,
        month=run.arguments.month,
        time_zone=found.time_zone,
        ended_at=moment(run.ended_at_ms, zone),
        masters_as_of=moment(run.arguments.masters_as_of_ms, zone),
        readings_until=list(run.arguments.readings_until),
        rules=run.arguments.rules,
        currency=found.currency,
        minor_digits=minor_digits(found.currency),
        month_net_minor=found.rounded_minor,
        invoices=found.invoices,
        credit_notes=found.credit_notes,
        net_minor=found.net_minor,
        tax_minor=found.tax_minor,
        gross_minor=found.gross_minor,
        energies=[_energy(each) for each in energies],
        broken=[
            BrokenIdentity(
                identity=str(each.get("identity", "")),
                what=str(each.get("what", "")),
                found=_number(each.get("found")),
                expected=_number(each.get("expected")),
            )
            for each in run.broken
        ],
    )


def unassigned_entries(found: Iterable[UnassignedEnergy]) -> list[UnassignedEntry]:
    """What is nobody's as it is answered."""
    entries = []
    for each in found:
        commodity, _, direction = each.metered.partition("/")
        said = quantity(each.unit, each.quantity)
        entries.append(
            UnassignedEntry(
                site_id=each.site_id,
                month=each.month,
                run_id=each.run_id,
                premises_id=each.premises_id or None,
                commodity=commodity,
                direction=direction,
                reason=cast(Reason, each.reason),
                energy_wh=said["energy_wh"],
                volume_l=said["volume_l"],
            )
        )
    return entries


def exception_entry(found: OpenException, time_zone: str) -> ExceptionEntry:
    """An exception as it is answered."""
    zone, what = ZoneInfo(time_zone), found.what
    return ExceptionEntry(
        exception_id=found.exception_id,
        severity=what.severity,
        rule=what.rule,
        register_id=what.register_id or None,
        premises_id=what.premises_id or None,
        commodity=what.commodity,
        start=moment(what.begin_ms, zone),
        end=moment(what.end_ms, zone),
        site_id=found.site_id,
        time_zone=time_zone,
        month=found.month,
        opened_at=moment(found.opened_at_ms, zone),
        detail={name: str(value) for name, value in what.detail.items()},
    )


def _energy(each: RunEnergy) -> CountedEnergy:
    def said(thousandths: int) -> Amount:
        return Amount(**amount(each.commodity, thousandths))

    return CountedEnergy(
        commodity=each.commodity,
        direction=each.direction,
        metered=said(each.metered_mwh),
        billed=said(each.billed_mwh),
        unassigned=said(each.unassigned_mwh),
        estimated=said(each.estimated_mwh),
        edited=said(each.edited_mwh),
        lost=None if each.lost_mwh is None else said(each.lost_mwh),
    )


def _number(value: Any) -> float | None:  # noqa: ANN401
    return float(value) if isinstance(value, int | float) else None
