"""A meter's energy over a span, as bars of the calendar."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from contracts.reading import Commodity
from contracts.time import DAY_MS
from services.api.answers.columns import MeterEnergyColumns
from services.api.answers.energy import MeterEnergy
from services.api.answers.meters import zone_of
from services.api.answers.shapes import JSON
from services.api.calendar import Resolution
from services.api.caller import Who, With, guarded, meter_of
from services.api.csv import csv_file
from services.api.given_up import unless_given_up
from services.api.history.energy import BarsOfMeter, Form
from services.api.lists import Shape
from services.api.meter_energy import Asked, counting_of
from services.api.paths import MeterId
from services.api.times import End, Start, Zone, span_of, zone_named

router = APIRouter(tags=["meters"])

SETTLED_AGE_S, OPEN_AGE_S = 60, 5
"""For how long a browser need not ask again: of a span that is over, and of one that is not."""


@router.get(
    "/v1/meters/{meter_id}/energy",
    **guarded(
        "read:history", also=("not-found", "range-too-long", "too-slow"), answers=("text/csv",)
    ),
    response_model=MeterEnergy | MeterEnergyColumns,
)
async def energy(
    parts: With,
    who: Who,
    request: Request,
    meter_id: MeterId,
    start: Start = None,
    end: End = None,
    resolution: Resolution = "PT30M",
    tz: Zone = None,
    commodity: Commodity | None = None,
    format_: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
    shape: Shape = "objects",
) -> Response:
    """Say what a meter took, by minutes, hours, days or months of its zone.

    Bars of a cut add up to the whole. After a time without readings one bar covers all of it, and
    says so in `spans` and `gaps`. Of electricity by hours and half-hours it is said, too, what is
    usual for the meter, where a model knows.
    """
    known = await meter_of(parts, who, meter_id)
    zone = zone_named(tz, zone_of(known.entry))
    begin_ms, end_ms, stream_ms = await span_of(parts, who.namespace, start, end, zone)
    of = commodity or known.main
    counting = counting_of(known.entry, of)
    asked = Asked(
        who.namespace, meter_id, of, counting, begin_ms, end_ms, resolution, zone, stream_ms
    )
    form: Form = "csv" if format_ == "csv" else shape
    question = BarsOfMeter(asked, resolution, form)
    body = await unless_given_up(request, parts.history.ask(question))
    settled = stream_ms is not None and end_ms < stream_ms - DAY_MS
    headers = {
        "Cache-Control": f"private, max-age={SETTLED_AGE_S if settled else OPEN_AGE_S}",
        "Vary": "Authorization, Cookie",
    }
    if form == "csv":
        return csv_file(f"{meter_id}-{resolution}", body, headers)
    return Response(body, headers=headers, media_type=JSON)
