"""Meters: the list of them, what one is, and what is known of it now."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from adapters import live_questions as ask
from contracts.meters import Meter
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
from services.api.caller import Caller, Who, With, guarded, meter_of
from services.api.lists import Cursor, Limit, after, going_on
from services.api.live_headers import IfNoneMatch, fresh
from services.api.parts import Parts
from services.api.paths import CellPrefix, MeterId
from services.api.problems import ProblemError

router = APIRouter(tags=["meters"])

LOOKED_AT = 2_000
"""Entries that one request looks at: a filter that few of them pass gives short pages."""


@router.get("/v1/meters", **guarded("read:live", also=("bad-request",)))
async def meters(
    parts: With,
    who: Who,
    q: Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9_.:-]*$")] = "",
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
    filters = (commodity, area, premises, tariff, customer)
    of = repr(("meters", who.credential.id, q, *filters))
    from_id = after(parts, of, cursor)
    mine = who.customer if who.customer is not None else customer
    # A customer's meters are few, and found without a look at any other.
    if mine is not None:
        ids = await parts.live.ask(ask.customers_meters(who.namespace, mine))
        ids = [each for each in ids if each.startswith(q) and each > (from_id or "")]
        ids, more = ids[:LOOKED_AT], len(ids) > LOOKED_AT
    else:
        most = LOOKED_AT if any(filters) else limit
        asked = ask.meter_ids(who.namespace, prefix=q, after=from_id, most=most)
        ids = await parts.live.ask(asked)
        more = len(ids) == most
    known = await parts.live.ask(ask.entries(who.namespace, ids))
    found: list[MeterEntry] = []
    last = None
    for meter_id in ids:
        if len(found) == limit:
            more = True
            break
        last, entry = meter_id, known.get(meter_id)
        if not who.owns(entry) or not _passes(entry, commodity, area, premises, tariff, customer):
            continue
        if entry is not None:
            found.append(meter_entry(meter_id, entry["commodity"], None, entry))
        else:
            found += await _unannounced(parts, who, meter_id)
    return Meters(items=found, next=going_on(parts, of, last) if more and last else None)


def _passes(
    entry: Meter | None,
    commodity: Commodity | None,
    area: str | None,
    premises: str | None,
    tariff: str | None,
    customer: str | None,
) -> bool:
    if entry is None:
        return not any((commodity, area, premises, tariff, customer))
    return (
        commodity in (None, entry["commodity"])
        and (area is None or entry["geohash"].startswith(area))
        and premises in (None, entry.get("premises"))
        and tariff in (None, entry.get("tariff"))
        and customer in (None, entry.get("customer"))
    )


async def _unannounced(parts: Parts, who: Caller, meter_id: str) -> list[MeterEntry]:
    known = await parts.live.ask(ask.known(who.namespace, meter_id))
    if not known.anything:
        return []
    return [meter_entry(meter_id, known.main, known.area(known.main), known.entry)]


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
