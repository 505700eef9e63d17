"""Bills: what was issued, line by line, and how well it is known."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any, Literal
from zoneinfo import ZoneInfo

from adapters.bills.listed import ListedDocument
from billing.settlement.bills import tax_rate_of
from billing.tariffs.money import minor_digits
from contracts.billing import EXACT_DECIMALS, Charge, LedgerReason, Letter, Unit
from contracts.issued import DocumentKind, DocumentTax
from services.api.answers.shapes import Answer, Moment, Page, moment
from services.settlement.shown import ShownLine

How = Literal["measured", "shape_estimated", "estimated", "estimate_final", "edited", "not_known"]
"""`shape_estimated`: the total was measured over a time, and when of it was estimated;
`estimate_final`: it stays one; `edited`: by a person."""
PricePer = Literal["kWh", "m3", "kW", "day"]

HOW: Mapping[Letter, How] = {
    Letter.A: "measured",
    Letter.S: "shape_estimated",
    Letter.E: "estimated",
    Letter.F: "estimate_final",
    Letter.X: "edited",
    Letter.N: "not_known",
}
_PER: Mapping[Unit, tuple[PricePer, int]] = {
    "mwh": ("kWh", 1_000_000),
    "ml": ("m3", 1_000_000),
    "w": ("kW", 1_000),
    "days": ("day", 1),
}
"""What prices are of, and how many of the unit that is."""
_PRICE_DECIMALS = Decimal("0.00000001")


class Quantity(Answer):
    """How much of something; of the four the one that it is counted in. Of a correction it is by
    how much that has changed, and may be below zero."""

    energy_wh: float | None
    volume_l: float | None
    demand_w: float | None
    days: int | None


class Known(Quantity):
    """A part of a quantity that is known in one way."""

    how: How


class BillEntry(Answer):
    """An invoice, or a credit note, whose amounts are below zero. It never changes: what is
    different later is on a further one of the same month. Amounts are in the currency's minor unit,
    such as pence, of which a whole has 10 to the power of `minor_digits`."""

    number: str
    kind: DocumentKind
    customer: str
    month: str
    """Local, `2013-03`."""
    issued_at: Moment
    site_id: str
    time_zone: str
    premises: list[str]
    currency: str
    minor_digits: int
    net_minor: int
    tax_minor: int
    gross_minor: int
    provisional: bool
    """Whether the month may still be corrected."""
    estimated: bool
    """Whether some of what the customer is charged by its run is an estimate, and is replaced once
    the readings are there."""


class Bills(Page[BillEntry]):
    """Bills, the newest first."""


class BillLine(Quantity):
    """A line: what was issued of a charge. Of a correction it is the difference."""

    line: int
    """From 1."""
    month: str
    """Local, `2013-03`: an earlier one than the bill's of what was found since that was billed."""
    premises_id: str
    plan_id: str
    plan_name: str
    component: str
    """What of the plan: `energy`, `standing`, `demand`."""
    band: str | None
    since: str | None
    """The day of the month from which on it is so, where a rate of tax changed within it."""
    reason: LedgerReason
    """Why it was issued: `first`, or what has changed since."""
    minor: int
    tax_category: str
    tax_rate: str
    """Decimal, per cent."""
    retaxed: bool
    """Whether its tax was put right: one line takes the amount back by the tax that it had, and
    another one issues it by the right one."""
    before_minor: int
    """What earlier bills had of the charge, taxed as the line is."""
    now_minor: int
    """What it came to by the run that computed the line."""
    mean_price: str | None
    """Of the charge: decimal, in the whole currency, for one of `price_per`, without tax."""
    price_per: PricePer | None
    known: list[Known]
    """How the quantity of the charge is known, of what a register counts."""


class BillTax(Answer):
    """What lines of one category and rate come to."""

    category: str
    rate: str
    """Decimal, per cent."""
    net_minor: int
    tax_minor: int


class BillOfMonth(BillEntry):
    """A bill that has lines of a month."""

    of_month_minor: int
    """What these come to, without tax."""


class Bill(BillEntry):
    """A bill with its lines, and all that was ever issued to the customer for the month."""

    customer_name: str | None
    run_id: int
    lines: list[BillLine]
    taxes: list[BillTax]
    corrects: list[str]
    """Numbers of the earlier bills of its premises and months."""
    history: list[BillOfMonth]
    """All bills that have lines of the month, this one too, the oldest first."""
    month_net_minor: int
    """What these lines come to together, without tax."""
    month_waiting_minor: int
    """What else was found of the month, and will be on the next bill, without tax."""


class StoryPart(Quantity):
    """What a line has of some time."""

    start: Moment
    end: Moment
    known: list[Known]


class LineStory(Answer):
    """What a line is made of, by the run that issued it."""

    number: str
    line: int
    time_zone: str
    what: str | None
    """How parts make the charge; null if it cannot be told here, or follows from other lines."""
    parts: list[StoryPart]


