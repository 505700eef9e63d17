"""Meters: the list of them, what one is, and what is known of it now."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from adapters import live_questions as ask
from contracts.reading import Commodity
from services.api.answers.meters import (
    MeterEntry,
    MeterNowAnswer,
    Meters,
    meter_entry,
    meter_now,
    zone_of,
)
from services.api.answers.shapes import Clock
from services.api.caller import Who, With, guarded, meter_of
from services.api.lists import Cursor, Limit, after, going_on
from services.api.live_headers import IfNoneMatch, fresh
from services.api.meter_list import Wanted, listed
from services.api.paths import CellPrefix, IdPrefix, MeterId
from services.api.problems import ProblemError

router = APIRouter(tags=["meters"])


@router.get("/v1/meters", **guarded("read:live", also=("bad-request",)))
async def meters(
    parts: With,
    who: Who,
    q: IdPrefix = "",
    commodity: Commodity | None = None,
    area: Annotated[CellPrefix | None, Query()] = None,
    premises: Literal["household", "business"] | None = None,
    tariff: Literal["flat", "dynamic"] | None = None,
    customer: Annotated[str | None, Query(max_length=100)] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Meters:
    """List the meters that are known, by their ids: those that begin with `q` and pass the filters.

    Of meters that the registry has not, only those are listed that no filter asks more of.
    """
    wanted = Wanted(q, commodity, area, premises, tariff, customer)
    of = repr(("meters", who.credential.id, wanted))
    part = await listed(parts, who, wanted, after(parts, of, cursor), limit)
    return Meters(
        items=[meter_entry(*each) for each in part.meters],
        next=None if part.last is None else going_on(parts, of, part.last),
    )


@router.get("/v1/meters/{meter_id}", **guarded("read:live", also=("not-found",)))
async def meter(parts: With, who: Who, meter_id: MeterId) -> MeterEntry:
    """Say what a meter is."""
    known = await meter_of(parts, who, meter_id)
    return meter_entry(meter_id, known.main, known.area(known.main), known.entry)


@router.get("/v1/meters/{meter_id}/now", **guarded("read:live", also=("not-found",)))
async def now(
    parts: With,
    who: Who,
    response: Response,
    meter_id: MeterId,
    commodity: Commodity | None = None,
    seen: IfNoneMatch = None,
) -> MeterNowAnswer:
    """Say what is known of a meter now, however old: of the registry's commodity, or of another one
    that is read under the same id."""
    known = await meter_of(parts, who, meter_id)
    commodity = commodity or known.main
    area = known.area(commodity)
    if area is None:
        raise ProblemError("not-found")
    value = await parts.live.ask(ask.live_meter(who.namespace, commodity, area, meter_id))
    if value is None:
        raise ProblemError("not-found")
    clock = await parts.clock(who.namespace)
    answer = MeterNowAnswer(
        clock=Clock.of(clock),
        meter=meter_now(
            meter_id,
            commodity,
            area,
            value,
            clock,
            slice_ms=parts.settings.slice_ms,
            zone=zone_of(known.entry),
        ),
    )
    fresh(response, clock, seen, answer)
    return answer
