"""Bills: what was issued, what its lines are made of, and what other plans would have cost."""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from adapters.bills.listed import listed
from contracts.time import SECOND_MS
from services.api.answers.bills import (
    Bill,
    BillEntry,
    Bills,
    LineStory,
    bill,
    bill_entry,
    line_story,
)
from services.api.answers.plans import PlanComparison, plan_comparison
from services.api.bills import (
    comparison,
    entry_of,
    explained,
    pieces_of,
    to_compare,
    whole_bill,
    whose,
)
from services.api.caller import Who, With, guarded, meter_of
from services.api.csv import csv_of_items
from services.api.database import asked, computed
from services.api.lists import Cursor, Limit, after, answered, cut
from services.api.live_headers import IfNoneMatch, tagged
from services.api.paths import Format, MeterId, MeterName, Month
from services.api.problems import ProblemError

router = APIRouter(tags=["bills"])

Number = Annotated[str, Path(pattern=r"^[0-9]{1,18}$", examples=["00000001"])]


@router.get(
    "/v1/bills",
    **guarded("read:bills", also=("bad-request", "too-slow"), answers=("text/csv",)),
    response_model=Bills,
)
async def bills(
    parts: With,
    who: Who,
    request: Request,
    response: Response,
    customer: Annotated[
        str | None, Query(max_length=100, description="Of one, as the registry has it.")
    ] = None,
    month: Month = None,
    meter: Annotated[
        MeterName | None, Query(description="Of premises at which this meter was ever installed.")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    format_: Format = "json",
    seen: IfNoneMatch = None,
) -> Bills | Response:
    """List bills, the newest first: invoices, and the credit notes and further invoices that
    correct them."""
    of = repr(("bills", who.credential.id, customer, month, meter))
    before = after(parts, of, cursor)
    customer_id = whose(who, customer)

    found = await asked(
        parts,
        who.namespace,
        lambda connection: listed(
            connection,
            customer_id=customer_id,
            month=month,
            register_id=meter,
            before=None if before is None else int(before),
            limit=limit + 1,
        ),
    )
    part, more = cut(parts, of, found, limit, lambda each: each.document_id)
    items = [bill_entry(each) for each in part]
    table = partial(csv_of_items, "bills", BillEntry)
    answer = answered(request, format_, items, more, Bills, table)
    if isinstance(answer, Bills) and more is None:
        tagged(response, seen, answer)
    return answer


@router.get("/v1/bills/{number}", **guarded("read:bills", also=("not-found", "too-slow")))
async def one_bill(
    parts: With, who: Who, response: Response, number: Number, seen: IfNoneMatch = None
) -> Bill:
    """Say what a bill has: lines with how they are known, taxes, and all bills of its month."""
    customer_id = whose(who)
    found = await asked(
        parts, who.namespace, lambda connection: whole_bill(connection, number, customer_id)
    )
    if found is None:
        raise ProblemError("not-found")
    answer = bill(found)
    tagged(response, seen, answer)
    return answer


@router.get(
    "/v1/bills/{number}/lines/{line}",
    **guarded("read:bills", also=("not-found", "conflict", "too-slow")),
)
async def one_line(
    parts: With,
    who: Who,
    number: Number,
    line: Annotated[int, Path(ge=1, le=100_000)],
    by: Annotated[
        Literal["day", "period"], Query(description="By the local day, or by what is priced.")
    ] = "day",
) -> LineStory:
    """Say what a line of a bill is made of: its run is computed once more, of the readings and
    masters that it had then."""
    customer_id = whose(who)
    entry = await asked(
        parts, who.namespace, lambda connection: entry_of(connection, number, customer_id)
    )
    if entry is None:
        raise ProblemError("not-found")
    time_zone, lines = await computed(
        parts,
        who.namespace,
        # A namespace may be made anew, and numbers begin again.
        ("explain", entry.number, entry.issued_at_ms),
        lambda settings, connection: explained(settings, connection, entry.number),
    )
    if line > len(lines):
        raise ProblemError("not-found")
    found = lines[line - 1]
    made_of = found.made_of
    return line_story(
        entry.number,
        line,
        time_zone,
        None if made_of is None else made_of.what,
        found.shown.line.unit if made_of is None else made_of.unit,
        pieces_of(found),
        by_day=by == "day",
    )


@router.get(
    "/v1/meters/{meter_id}/plans",
    **guarded("read:bills", also=("not-found", "conflict", "too-slow")),
)
async def plans(parts: With, who: Who, meter_id: MeterId) -> PlanComparison:
    """Say what each plan would have cost for what was used at a meter's premises in the months that
    were billed, a year at most: of a customer in its own time there, on the own plan and those on
    offer."""
    await meter_of(parts, who, meter_id)
    customer_id = whose(who)
    today = datetime.fromtimestamp(parts.now_ms() / SECOND_MS, UTC).date()
    its = await asked(
        parts,
        who.namespace,
        lambda connection: to_compare(connection, meter_id, customer_id, today),
    )
    if (billed := its.billed) is None:
        return plan_comparison(meter_id, its, "Nothing was billed yet.")
    found = await computed(
        parts,
        who.namespace,
        ("plans", billed, its.among),
        lambda settings, connection: comparison(settings, connection, billed, its.among),
    )
    return plan_comparison(meter_id, its, found)
