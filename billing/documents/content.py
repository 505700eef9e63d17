"""What documents say beside the amounts of their lines, kept when they are issued, so that they can
be printed for ever as they were: names, addresses, prices, times.

`issued` makes an `Invoice` of it. All of it is what JSON can say.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from billing.settlement.allocation import Supply
from billing.settlement.bills import SINCE, Bill, tax_rate_of
from billing.settlement.month import Month
from billing.settlement.readings import Reading
from billing.settlement.settlement import Settlement
from billing.tariffs.plan import Plan
from billing.tariffs.unit_price import unit_price
from contracts.billing import Charge, ChargeKey, LedgerLine
from contracts.energy import Span
from contracts.issued import Parties
from contracts.masters import Site
from contracts.time import SECOND_MS

Plans = Mapping[tuple[str, int], Plan]
"""By id and version."""
Shown = Mapping[tuple[int, str], Sequence[Reading]]
"""By customer and premises."""


def contents(
    bills: Iterable[Bill],
    settlement: Settlement,
    shown: Shown,
    site: Site,
    month: Month,
    spans: Mapping[str, Span],
    plans: Plans,
    parties: Parties,
) -> list[dict[str, Any]]:
    """The content of each bill's document, in their order.

    Args:
        settlement: Of the run that issues them.
        shown: By registers, as `readings` finds it.
        month: That of the run.
        spans: Of the month of each bill.
        plans: All versions that are known.
    """
    supplies: dict[tuple[int, str], list[Supply]] = defaultdict(list)
    for each in settlement.supplied:
        supplies[each.supply.customer_id, each.supply.premises_id].append(each.supply)
    known = _Known(
        month,
        plans,
        _by_id(plans),
        {charge.key: charge for charge in settlement.charges},
        supplies,
        shown,
        parties,
        ZoneInfo(site.time_zone),
    )
    return [_content(bill, spans[bill.month], site, known) for bill in bills]


@dataclass(frozen=True, slots=True)
class _Known:
    """What all documents of a run are made of."""

    month: Month
    plans: Plans
    versions: Mapping[str, Sequence[Plan]]
    charges: Mapping[ChargeKey, Charge]
    supplies: Mapping[tuple[int, str], Sequence[Supply]]
    shown: Shown
    parties: Parties
    zone: ZoneInfo


def _content(bill: Bill, month: Span, site: Site, known: _Known) -> dict[str, Any]:
    parties = known.parties
    premises = sorted({line.key.premises_id for line in bill.lines})
    # What has waited may be all there is, and of other months than the run.
    places = [
        (bill.customer_id, premises_id)
        for premises_id in premises
        if bill.month == known.month.name
    ]
    whole = _hull(each for place in places for each in known.supplies.get(place, ()))
    span = whole or month
    corrected = {
        each.number: each.issued_at_ms
        for key in {_of_month(line) for line in bill.lines}
        for each in parties.earlier.get(key, ())
    }
    return {
        "seller": parties.seller,
        "customer": parties.customers.get(bill.customer_id),
        "site_id": site.site_id,
        "time_zone": site.time_zone,
        "premises": premises,
        "address": parties.addresses.get(premises[0]) if len(premises) == 1 else None,
        "span": _written(span),
        "corrects": [
            {"number": number, "issued": f"{_day(corrected[number], known.zone)}"}
            for number in sorted(corrected)
        ],
        "lines": [_line(line, span, known) for line in bill.lines],
        "registers": [_register(each) for place in places for each in known.shown.get(place, ())],
    }


def _line(line: LedgerLine, whole: Span, known: _Known) -> dict[str, Any]:
    key = line.key
    place = key.customer_id, key.premises_id
    component, _, since = key.component.partition(SINCE)
    plan_id, number, kind = component.split("/")
    own = [
        each
        for each in known.supplies.get(place, ())
        if each.plan is not None
        and each.plan.plan_id == plan_id
        and f"{known.month.since(each.span) or ''}" == since
    ]
    versions = sorted({each.plan.version for each in own if each.plan is not None})
    place_in_plan = int(number) - 1
    # What nobody has any more, or the plan not, was on an earlier document.
    plans = _having([known.plans[plan_id, each] for each in versions], place_in_plan, kind)
    plans = plans or _having(known.versions[plan_id], place_in_plan, kind)[-1:]
    plan = plans[-1] if plans else known.versions[plan_id][-1]
    rate = tax_rate_of(line)
    detail = {
        "plan": plan.name,
        "commodity": plan.commodity,
        "name": plan.components[place_in_plan].label if plans else "",
        "rate": f"{rate}",
        "sold": plan.sold if line.unit == "ml" and plan.sold != "m3" else None,
        # What earlier documents said is adjusted; all else is told for the first time.
        "adjusts": key.month != known.month.name or _of_month(line) in known.parties.earlier,
    }
    charge = known.charges.get(key)
    if detail["adjusts"] or charge is None:
        return detail
    prices = {unit_price(each, place_in_plan, charge, rate) for each in plans}
    price = prices.pop() if len(prices) == 1 else None
    span = _hull(own)
    return detail | {
        "price": None if price is None else f"{price}",
        "by_letter": {letter.name: quantity for letter, quantity in charge.by_letter},
        "span": None if span in (None, whole) else _written(span),
    }


def _of_month(line: LedgerLine) -> tuple[int, str, str]:
    return line.key.customer_id, line.key.premises_id, line.key.month


def _by_id(plans: Plans) -> dict[str, list[Plan]]:
    found: dict[str, list[Plan]] = defaultdict(list)
    for (plan_id, _), plan in sorted(plans.items()):
        found[plan_id].append(plan)
    return found


def _having(plans: Sequence[Plan], place: int, kind: str) -> list[Plan]:
    """Those that have a component of a kind at a place."""
    return [
        each
        for each in plans
        if place < len(each.components) and each.components[place].kind == kind
    ]


def _register(shown: Reading) -> dict[str, Any]:
    counted = shown.counted
    return {
        "register_id": counted.register_id,
        "commodity": counted.commodity,
        "is_export": counted.direction == "export",
        "span": _written(shown.span),
        "opening": shown.opening_mwh,
        "closing": shown.closing_mwh,
    }


def _hull(supplies: Iterable[Supply]) -> Span | None:
    spans = [each.span for each in supplies]
    if not spans:
        return None
    return Span(min(each.begin_ms for each in spans), max(each.end_ms for each in spans))


def _written(span: Span) -> list[int]:
    return [span.begin_ms, span.end_ms]


def _day(ms: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(ms / SECOND_MS, zone).date().isoformat()
