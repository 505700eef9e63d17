"""Areas, and cells of several, as the map has them."""

import re
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response

from adapters import live_questions as ask
from adapters.meter_history import days_of
from contracts.geohash import WORLD, Box
from contracts.reading import AREA_LENGTH, Commodity
from services.api.answers.areas import AreaHistory, AreaMeters, CellNow, Cells
from services.api.answers.meters import meter_now, zone_of
from services.api.answers.shapes import JSON, Clock
from services.api.areas import cell, cells
from services.api.caller import Who, With, guarded
from services.api.given_up import unless_given_up
from services.api.history.areas import MinutesOfArea
from services.api.lists import Cursor, Limit, after, going_on
from services.api.live_headers import IfNoneMatch, fresh
from services.api.paths import Area, CellName
from services.api.problems import FieldError, ProblemError
from services.api.times import End, Start, span_of, zone_named

router = APIRouter(tags=["areas"])

LONGEST_DAYS = 8

_DEGREES = r"(-?[0-9]{1,3}(?:\.[0-9]{1,20})?(?:e-[0-9]{1,2})?)"
_BOX = re.compile(",".join([_DEGREES] * 4))
"""As programs write them; `float` reads spaces, underscores and other digits, too."""

AreaZone = Annotated[
    str,
    Query(
        alias="tz",
        max_length=64,
        description="IANA name of the zone whose days count: an area has none of its own.",
        examples=["Europe/London"],
    ),
]


@router.get("/v1/areas", **guarded("read:areas"))
async def areas(
    parts: With,
    who: Who,
    response: Response,
    commodity: Commodity = "electricity",
    precision: Annotated[int, Query(ge=2, le=AREA_LENGTH)] = AREA_LENGTH,
    bbox: Annotated[
        str | None,
        Query(
            max_length=100,
            description="`west,south,east,north` in degrees; all of the world if absent.",
            examples=["-0.5,51.3,0.3,51.7"],
        ),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=2_000)] = 2_000,
    seen: IfNoneMatch = None,
) -> Cells:
    """List the cells of the map that have meters, of a precision, or of a coarser one where there
    would be more than `limit`."""
    box = WORLD if bbox is None else _box(bbox)
    clock = await parts.clock(who.namespace)
    key = ("cells", who.namespace, commodity, precision, box, limit)
    at, found = await parts.kept.get(
        key, lambda: cells(parts, who.namespace, commodity, precision, box, limit)
    )
    items, truncated = found[:limit], len(found) > limit
    answer = Cells.model_validate(
        {"clock": Clock.of(clock), "precision": at, "items": items, "truncated": truncated}
    )
    fresh(response, clock, seen, answer)
    return answer


def _box(bbox: str) -> Box:
    if (found := _BOX.fullmatch(bbox)) is not None:
        west, south, east, north = map(float, found.groups())
        if -180 <= west <= 180 and -180 <= east <= 180 and -90 <= south < north <= 90:
            return Box(south, west, north, east)
    detail = "Give west,south,east,north in degrees, south below north."
    raise ProblemError("not-valid", errors=[FieldError(pointer="/query/bbox", detail=detail)])


@router.get("/v1/areas/{geohash}/now", **guarded("read:areas", also=("not-found",)))
async def now(
    parts: With,
    who: Who,
    response: Response,
    geohash: CellName,
    commodity: Commodity = "electricity",
    seen: IfNoneMatch = None,
) -> CellNow:
    """Say what the meters in a cell draw now."""
    found = await cell(parts, who.namespace, commodity, geohash)
    if found is None:
        raise ProblemError("not-found")
    clock = await parts.clock(who.namespace)
    answer = CellNow(clock=Clock.of(clock), cell=found)
    fresh(response, clock, seen, answer)
    return answer


@router.get("/v1/areas/{geohash}/meters", **guarded("read:live", also=("bad-request",)))
async def meters(
    parts: With,
    who: Who,
    geohash: Area,
    commodity: Commodity = "electricity",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> AreaMeters:
    """List the meters that are in an area, by their ids, with what is known of each."""
    of = repr(("area", who.credential.id, geohash, commodity))
    from_id = after(parts, of, cursor) or ""
    ids = await parts.live.ask(ask.meters_of_area(who.namespace, commodity, geohash))
    if who.customer is not None:
        own = set(await parts.live.ask(ask.customers_meters(who.namespace, who.customer)))
        ids = [each for each in ids if each in own]
    ids = [each for each in ids if each > from_id]
    ids, more = ids[:limit], len(ids) > limit
    found = await parts.live.ask(ask.live_meters(who.namespace, commodity, geohash, ids))
    entries = await parts.live.ask(ask.entries(who.namespace, ids))
    clock = await parts.clock(who.namespace)
    items = [
        meter_now(
            meter_id,
            commodity,
            geohash,
            value,
            clock,
            slice_ms=parts.settings.slice_ms,
            zone=zone_of(entries.get(meter_id)),
        )
        for meter_id, value in found.items()
        if who.owns(entries.get(meter_id))
    ]
    following = going_on(parts, of, ids[-1]) if more else None
    return AreaMeters(clock=Clock.of(clock), items=items, next=following)


@router.get(
    "/v1/areas/{geohash}/history",
    **guarded("read:areas", "read:history", also=("range-too-long",)),
    response_model=AreaHistory,
)
async def history(
    parts: With,
    who: Who,
    request: Request,
    geohash: Area,
    start: Start = None,
    end: End = None,
    tz: AreaZone = "UTC",
    commodity: Commodity = "electricity",
) -> Response:
    """Say how an area's demand went, by the minute, as operators saw it live: the last day of the
    stream, unless another span of up to eight days is asked for."""
    zone = zone_named(tz, ZoneInfo("UTC"))
    begin_ms, end_ms, _ = await span_of(parts, who.namespace, start, end, zone)
    days = days_of(begin_ms, end_ms - 1)
    if len(days) > LONGEST_DAYS + 1:
        raise ProblemError("range-too-long", f"Ask for {LONGEST_DAYS} days at most.")
    question = MinutesOfArea(who.namespace, geohash, commodity, begin_ms, end_ms, zone)
    body = await unless_given_up(request, parts.history.ask(question))
    return Response(body, media_type=JSON)
