"""A meter's energy over a span, as bars of the calendar."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from contracts.reading import Commodity
from contracts.time import DAY_MS
from detection.unusual.usual import Usual
from services.api.answers.columns import MeterEnergyColumns, energy_columns
from services.api.answers.energy import MeterEnergy, energy_bar, usual_of
from services.api.answers.meters import zone_of
from services.api.answers.shapes import moment
from services.api.answers.units import amount
from services.api.calendar import Resolution
from services.api.caller import Who, With, guarded, meter_of
from services.api.csv import csv_of_bars
from services.api.lists import Shape
from services.api.meter_energy import Asked, bars_of, counting_of
from services.api.parts import Parts
from services.api.paths import MeterId
from services.api.times import End, Start, Zone, span_of, zone_named

BY_HOURS: tuple[Resolution, ...] = ("PT30M", "PT1H")
"""Bars that what is usual in an hour says something of."""

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
    response: Response,
    meter_id: MeterId,
    start: Start = None,
    end: End = None,
    resolution: Resolution = "PT30M",
    tz: Zone = None,
    commodity: Commodity | None = None,
    format_: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
    shape: Shape = "objects",
) -> MeterEnergy | MeterEnergyColumns | Response:
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
    made = await bars_of(parts, asked)
    # A file to download has what was measured alone.
    usual = await _usual(parts, asked) if format_ == "json" else None
    settled = stream_ms is not None and end_ms < stream_ms - DAY_MS
    headers = {
        "Cache-Control": f"private, max-age={SETTLED_AGE_S if settled else OPEN_AGE_S}",
        "Vary": "Authorization, Cookie",
    }
    spans_ms = [(bar.energy.span.begin_ms, bar.energy.span.end_ms) for bar in made]
    bands = [None] * len(made) if usual is None else usual.over(spans_ms)
    items = [
        energy_bar(bar, of, counting, zone, band) for bar, band in zip(made, bands, strict=True)
    ]
    if format_ == "csv":
        return csv_of_bars(f"{meter_id}-{resolution}", items, of, headers)
    response.headers.update(headers)
    amounts = [bar.energy.amount for bar in made if bar.known]
    answer = MeterEnergy(
        meter_id=meter_id,
        commodity=of,
        start=moment(begin_ms, zone),
        end=moment(end_ms, zone),
        resolution=resolution,
        tz=zone.key,
        usual_of=usual_of(usual),
        items=items,
        **amount(of, sum(amounts) if amounts else None),
    )
    return energy_columns(answer) if shape == "columns" else answer


async def _usual(parts: Parts, asked: Asked) -> Usual | None:
    """What is usual in the hours of bars; None if nothing can be said of such bars."""
    if asked.commodity != "electricity" or asked.resolution not in BY_HOURS:
        return None
    settings = parts.of_namespace(asked.namespace)
    return await parts.usual.of(settings, asked.meter_id, asked.begin_ms, asked.end_ms)
