"""The invoice that a document was issued as, made of what is kept with it (`content`) alone."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

from billing.documents.invoice import (
    Address,
    Counted,
    DocumentError,
    Invoice,
    Line,
    MonthUse,
    Party,
    Payment,
    Preceding,
    Reason,
    Tax,
    TaxTotal,
)
from billing.documents.template import template
from billing.settlement.bills import SINCE
from billing.tariffs.money import minor_digits, vat_category
from contracts.billing import LedgerLine, Letter
from contracts.energy import Span
from contracts.issued import Document
from contracts.time import SECOND_MS

LOCALES = {"en": "en-GB", "de": "de-DE", "fr": "fr-FR"}
"""How a language is written where the seller writes another."""


def invoice_of(
    document: Document, language: str | None = None, history: Sequence[MonthUse] = ()
) -> Invoice:
    """What a document says; the same whenever it is asked.

    Args:
        document: With its lines and taxes.
        language: `en`, `de` or `fr`; the seller's own if absent.
        history: What was used in months up to the document's.

    Raises:
        DocumentError: nobody was known to sell when it was issued, or it cannot be said.
    """
    said, content = document.said, document.said.content
    if "lines" not in content:
        raise DocumentError(
            f"document {document.number} was issued by a version that kept too little to print it: "
            "`wattstream bill show` says what it is of"
        )
    seller = content.get("seller")
    if seller is None:
        raise DocumentError(
            f"document {document.number} does not say who sells: load seller.csv by `wattstream "
            "masters load`, and it has the first seller that is recorded"
        )
    locale = _locale(language, seller["locale"])
    zone = ZoneInfo(content["time_zone"])
    issued = _day(document.issued_at_ms, zone)
    home = _address(seller["address"], seller["address"]["country"])
    customer = content.get("customer") or {}
    lines = [
        _line(line, detail, locale)
        for line, detail in zip(said.lines, content["lines"], strict=True)
    ]
    names = dict.fromkeys(detail["plan"] for detail in content["lines"])
    premises = content["premises"]
    return Invoice(
        number=document.number,
        issued=issued,
        currency=said.currency,
        exponent=minor_digits(said.currency),
        locale=locale,
        seller=Party(
            seller["name"],
            home,
            **{
                field: seller.get(field) or ""
                for field in ("vat_id", "tax_number", "legal_id", "email", "phone", "website")
            },
        ),
        buyer=Party(
            customer.get("name") or f"{said.customer_id}",
            _address(customer.get("address") or {}, home.country),
            number=f"{said.customer_id}",
        ),
        premises_id=premises[0] if len(premises) == 1 else "",
        supplied=_address(content["address"], home.country) if content.get("address") else None,
        time_zone=content["time_zone"],
        span=Span(*content["span"]),
        lines=tuple(lines),
        taxes=_totals(document, locale),
        due=issued + timedelta(days=seller["payment_days"]) if said.gross_minor > 0 else None,
        plan=", ".join(names),
        registers=tuple(map(_register, content["registers"])),
        payment=_payment(seller),
        preceding=tuple(
            Preceding(each["number"], date.fromisoformat(each["issued"]))
            for each in content["corrects"]
        ),
        history=tuple(history),
    )


def _locale(language: str | None, own: str) -> str:
    if language is None or own.partition("-")[0] == language:
        return own
    if language not in LOCALES:
        raise DocumentError(f"language is {language!r}: give one of {', '.join(LOCALES)}")
    return LOCALES[language]


def _line(line: LedgerLine, detail: Mapping[str, Any], locale: str) -> Line:
    key = line.key
    price, span = detail.get("price"), detail.get("span")
    return Line(
        premises_id=key.premises_id,
        month=key.month,
        component=key.component.partition(SINCE)[0],
        band=key.band,
        unit=line.unit,
        quantity=line.quantity,
        minor=line.minor,
        tax=_tax(line.tax_category, Decimal(detail["rate"]), locale),
        price=None if price is None else Decimal(price),
        name=detail["name"],
        span=None if span is None else Span(*span),
        commodity=detail["commodity"],
        by_letter=tuple(
            sorted(
                (Letter[name], quantity) for name, quantity in detail.get("by_letter", {}).items()
            )
        ),
        reason=cast(Reason, line.reason) if detail["adjusts"] else None,
        sold=detail["sold"],
    )


def _register(said: Mapping[str, Any]) -> Counted:
    return Counted(
        register_id=said["register_id"],
        commodity=said["commodity"],
        unit="mwh" if said["commodity"] == "electricity" else "ml",
        span=Span(*said["span"]),
        opening=said["opening"],
        closing=said["closing"],
        used=said["closing"] - said["opening"],
        is_export=said["is_export"],
    )


def _totals(document: Document, locale: str) -> tuple[TaxTotal, ...]:
    return tuple(
        TaxTotal(_tax(each.category, each.rate, locale), each.net_minor, each.tax_minor)
        for each in document.said.taxes
    )


def _tax(category: str, rate: Decimal, locale: str) -> Tax:
    known = vat_category(category, rate)
    return Tax(known, _short(rate), template(locale).words["exemptions"].get(known, ""))


def _short(rate: Decimal) -> Decimal:
    """5 of 5.0000, so that one rate is one."""
    return Decimal(f"{rate.normalize():f}")


def _payment(seller: Mapping[str, Any]) -> Payment | None:
    fields = {name: seller.get(name) or "" for name in ("iban", "account", "account_name", "bic")}
    if not fields["iban"] and not fields["account"]:
        return None
    return Payment("transfer", **fields)


def _address(said: Mapping[str, Any], country: str) -> Address:
    """As much as it says: what was typed in cannot be mended once it was issued."""
    lines = said.get("lines")
    own = said.get("country")
    return Address(
        tuple(f"{line}" for line in lines[:3]) if isinstance(lines, list) else (),
        f"{said.get('post_code') or ''}",
        f"{said.get('city') or ''}",
        own if isinstance(own, str) and re.fullmatch("[A-Z]{2}", own) else country,
    )


def _day(ms: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(ms // SECOND_MS, UTC).astimezone(zone).date()
