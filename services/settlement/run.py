"""A run: a month of a site from the archive and masters, as they were believed at some instant."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import cast

import polars as pl

from adapters.uncollected import uncollected
from billing.curve.findings import Finding
from billing.curve.registers import Registers
from billing.curve.rules import Rules, rules_at
from billing.curve.segments import Segments
from billing.settlement.errors import RunError
from billing.settlement.peaks import PeakKey
from billing.settlement.ratchets import peaks_of, ratchets_of
from billing.settlement.settle import PERIOD_MS, settle
from billing.settlement.settlement import Settlement
from billing.tariffs.calendar import Calendar, calendar_of
from contracts.billing import RunArguments
from contracts.energy import Span
from contracts.masters import Installation, Masters
from contracts.reading import Commodity
from contracts.time import DAY_MS
from services.settlement.curve import Archive, Curve, days_of

EPOCH = date(1970, 1, 1)

Heard = Callable[[Registers, Segments], None]
"""Hears of pieces of the curve, and to whose places they refer."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run found."""

    settlement: Settlement
    findings: tuple[Finding, ...]
    """Of the curve and of the settlement."""
    openings_mwh: Mapping[int, int] = field(default_factory=dict)
    """As `Curve.openings_mwh`, by the places of `Settlement.counted`."""


@uncollected()
def run(
    arguments: RunArguments,
    masters: Masters,
    archive: Archive,
    *,
    estimate: bool = True,
    period_ms: int = PERIOD_MS,
    heard: Heard | None = None,
) -> Run:
    """What a run comes to: the same arguments, and what they name, give the same for ever.

    Args:
        masters: As recorded until `arguments.masters_as_of_ms`.
        archive: Readings before `arguments.readings_until`.
        estimate: Whether to bill what was not measured; without, it waits.
        heard: Is given each piece of the curve, too.

    Raises:
        RunError: there is no such site, or masters are of another instant.
        BillingError: as `settle`.
    """
    if masters.as_of_ms != arguments.masters_as_of_ms:
        raise RunError(
            f"masters are as of {masters.as_of_ms}, and the run asks for "
            f"{arguments.masters_as_of_ms}: read them as of that"
        )
    site = next((each for each in masters.sites if each.site_id == arguments.site_id), None)
    if site is None:
        known = ", ".join(each.site_id for each in masters.sites) or "none"
        raise RunError(f"site_id is {arguments.site_id!r}, and masters have {known}: give one")
    calendar = calendar_of(site, masters.holidays)
    month = calendar.local_month(arguments.month)
    registers = registers_of(masters, arguments.site_id)
    if is_first(masters, arguments.site_id):
        registers = Registers([*registers, *unknown(archive, month, masters)])
    curve = curve_of(arguments, masters, archive, registers, calendar, estimate=estimate)

    def earlier_curve(registers: Registers, span: Span) -> Curve:
        return curve_of(
            *(arguments, masters, archive, registers, calendar),
            earlier=span,
            estimate=estimate,
        )

    settlement = settle(
        masters,
        arguments.site_id,
        registers,
        curve.pieces() if heard is None else _heard(curve.pieces(), registers, heard),
        arguments.month,
        kind=arguments.kind,
        period_ms=period_ms,
        earlier=earlier_peaks(
            masters, arguments.site_id, calendar, month, archive.days, earlier_curve, period_ms
        ),
    )
    return Run(settlement, (*curve.findings, *settlement.findings), curve.openings_mwh)


def earlier_peaks(
    masters: Masters,
    site_id: str,
    calendar: Calendar,
    month: Span,
    days: Sequence[date],
    curve_of: Callable[[Registers, Span], Curve],
    period_ms: int,
) -> list[dict[PeakKey, int]]:
    """Peaks of the months before a month, the latest first, as far as ratchets look back; from the
    same readings and masters as the month itself.

    Args:
        days: Of the archive.
        curve_of: The curve of some registers over an earlier month.
    """
    ratchets = ratchets_of(masters, month)
    there = {
        each.register_id for each in masters.installations if each.premises_id in ratchets.premises
    }
    registers = Registers(
        [each for each in registers_of(masters, site_id) if each.register_id in there]
    )
    found: list[dict[PeakKey, int]] = []
    begin_ms = month.begin_ms
    first_ms = (min(days) - EPOCH).days * DAY_MS if days else month.begin_ms
    first_month = calendar.month_of(first_ms)
    while registers and len(found) < ratchets.months and begin_ms > ratchets.since_ms:
        name = calendar.month_of(begin_ms - 1)
        if name < first_month:
            break
        earlier = calendar.local_month(name)
        pieces = curve_of(registers, earlier).pieces()
        found.append(peaks_of(masters, site_id, registers, pieces, name, period_ms=period_ms))
        begin_ms = earlier.begin_ms
    return found