@dataclass(frozen=True, slots=True)
class WholeBill:
    """All that is known of a bill."""

    entry: ListedDocument
    customer_name: str | None
    lines: tuple[ShownLine, ...]
    taxes: tuple[DocumentTax, ...]
    history: tuple[tuple[ListedDocument, int], ...]
    """Each with what it has of the month, without tax."""
    waiting_minor: int
    """What is of the month and on no bill yet."""
    corrects: tuple[str, ...]
    plan_names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of a line, of some time."""

    begin_ms: int
    end_ms: int
    quantity: int
    by_letter: Mapping[Letter, int]


def quantity(unit: Unit, thousandths: int) -> dict[str, Any]:
    """The fields of `Quantity`."""
    said: dict[str, Any] = dict.fromkeys(Quantity.model_fields)
    match unit:
        case "mwh":
            said["energy_wh"] = thousandths / 1_000
        case "ml":
            said["volume_l"] = thousandths / 1_000
        case "w":
            said["demand_w"] = float(thousandths)
        case "days":
            said["days"] = thousandths
        case "none":
            pass
    return said


def bill_entry(each: ListedDocument) -> BillEntry:
    """A bill as lists have it."""
    return BillEntry(**_entry(each))


def bill(found: WholeBill) -> Bill:
    """A bill as it is answered."""
    entry = found.entry
    return Bill(
        **_entry(entry),
        customer_name=found.customer_name,
        run_id=entry.run_id,
        lines=[_line(number, line, found.plan_names) for number, line in enumerate(found.lines, 1)],
        taxes=[
            BillTax(
                category=each.category,
                rate=_plain(each.rate),
                net_minor=each.net_minor,
                tax_minor=each.tax_minor,
            )
            for each in found.taxes
        ],
        corrects=list(found.corrects),
        history=[
            BillOfMonth(**_entry(each), of_month_minor=minor) for each, minor in found.history
        ],
        month_net_minor=sum(minor for _, minor in found.history),
        month_waiting_minor=found.waiting_minor,
    )


def line_story(
    number: str,
    line: int,
    time_zone: str,
    what: str | None,
    unit: Unit,
    pieces: Sequence[Piece],
    *,
    by_day: bool,
) -> LineStory:
    """What a line is made of, by its periods or by local days."""
    zone = ZoneInfo(time_zone)
    parts = _by_day(pieces, zone) if by_day else pieces
    return LineStory(
        number=number,
        line=line,
        time_zone=time_zone,
        what=what,
        parts=[
            StoryPart(
                start=moment(each.begin_ms, zone),
                end=moment(each.end_ms, zone),
                known=_known(unit, sorted(each.by_letter.items())),
                **quantity(unit, each.quantity),
            )
            for each in parts
        ],
    )


def _entry(each: ListedDocument) -> dict[str, Any]:
    return {
        "number": each.number,
        "kind": each.kind,
        "customer": f"{each.customer_id}",
        "month": each.month,
        "issued_at": moment(each.issued_at_ms, ZoneInfo(each.time_zone)),
        "site_id": each.site_id,
        "time_zone": each.time_zone,
        "premises": list(each.premises),
        "currency": each.currency,
        "minor_digits": minor_digits(each.currency),
        "net_minor": each.net_minor,
        "tax_minor": each.tax_minor,
        "gross_minor": each.gross_minor,
        "provisional": each.is_provisional,
        "estimated": each.is_estimated,
    }


def _line(number: int, shown: ShownLine, plan_names: Mapping[str, str]) -> BillLine:
    line, charge = shown.line, shown.charge
    named, _, since = line.key.component.partition("@")
    plan_id, _, component = (*named.rsplit("/", 2), "", "")[:3]
    price = None if charge is None else _mean_price(charge)
    return BillLine(
        line=number,
        month=line.key.month,
        premises_id=line.key.premises_id,
        plan_id=plan_id,
        plan_name=plan_names.get(plan_id, plan_id),
        component=component,
        band=line.key.band or None,
        since=since or None,
        reason=line.reason,
        minor=line.minor,
        tax_category=line.tax_category,
        tax_rate=_plain(tax_rate_of(line)),
        retaxed=shown.is_retaxed,
        before_minor=shown.before,
        now_minor=shown.before + line.minor,
        mean_price=price,
        price_per=None if price is None else _PER[line.unit][0],
        known=[] if charge is None else _known(charge.unit, charge.by_letter),
        **quantity(line.unit, line.quantity),
    )


def _mean_price(charge: Charge) -> str | None:
    if charge.unit not in _PER or not charge.quantity:
        return None
    _, many = _PER[charge.unit]
    price = Decimal(charge.exact).scaleb(-EXACT_DECIMALS) * many / charge.quantity
    return _plain(price.quantize(_PRICE_DECIMALS))


def _known(unit: Unit, letters: Iterable[tuple[Letter, int]]) -> list[Known]:
    return [
        Known(how=HOW[letter], **quantity(unit, amount)) for letter, amount in letters if amount
    ]


def _by_day(pieces: Iterable[Piece], zone: ZoneInfo) -> list[Piece]:
    days = []
    for _, of_day in groupby(pieces, lambda each: moment(each.begin_ms, zone).date()):
        its = list(of_day)
        letters: Counter[Letter] = Counter()
        for each in its:
            letters.update(each.by_letter)
        total = sum(each.quantity for each in its)
        days.append(Piece(its[0].begin_ms, its[-1].end_ms, total, letters))
    return days


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
