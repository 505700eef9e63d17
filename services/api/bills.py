"""Bills of whom a caller may see, and what is computed of them."""

import logging
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

import psycopg

from adapters.bills import documents, plans
from adapters.bills.ledger import DIGITS
from adapters.bills.listed import ListedDocument, listed, nets_of_month
from contracts.masters import PlanVersion, customer_id_of
from contracts.settings import Settings
from services.api.answers.bills import Piece, WholeBill
from services.api.answers.plans import ToCompare
from services.api.caller import Caller
from services.settlement.shown import shown_lines

if TYPE_CHECKING:
    from services.settlement.billed_plans import BilledMonths
    from services.settlement.compare import Compared
    from services.settlement.explain import ExplainedLine

log = logging.getLogger(__name__)

NOBODY = 0
"""Has no bills."""


def whose(who: Caller, wanted: str | None = None) -> int | None:
    """Whose bills are asked for: of a customer the own ones alone, of others those of `wanted`;
    None is everybody's."""
    if who.customer is None:
        return None if wanted is None else customer_id_of(wanted) or NOBODY
    own = customer_id_of(who.customer) or NOBODY
    return own if wanted in (None, who.customer) else NOBODY


def full_number(number: str) -> str:
    """A document's number with the zeros before it."""
    return number.zfill(DIGITS)


def whole_bill(
    connection: psycopg.Connection, number: str, customer_id: int | None
) -> WholeBill | None:
    """All of a bill; None if there is none of that number, or it is somebody else's."""
    entry = entry_of(connection, number, customer_id)
    document = documents.document(connection, full_number(number)) if entry is not None else None
    if entry is None or document is None:
        return None
    said = document.said
    nets = nets_of_month(connection, entry.customer_id, entry.site_id, entry.month)
    waiting_minor = nets.pop(None, 0)
    history = listed(
        connection,
        customer_id=entry.customer_id,
        ids=[number for number in nets if number is not None],
    )
    return WholeBill(
        entry,
        (said.content.get("customer") or {}).get("name"),
        shown_lines(connection, document),
        said.taxes,
        tuple((each, nets[each.document_id]) for each in reversed(history)),
        waiting_minor,
        tuple(each["number"] for each in said.content.get("corrects", ())),
        plans.names(connection),
    )


def entry_of(
    connection: psycopg.Connection, number: str, customer_id: int | None
) -> ListedDocument | None:
    """A bill as lists have it; None as of `whole_bill`."""
    found = listed(connection, number=full_number(number), customer_id=customer_id)
    return found[0] if found else None


def explained(
    settings: Settings, connection: psycopg.Connection, number: str
) -> "tuple[str, tuple[ExplainedLine, ...]]":
    """The lines of a bill with what they are made of, and their time zone."""
    # What computes bills is large, and of no use to who asks for none.
    from services.settlement.explain import explain

    found = explain(settings, connection, number, alone=True)
    return found.time_zone, found.lines


def pieces_of(line: "ExplainedLine") -> list[Piece]:
    """A line in the order of time."""
    parts = [] if line.made_of is None else line.made_of.parts
    return [
        Piece(each.span.begin_ms, each.span.end_ms, each.quantity, each.by_letter)
        for each in sorted(parts, key=lambda part: part.span.begin_ms)
    ]


def to_compare(
    connection: psycopg.Connection, meter_id: str, customer_id: int | None, day: date
) -> ToCompare:
    """What plans are compared by at a meter's premises; those on offer are so on a day."""
    from services.settlement.billed_plans import billed_months

    offered = _on_offer(plans.versions(connection), day)
    return ToCompare(
        billed_months(connection, meter_id, customer_id),
        plans.names(connection),
        offered,
        None if customer_id is None else offered,
    )


@lru_cache(maxsize=32)
def _on_offer(versions: tuple[PlanVersion, ...], day: date) -> frozenset[str]:
    # The terms of all plans are read for it, and they change seldom.
    from billing.tariffs.versions import on_offer

    return on_offer(
        versions, day, lambda error: log.warning("a plan is not on offer, for now: %s", error)
    )


def comparison(
    settings: Settings,
    connection: psycopg.Connection,
    billed: "BilledMonths",
    among: frozenset[str] | None,
) -> "Compared | str":
    """Plans side by side, or why they cannot be compared: the own one, and `among` the others
    these; None is all.

    Raises:
        RequestError: masters, a plan or readings are not as they must be.
    """
    from billing.tariffs.errors import ComparisonError
    from services.settlement.billed_plans import compared

    try:
        return compared(settings, connection, billed, among)
    except ComparisonError as error:
        return str(error)
