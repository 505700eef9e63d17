"""The documents of a run, as they are written, and what they come to."""

from collections.abc import Collection, Iterable, Sequence

import psycopg

from adapters.bills import parties
from billing.documents.content import contents
from billing.settlement.bills import Bill
from billing.settlement.errors import RunError
from billing.settlement.month import month_of
from billing.settlement.readings import readings
from billing.tariffs.calendar import calendar_of
from billing.tariffs.versions import plans_of
from contracts.issued import DocumentSums, DocumentTax, NewDocument
from contracts.masters import Masters, Site
from services.settlement.run import Run


def new_documents(
    connection: psycopg.Connection,
    site: Site,
    masters: Masters,
    found: Run,
    own: Sequence[Bill],
) -> list[NewDocument]:
    """The document of each bill, with all that is printed.

    Raises:
        RunError: the run knows of no plan that a bill has.
    """
    settlement = found.settlement
    known = parties.parties(
        connection,
        customer_ids=[bill.customer_id for bill in own],
        premises_ids=sorted({line.key.premises_id for bill in own for line in bill.lines}),
        months={(bill.customer_id, line.key.month) for bill in own for line in bill.lines},
        time_zone=site.time_zone,
    )
    plans = plans_of(masters.plans)
    _check_plans(own, {plan_id for plan_id, _ in plans}, masters.as_of_ms)
    calendar = calendar_of(site, masters.holidays)
    its = month_of(settlement.month, calendar, site, masters.tax_rates)
    spans = {month: calendar.local_month(month) for month in {bill.month for bill in own}}
    shown = readings(settlement.counted, found.openings_mwh)
    kept = contents(own, settlement, shown, site, its, spans, plans, known)
    return [
        NewDocument(
            bill.kind,
            bill.customer_id,
            bill.month,
            settlement.currency,
            bill.totals.net,
            bill.totals.tax,
            bill.totals.gross,
            tuple(
                DocumentTax(group.category, group.rate, group.net, group.tax)
                for group in bill.totals.groups
            ),
            bill.lines,
            content,
        )
        for bill, content in zip(own, kept, strict=True)
    ]


def sums_of(number: str, said: NewDocument) -> DocumentSums:
    """What a document is to be once it is written."""
    return DocumentSums(
        *(number, said.kind, said.customer_id, said.month, said.currency),
        *(said.net_minor, said.tax_minor, said.gross_minor, said.taxes),
        lines=len(said.lines),
        lines_minor=sum(line.minor for line in said.lines),
    )


def _check_plans(own: Iterable[Bill], known: Collection[str], as_of_ms: int) -> None:
    """Refuse what had waited if its plan was recorded after the masters that the run is of."""
    for each in (each for bill in own for each in bill.waited):
        plan_id = each.line.key.component.partition("/")[0]
        if plan_id not in known:
            raise RunError(
                f"masters_as_of_ms is {as_of_ms}, when there was no plan {plan_id!r} yet, and run "
                f"{each.run_id} left a correction by it for the next document of customer "
                f"{each.line.key.customer_id}: give a later instant"
            )
