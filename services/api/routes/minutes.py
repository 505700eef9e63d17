"""A meter by the minute, and how well it was heard."""

from fastapi import APIRouter, Request, Response

from contracts.reading import Commodity
from contracts.time import HOUR_MS
from services.api.answers.columns import MinutesColumns
from services.api.answers.energy import Quality
from services.api.answers.meters import Minutes, zone_of
from services.api.answers.shapes import JSON
from services.api.caller import Who, With, guarded, meter_of
from services.api.given_up import unless_given_up
from services.api.history.minutes import MinutesOfMeter, QualityOfMeter
from services.api.lists import Shape
from services.api.meter_energy import Asked, counting_of
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
    request: Request,
    meter_id: MeterId,
    start: Start = None,
    end: End = None,
    tz: Zone = None,
    commodity: Commodity | None = None,
    shape: Shape = "objects",
) -> Response:
    """Say what came of a meter in each minute of up to 25 hours, late readings and revisions merged
    into what was known. Minutes of meters that read once a period or less are in `energy`."""
    known = await meter_of(parts, who, meter_id)
    zone = zone_named(tz, zone_of(known.entry))
    begin_ms, end_ms, stream_ms = await span_of(parts, who.namespace, start, end, zone)
    if end_ms - begin_ms > LONGEST_MS:
        raise ProblemError("range-too-long", "Ask for 25 hours at most, or for `energy`.")
    of = commodity or known.main
    counting = counting_of(known.entry, of)
    asked = Asked(who.namespace, meter_id, of, counting, begin_ms, end_ms, None, zone, stream_ms)
    body = await unless_given_up(request, parts.history.ask(MinutesOfMeter(asked, shape)))
    return Response(body, media_type=JSON)


@router.get(
    "/v1/meters/{meter_id}/quality",
    **guarded("read:history", also=_PROBLEMS),
    response_model=Quality,
)
async def quality(
    parts: With,
    who: Who,
    request: Request,
    meter_id: MeterId,
    start: Start = None,
    end: End = None,
    tz: Zone = None,
    commodity: Commodity | None = None,
) -> Response:
    """Say how many readings of a meter came, late or not at all, and when it was not heard; of up
    to a year."""
    known = await meter_of(parts, who, meter_id)
    zone = zone_named(tz, zone_of(known.entry))
    begin_ms, end_ms, stream_ms = await span_of(parts, who.namespace, start, end, zone)
    of = commodity or known.main
    counting = counting_of(known.entry, of)
    asked = Asked(who.namespace, meter_id, of, counting, begin_ms, end_ms, None, zone, stream_ms)
    body = await unless_given_up(request, parts.history.ask(QualityOfMeter(asked)))
    return Response(body, media_type=JSON)