def rules_of_month(masters: Masters, site_id: str, month: str) -> Rules:
    """By which rules a month of a site is judged: those in force when it begins.

    Raises:
        CurveError: masters have what is no rule.
    """
    site = next(each for each in masters.sites if each.site_id == site_id)
    begin_ms = calendar_of(site, masters.holidays).local_month(month).begin_ms
    return rules_at(masters.vee_rules, begin_ms)


def curve_of(
    arguments: RunArguments,
    masters: Masters,
    archive: Archive,
    registers: Registers,
    calendar: Calendar,
    *,
    earlier: Span | None = None,
    estimate: bool = True,
) -> Curve:
    """What registers counted in the month of a run, as the run takes it.

    Args:
        registers: All of the site. Of some alone it is the same but for what is estimated by the
            days of others.
        earlier: Another month that is over, in the place of the run's.
    """
    month = earlier or calendar.local_month(arguments.month)
    is_open = estimate and earlier is None and arguments.kind in ("interim", "first")
    return curve_over(
        month,
        masters,
        archive,
        registers,
        calendar,
        estimate=estimate,
        open_until_ms=month.end_ms if is_open else None,
    )


def curve_over(
    span: Span,
    masters: Masters,
    archive: Archive,
    registers: Registers,
    calendar: Calendar,
    *,
    estimate: bool = True,
    open_until_ms: int | None = None,
) -> Curve:
    """What registers counted in a span, with what persons say of them, by the rules that masters
    have when it begins; as of `Curve`."""
    return Curve(
        archive,
        registers,
        span,
        calendar=calendar,
        rules=rules_at(masters.vee_rules, span.begin_ms),
        edits=masters.edits,
        estimate=estimate,
        open_until_ms=open_until_ms,
    )


def _heard(pieces: Iterable[Segments], registers: Registers, heard: Heard) -> Iterator[Segments]:
    for piece in pieces:
        heard(registers, piece)
        yield piece


def is_first(masters: Masters, site_id: str) -> bool:
    """Whether a site is the one whose runs list what belongs to none: the first by its id."""
    return site_id == min(site.site_id for site in masters.sites)


def registers_of(masters: Masters, site_id: str) -> Registers:
    """All installations at a site; of the first one those, too, of premises that nobody knows."""
    site_of = {each.premises_id: each.site_id for each in masters.premises}
    first = min(site.site_id for site in masters.sites)
    return Registers(
        [each for each in masters.installations if site_of.get(each.premises_id, first) == site_id]
    )


def unknown(archive: Archive, month: Span, masters: Masters) -> list[Installation]:
    """Meters that read in the month and that no installation knows."""
    days = set(archive.days).intersection(days_of(month))
    met = strangers(archive, days, Registers(masters.installations).table)
    return installed(sorted(met), masters)


def strangers(
    archive: Archive, days: Collection[date], known: pl.DataFrame
) -> frozenset[tuple[str, str]]:
    """Id and commodity of meters that read on any of some days and that are not among those
    known."""
    found = archive.meters(days).join(known, on=["meter_id", "commodity"], how="anti")
    return frozenset(found.select("meter_id", "commodity").iter_rows())


def installed(met: Iterable[tuple[str, str]], masters: Masters) -> list[Installation]:
    """Meters that nobody installed, each as one that counts like most of those that are known."""
    kinds = Counter((each.source, each.boundary) for each in masters.installations)
    (source, boundary), _ = max(
        kinds.items(), key=lambda kind: kind[1], default=(("counter", "interpolate"), 0)
    )
    # Intervals of a length that nobody says make no curve.
    source = "counter" if source == "interval" else source
    nowhere = Installation("", "", "electricity", "import", source, boundary, 0, None)
    return [
        replace(nowhere, register_id=meter_id, commodity=cast(Commodity, commodity))
        for meter_id, commodity in met
    ]
