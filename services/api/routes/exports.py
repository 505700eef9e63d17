"""History of many meters, as tables that are fetched part by part."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from contracts.reading import Commodity
from services.api.answers.energy import EnergyBar, energy_bar
from services.api.answers.meters import zone_of
from services.api.calendar import Resolution
from services.api.caller import Who, With, guarded
from services.api.csv import csv_of_meters
from services.api.history_plan import MOST_PARTITIONS
from services.api.lists import PRIVATE, Cursor, Limit, after, going_on, next_link
from services.api.meter_energy import Asked, bars_of, counting_of, partitions_of
from services.api.meter_list import Wanted, listed
from services.api.parts import Parts
from services.api.paths import CellPrefix, IdPrefix
from services.api.times import End, Start, Zone, span_of, zone_named

router = APIRouter(tags=["meters"])


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
    bars: list[tuple[str, Commodity, EnergyBar]] = []
    read, last = 0, part.last
    before: str | None = None
    for each in part.meters:
        zone = zone_named(tz, zone_of(each.entry))
        begin_ms, end_ms, stream_ms = await span_of(parts, who.namespace, start, end, zone)
        counting = counting_of(each.entry, each.commodity)
        asked = Asked(
            namespace=who.namespace,
            meter_id=each.meter_id,
            commodity=each.commodity,
            counting=counting,
            begin_ms=begin_ms,
            end_ms=end_ms,
            resolution=resolution,
            zone=zone,
            stream_ms=stream_ms,
        )
        # Of the first meter nothing is added up before it is known to fit.
        if before is not None and read + _reads(parts, asked) > MOST_PARTITIONS:
            last = before
            break
        made = await bars_of(parts, asked)
        bars += [
            (each.meter_id, each.commodity, energy_bar(bar, each.commodity, counting, zone))
            for bar in made
        ]
        read += _reads(parts, asked)
        before = each.meter_id
    more = None if last is None else going_on(parts, of, last)
    headers = PRIVATE | next_link(request, more)
    return csv_of_meters(f"energy-{resolution}", bars, headers)


def _reads(parts: Parts, asked: Asked) -> int:
    return partitions_of(asked, parts.settings.period_ms)
