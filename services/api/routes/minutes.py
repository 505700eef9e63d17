"""A meter by the minute, and how well it was heard."""

import asyncio
from collections.abc import Iterable, Sequence

from fastapi import APIRouter

from adapters.meter_history import FullRow, hours_of
from contracts.energy import Span, energy_of_rows
from contracts.reading import Commodity
from contracts.time import HOUR_MS
from services.api.answers.columns import MinutesColumns, minutes_columns
from services.api.answers.energy import Interval, Quality
from services.api.answers.meters import Minutes, minute_of, zone_of
from services.api.answers.shapes import moment
from services.api.caller import Who, With, guarded, meter_of
from services.api.lists import Shape
from services.api.merged import expected, merged
from services.api.meter_energy import Asked, bounds_and_rows, counting_of
from services.api.paths import MeterId
from services.api.problems import Kind, ProblemError
from services.api.times import End, Start, Zone, span_of, zone_named

router = APIRouter(tags=["meters"])

LONGEST_MS = 25 * HOUR_MS
"""A day, also that on which clocks are set back."""

_PROBLEMS: tuple[Kind, ...] = ("not-found", "range-too-long", "too-slow")


@router.get(
    "/v1/meters/{meter_id}/minutes",
    **guarded("read:history", also=_PROBLEMS),
    response_model=Minutes | MinutesColumns,
)
async def minutes(
    parts: With,
    who: Who,
    meter_id: MeterId,
    start: Start = None,
    end: End = None,
    tz: Zone = None,
    commodity: Commodity | None = None,
    shape: Shape = "objects",
) -> Minutes | MinutesColumns:
    """Say what came of a meter in each minute of up to 25 hours, late readings and revisions merged
    into what was known. Minutes of meters that read once a period or less are in `energy`."""
    known = await meter_of(parts, who, meter_id)
    zone = zone_named(tz, zone_of(known.entry))
    begin_ms, end_ms, _ = await span_of(parts, who.namespace, start, end, zone)
    if end_ms - begin_ms > LONGEST_MS:
        raise ProblemError("range-too-long", "Ask for 25 hours at most, or for `energy`.")
    of = commodity or known.main
    history = parts.history(who.namespace)
    rows = await history.minutes(meter_id, of, hours_of(begin_ms, end_ms - 1))
    answer = Minutes(
        meter_id=meter_id,
        commodity=of,
        start=moment(begin_ms, zone),
        end=moment(end_ms, zone),
        tz=zone.key,
        items=[minute_of(each, of, zone) for each in merged(_within(rows, begin_ms, end_ms))],
    )
    return minutes_columns(answer) if shape == "columns" else answer


@router.get("/v1/meters/{meter_id}/quality", **guarded("read:history", also=_PROBLEMS))
async def quality(
    parts: With,
    who: Who,
    meter_id: MeterId,
    start: Start = None,
    end: End = None,
    tz: Zone = None,
    commodity: Commodity | None = None,
) -> Quality:
    """Say how many readings of a meter came, late or not at all, and when it was not heard; of up
    to a year."""
    known = await meter_of(parts, who, meter_id)
    zone = zone_named(tz, zone_of(known.entry))
    begin_ms, end_ms, stream_ms = await span_of(parts, who.namespace, start, end, zone)
    of = commodity or known.main
    counting = counting_of(known.entry, of)
    asked = Asked(who.namespace, meter_id, of, counting, begin_ms, end_ms, None, zone, stream_ms)
    _, found = await bounds_and_rows(parts, asked)
    # As much work as bars are, in which others are answered.
    return await asyncio.to_thread(_quality, asked, found)


def _quality(asked: Asked, found: Sequence[FullRow]) -> Quality:
    """What rows say of how well a meter was heard in the span that was asked for."""
    span, zone = Span(asked.begin_ms, asked.end_ms), asked.zone
    heard = list(_within(found, span.begin_ms, span.end_ms))
    energy = energy_of_rows((each.row for each in found), span, asked.counting)
    readings, due = sum(each.row.readings for each in heard), expected(heard)
    late = [each.row for each in heard if each.row.corrected_ms]
    return Quality(
        meter_id=asked.meter_id,
        commodity=asked.commodity,
        start=moment(span.begin_ms, zone),
        end=moment(span.end_ms, zone),
        tz=zone.key,
        readings=readings,
        expected=due,
        lost=max(0, due - readings),
        late=sum(row.readings for row in late),
        estimated=sum(each.row.estimated for each in heard),
        corrections=len({row.minute_ms for row in late}),
        gaps=[Interval.of(each, zone) for each in energy.gaps],
        resets=[Interval.of(Span(each.after_ms, each.by_ms), zone) for each in energy.resets],
        rollovers=[Interval.of(Span(each.after_ms, each.by_ms), zone) for each in energy.rollovers],
    )


def _within(rows: Iterable[FullRow], begin_ms: int, end_ms: int) -> Iterable[FullRow]:
    """Rows of what begins in a span."""
    return (each for each in rows if begin_ms <= each.row.minute_ms < end_ms)
