"""Documents of a home that uses 100 Wh each half-hour, from its curve to what is kept with them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from billing.curve.segments import Segments, joined_segments
from billing.documents.content import contents
from billing.settlement.bills import bills, rates
from billing.settlement.ledger import deltas
from billing.settlement.month import month_of
from billing.settlement.readings import readings
from billing.settlement.settle import settle
from billing.tariffs.calendar import calendar_of
from billing.tariffs.plan import EXAMPLES, Plan, load
from billing.tariffs.versions import plans_of
from contracts.billing import Charge, LedgerLine
from contracts.issued import Document, DocumentTax, Earlier, NewDocument, Parties, StoredLine
from contracts.masters import CalorificValue, Contract, Masters, Occupancy, Premises, Site, TaxRate
from tests.support.london import HALF_HOURS, prices
from tests.unit.billing.settlement.homes import HOME, A, curve, installed, version

HALF_HOUR_MWH = 100_000
SELLER = {
    "name": "Thames Light & Power",
    "address": {"lines": ["12 Embankment Yard"], "post_code": "SE1 9PP", "city": "London"}
    | {"country": "GB"},
    "vat_id": "GB123456789",
    "iban": "GB33BUKB20201555555555",
    "payment_days": 10,
    "locale": "en-GB",
}
ADA = {"name": "Ada", "address": {"lines": ["48 Lavender Hill"], "city": "London"}}
PLANS = {path.stem: load(path.read_text(), path.stem) for path in sorted(EXAMPLES.glob("*.toml"))}
PARTIES = Parties(SELLER, {A: ADA}, {}, {})
OPENINGS_MWH = {0: 5_000_000, 1: 7_000_000}
ISSUED_MS = 1_376_002_800_000
"""Midnight of 9 August 2013 in London: the 8th in UTC."""


def home(plan: Plan, occupancies: Sequence[tuple[int, int, int | None]]) -> Masters:
    """A home where the plan may be used, whose customers all have it."""
    registers = [replace(installed(), commodity=plan.commodity)]
    registers.append(replace(registers[0], register_id=f"{HOME}:export", direction="export"))
    zone = "Europe/London"
    return Masters(
        as_of_ms=0,
        sites=(Site("site", zone, plan.currency, plan.tax_region or "GB", gas_zone="NT"),),
        premises=(Premises(HOME, "site"),),
        occupancies=tuple(Occupancy(HOME, *each) for each in occupancies),
        installations=tuple(replace(each, premises_id=HOME) for each in registers),
        contracts=tuple(
            Contract(HOME, who, plan.commodity, plan.id, 0, None)
            for who in {each[0] for each in occupancies}
        ),
        plans=(version(plan.id),),
        prices=prices(),
        calorific_values=tuple(
            CalorificValue("NT", date(2013, 6, 1) + timedelta(days), Decimal("39.5"))
            for days in range(90)
        ),
        tax_rates=tuple(
            TaxRate(plan.tax_region or "GB", category, date(2000, 1, 1), None, Decimal(rate))
            for category, rate in (("S", 5), ("Z", 0))
        ),
    )


def documents(
    masters: Masters,
    *,
    month: str = "2013-07",
    issued: Sequence[LedgerLine] = (),
    before: Sequence[Charge] = (),
    waited: Sequence[StoredLine] = (),
    parties: Parties = PARTIES,
) -> list[Document]:
    """What a run issues, numbered from 1 on after what was issued before."""
    used = np.full(HALF_HOURS, HALF_HOUR_MWH)
    pieces: list[Segments] = []
    for place in range(len(masters.installations)):
        segments = curve(used // (1 + 3 * place))
        pieces.append(replace(segments, register=np.full_like(segments.register, place)))
    (site,) = masters.sites
    calendar = calendar_of(site, masters.holidays)
    settled = settle(
        masters, site.site_id, masters.installations, [joined_segments(*pieces)], month
    )
    rate = rates(site.tax_region, masters.tax_rates)
    own = bills(deltas(settled.charges, issued, rate, before=before).lines, waited)
    kept = contents(
        own,
        settled,
        readings(settled.counted, OPENINGS_MWH),
        site,
        month_of(month, calendar, site, masters.tax_rates),
        {bill.month: calendar.local_month(bill.month) for bill in own},
        plans_of(masters.plans),
        parties,
    )
    first = 1 + sum(len(each) for each in parties.earlier.values())
    return [
        stored(first + place, bill.kind, bill.customer_id, bill.month, site.currency, bill, content)
        for place, (bill, content) in enumerate(zip(own, kept, strict=True))
    ]


def stored(
    place: int,
    kind: Any,  # noqa: ANN401
    customer_id: int,
    month: str,
    currency: str,
    bill: Any,  # noqa: ANN401
    content: Mapping[str, Any],
) -> Document:
    """As PostgreSQL gives it back: what was kept went through JSON."""
    totals = bill.totals
    return Document(
        f"{place:08}",
        place,
        place,
        ISSUED_MS,
        NewDocument(
            *(kind, customer_id, month, currency, totals.net, totals.tax, totals.gross),
            taxes=tuple(
                DocumentTax(each.category, Decimal(f"{each.rate}.0000"), each.net, each.tax)
                for each in totals.groups
            ),
            lines=bill.lines,
            content=json.loads(json.dumps(content)),
        ),
    )


def earlier(of: Document) -> Parties:
    """The same parties, after a document."""
    place = of.said.customer_id, HOME, of.said.month
    return replace(PARTIES, earlier={place: [Earlier(of.number, of.issued_at_ms)]})
