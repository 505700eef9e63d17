"""What clerks look after: runs of months, energy that is nobody's, and the queue of exceptions."""

from functools import partial
from typing import Annotated, Literal

import psycopg
from fastapi import APIRouter, Query, Request, Response

from adapters.bills import exceptions as queue
from adapters.bills import runs as stored
from adapters.bills.overview import overviews, time_zones, unassigned
from services.api.answers.settlement import (
    ExceptionEntry,
    Exceptions,
    Reason,
    RunEntry,
    Runs,
    UnassignedEntries,
    UnassignedEntry,
    exception_entry,
    run_entry,
    unassigned_entries,
)
from services.api.caller import Who, With, guarded
from services.api.csv import csv_of_items, csv_of_runs
from services.api.database import asked
from services.api.lists import Cursor, Limit, after, answered, cut
from services.api.paths import Format, MeterName, Month

router = APIRouter(tags=["settlement"])

Site = Annotated[
    str | None,
    # PostgreSQL has no text with a zero byte in it.
    Query(max_length=100, pattern=r"^[^\x00]*$", description="Of one site."),
]


@router.get(
    "/v1/runs",
    **guarded("read:settlement", also=("bad-request", "too-slow"), answers=("text/csv",)),
    response_model=Runs,
)
async def runs(
    parts: With,
    who: Who,
    request: Request,
    month: Month = None,
    site: Site = None,
    limit: Limit = 20,
    cursor: Cursor = None,
    format_: Format = "json",
) -> Runs | Response:
    """List runs, the newest first: what each was made of, what registers counted, what it issued,
    and what does not add up. As CSV a run has a line for each commodity and direction."""
    of = repr(("runs", who.credential.id, month, site))
    before = after(parts, of, cursor)

    def question(connection: psycopg.Connection) -> list[RunEntry]:
        found = overviews(
            connection,
            month=month,
            site_id=site,
            before=None if before is None else int(before),
            limit=limit + 1,
        )
        return [run_entry(each, stored.energies(connection, each.run.run_id)) for each in found]

    found = await asked(parts, who.namespace, question)
    items, more = cut(parts, of, found, limit, lambda each: each.run_id)
    return answered(request, format_, items, more, Runs, partial(csv_of_runs, "runs"))


@router.get(
    "/v1/unassigned",
    **guarded("read:settlement", also=("bad-request", "too-slow"), answers=("text/csv",)),
    response_model=UnassignedEntries,
)
async def nobodys(
    parts: With,
    who: Who,
    request: Request,
    month: Month = None,
    site: Site = None,
    reason: Reason | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    format_: Format = "json",
) -> UnassignedEntries | Response:
    """List what registers counted that nobody is billed for, by premises, with the reason: as of
    the newest run of each month."""
    of = repr(("unassigned", who.credential.id, month, site, reason))
    offset = int(after(parts, of, cursor) or 0)
    found = await asked(
        parts,
        who.namespace,
        lambda connection: unassigned(
            connection,
            month=month,
            site_id=site,
            reason=reason,
            offset=offset,
            limit=limit + 1,
        ),
    )
    part, more = cut(parts, of, found, limit, lambda _: offset + limit)
    items = unassigned_entries(part)
    table = partial(csv_of_items, "unassigned", UnassignedEntry)
    return answered(request, format_, items, more, UnassignedEntries, table)


@router.get(
    "/v1/exceptions",
    **guarded("read:settlement", also=("bad-request", "too-slow"), answers=("text/csv",)),
    response_model=Exceptions,
)
async def exceptions(
    parts: With,
    who: Who,
    request: Request,
    severity: Literal["hold", "review", "note"] | None = None,
    rule: Annotated[str | None, Query(max_length=100, pattern=r"^[a-z0-9_]*$")] = None,
    month: Month = None,
    meter: Annotated[MeterName | None, Query(description="Of one register.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    format_: Format = "json",
) -> Exceptions | Response:
    """List what runs found in readings and masters that a person should look at, the severest
    first. A run closes what it does not find any more."""
    of = repr(("exceptions", who.credential.id, severity, rule, month, meter))
    place = after(parts, of, cursor)

    def question(connection: psycopg.Connection) -> list[ExceptionEntry]:
        zones = time_zones(connection)
        found = queue.still_open(
            connection,
            rule=rule,
            severity=severity,
            month=month,
            register_id=meter,
            after=None if place is None else int(place),
            limit=limit + 1,
        )
        return [exception_entry(each, zones.get(each.site_id, "UTC")) for each in found]

    found = await asked(parts, who.namespace, question)
    items, more = cut(parts, of, found, limit, lambda each: each.exception_id)
    table = partial(csv_of_items, "exceptions", ExceptionEntry)
    return answered(request, format_, items, more, Exceptions, table)
