"""The fleet, its regions and feeders, and the largest meters."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from adapters import live_questions as ask
from contracts.digest import WHOLE, By
from contracts.reading import Commodity
from services.api.answers.areas import (
    FleetAnswer,
    FleetHour,
    GroupAnswer,
    Regions,
    Top,
    fleet_minute,
    fleet_now,
    group_now,
    region_now,
    top_meter,
)
from services.api.answers.shapes import Clock, moment_or_none
from services.api.caller import Who, With, guarded
from services.api.live_headers import IfNoneMatch, fresh
from services.api.paths import FeederName, RegionName
from services.api.problems import ProblemError

router = APIRouter(tags=["fleet"])


@router.get("/v1/fleet/now", **guarded("read:areas"))
async def fleet(
    parts: With,
    who: Who,
    response: Response,
    commodity: Commodity | None = None,
    seen: IfNoneMatch = None,
) -> FleetAnswer:
    """Say what all meters draw, by commodity."""
    namespace = who.namespace
    clock = await parts.clock(namespace)
    found = await parts.kept.get(("fleet", namespace), lambda: parts.live.ask(ask.fleet(namespace)))
    items = []
    for each, value in found.items():
        if commodity in (None, each):
            totals = await parts.kept.get(
                ("totals", namespace, each),
                lambda each=each: parts.live.ask(ask.totals(namespace, each)),  # type: ignore[misc]
            )
            items.append(fleet_now(each, value, totals.get(WHOLE)))
    answer = FleetAnswer(clock=Clock.of(clock), items=items)
    fresh(response, clock, seen, answer)
    return answer


@router.get("/v1/fleet/hour", **guarded("read:areas"))
async def fleet_hour(
    parts: With,
    who: Who,
    response: Response,
    commodity: Commodity = "electricity",
    seen: IfNoneMatch = None,
) -> FleetHour:
    """Say what all meters of a commodity drew in the last hour of the stream, by the minute."""
    namespace = who.namespace
    clock = await parts.clock(namespace)
    found = await parts.kept.get(
        ("fleet hour", namespace, commodity),
        lambda: parts.live.ask(ask.fleet_minutes(namespace, commodity)),
    )
    answer = FleetHour(
        clock=Clock.of(clock),
        commodity=commodity,
        items=[fleet_minute(commodity, begin_ms, each) for begin_ms, each in found.items()],
    )
    fresh(response, clock, seen, answer)
    return answer


@router.get("/v1/regions", **guarded("read:areas"))
async def regions(
    parts: With,
    who: Who,
    response: Response,
    commodity: Commodity = "electricity",
    seen: IfNoneMatch = None,
) -> Regions:
    """List the regions that meters were announced for, such as states, with what they draw."""
    namespace = who.namespace
    clock = await parts.clock(namespace)
    groups = await parts.kept.get(
        ("regions", namespace, commodity),
        lambda: parts.live.ask(ask.groups(namespace, "region", commodity)),
    )
    totals = await parts.kept.get(
        ("totals", namespace, commodity), lambda: parts.live.ask(ask.totals(namespace, commodity))
    )
    answer = Regions(
        clock=Clock.of(clock),
        items=[
            region_now(name, commodity, groups[name], totals.get(name)) for name in sorted(groups)
        ],
    )
    fresh(response, clock, seen, answer)
    return answer


@router.get("/v1/feeders/{feeder}/now", **guarded("read:areas", also=("not-found",)))
async def feeder_now(
    parts: With,
    who: Who,
    response: Response,
    feeder: FeederName,
    commodity: Commodity = "electricity",
    seen: IfNoneMatch = None,
) -> GroupAnswer:
    """Say what the meters behind a transformer draw."""
    found = await parts.live.ask(ask.some_groups(who.namespace, "feeder", commodity, [feeder]))
    if feeder not in found:
        raise ProblemError("not-found")
    clock = await parts.clock(who.namespace)
    group = group_now(feeder, commodity, found[feeder])
    answer = GroupAnswer(clock=Clock.of(clock), group=group)
    fresh(response, clock, seen, answer)
    return answer


# A place among the largest says something of all others: it is for no customer.
@router.get("/v1/top", **guarded("read:areas", "read:live"))
async def top(
    parts: With,
    who: Who,
    response: Response,
    by: By = "power",
    commodity: Commodity = "electricity",
    region: Annotated[RegionName | None, Query()] = None,
    n: Annotated[int, Query(ge=1, le=10)] = 10,
    seen: IfNoneMatch = None,
) -> Top:
    """List the largest meters of a commodity, or of a region: by what they draw now, have taken
    today, or have taken in all."""
    clock = await parts.clock(who.namespace)
    question = ask.largest(who.namespace, commodity, by, region or WHOLE)
    found = await parts.live.ask(question)
    newest = None if found is None else found.slice_end_ms
    meters = [] if found is None else found.meters[:n]
    answer = Top(
        clock=Clock.of(clock),
        by=by,
        commodity=commodity,
        region=region,
        as_of=moment_or_none(newest),
        items=[top_meter(rank, by, commodity, each) for rank, each in enumerate(meters, 1)],
    )
    fresh(response, clock, seen, answer)
    return answer
