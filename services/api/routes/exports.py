"""History of many meters, as tables that are fetched part by part."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from contracts.reading import Commodity
from services.api.answers.meters import zone_of
from services.api.calendar import Resolution
from services.api.caller import Caller, Who, With, guarded
from services.api.csv import csv_file, table_of_meters
from services.api.given_up import unless_given_up
from services.api.history.energy import BarsOfMeters
from services.api.lists import PRIVATE, Cursor, Limit, after, going_on, next_link
from services.api.meter_energy import Asked, counting_of
from services.api.meter_list import Listed, Wanted, listed
from services.api.parts import Parts
from services.api.paths import CellPrefix, IdPrefix
from services.api.times import End, Start, Zone, span_of, zone_named

router = APIRouter(tags=["meters"])

NO_METERS = table_of_meters(())
"""A table of none."""


@router.get(
    "/v1/exports/energy",
    **guarded(
        *("read:live", "read:history"),
        also=("bad-request", "range-too-long", "too-slow"),
        answers=("text/csv",),
    ),
    response_class=Response,
)
async def energy_of_many(
    parts: With,
    who: Who,
    request: Request,
    q: IdPrefix = "",
    commodity: Commodity | None = None,
    area: Annotated[CellPrefix | None, Query()] = None,
    customer: Annotated[str | None, Query(max_length=100)] = None,
    start: Start = None,
    end: End = None,
    resolution: Resolution = "P1D",
    tz: Zone = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Say what meters took, as CSV: of each that passes the filters all bars of the span.

    A part has `limit` meters at most, and no more than one request may read of; the header `Link`
    with `rel="next"` is the address of the next part. A local time is of each meter's own zone.
    """
    wanted = Wanted(q, commodity, area, customer=customer)
    of = repr(("energy", who.credential.id, wanted, start, end, resolution, tz))
    part = await listed(parts, who, wanted, after(parts, of, cursor), limit)
    asked = [await _asked(parts, who, each, start, end, resolution, tz) for each in part.meters]
    count, table = 0, NO_METERS
    if asked:
        count, table = await unless_given_up(request, parts.history.ask(BarsOfMeters(tuple(asked))))
    last = part.last if count == len(asked) else asked[count - 1].meter_id
    more = None if last is None else going_on(parts, of, last)
    headers = PRIVATE | next_link(request, more)
    return csv_file(f"energy-{resolution}", table, headers)


async def _asked(
    parts: Parts,
    who: Caller,
    of: Listed,
    start: datetime | None,
    end: datetime | None,
    resolution: Resolution,
    tz: str | None,
) -> Asked:
    """What is asked for of one of the meters."""
    zone = zone_named(tz, zone_of(of.entry))
    begin_ms, end_ms, stream_ms = await span_of(parts, who.namespace, start, end, zone)
    return Asked(
        namespace=who.namespace,
        meter_id=of.meter_id,
        commodity=of.commodity,
        counting=counting_of(of.entry, of.commodity),
        begin_ms=begin_ms,
        end_ms=end_ms,
        resolution=resolution,
        zone=zone,
        stream_ms=stream_ms,
    )
