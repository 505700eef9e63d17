"""What a layout gets: every text of a document, ready to be set, as JSON can say it."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from billing.documents.invoice import Address, Counted, Invoice, Line, Party
from billing.documents.speech import Speech, printed_quantities, shares, speech_of
from billing.documents.template import Template
from billing.tariffs.unit_price import TIER
from billing.tariffs.units import Sold
from contracts.billing import Letter, Unit

Printed = dict[str, Any]

_ENERGY = ("energy", "tiers", "export")
"""Kinds of lines whose quantity was counted by a register."""
_SHOWN_MONTHS = 13


def printed(invoice: Invoice, template: Template) -> Printed:
    """A document in a template's words."""
    speech = speech_of(invoice, template.words)
    labels = template.words["labels"]
    ordinary = [line for line in invoice.lines if line.reason is None]
    changed = [line for line in invoice.lines if line.reason is not None]
    return {
        "title": title(invoice, template),
        "number": invoice.number,
        "lang": invoice.locale.partition("-")[0],
        "region": invoice.locale.partition("-")[2],
        "issued": [invoice.issued.year, invoice.issued.month, invoice.issued.day],
        "accent": template.accent,
        "has_logo": bool(template.logo),
        "labels": dict(labels),
        "provisional": template.words["sentences"]["provisional"] if invoice.provisional else "",
        "seller": _party(invoice.seller, invoice, speech),
        "buyer": _party(invoice.buyer, invoice, speech),
        "supplied": ", ".join(_address(invoice.supplied, invoice)) if invoice.supplied else "",
        "facts": _facts(invoice, speech),
        "period": speech.span(invoice.span),
        "hours": speech.hours(invoice.hours),
        "summary": _summary(invoice, speech),
        "sections": _sections(invoice, ordinary, speech),
        "adjustments": _adjustments(invoice, changed, speech),
        "registers": [_register(each, speech) for each in invoice.registers],
        "totals": _totals(invoice, speech),
        "quality": _quality(invoice, speech),
        "estimated": template.words["sentences"]["estimated"],
        "history": _history(invoice, speech),
        "comparison": _comparison(invoice, speech),
        "payment": _payment(invoice, speech),
        "notes": list(invoice.notes),
    }


def title(invoice: Invoice, template: Template) -> str:
    """What the document is called."""
    return template.words["titles"]["provisional" if invoice.provisional else invoice.kind]


def line_text(line: Line, speech: Speech) -> str:
    """What a line is for, without its band: `Energy`, or `Water` of what is no energy."""
    if not line.name and line.unit == "ml" and line.kind in _ENERGY:
        return speech.words["commodities"][line.commodity]
    kinds = speech.words["kinds"]
    return line.name or kinds.get(line.kind, line.kind)


def band_text(line: Line, speech: Speech) -> str:
    """What a plan calls the line's band; tiers of a quantity have numbers and no names."""
    if line.kind == "tiers" and line.band.startswith(TIER):
        return speech.words["sentences"]["tier"].format(number=line.band.removeprefix(TIER))
    return line.band


def _facts(invoice: Invoice, speech: Speech) -> list[list[str]]:
    labels = speech.words["labels"]
    number = "credit_number" if invoice.kind == "credit_note" else "number"
    facts = [
        (labels[number], "" if invoice.provisional else invoice.number),
        (labels["issued"], speech.day(invoice.issued)),
        (labels["customer"], invoice.buyer.number),
        (labels["contract"], invoice.contract),
        (labels["premises"], invoice.premises_id),
        (labels["plan"], invoice.plan),
    ]
    facts.append((labels["corrects"], ", ".join(each.number for each in invoice.preceding)))
    return [[label, value] for label, value in facts if value]


def _party(party: Party, invoice: Invoice, speech: Speech) -> Printed:
    labels = speech.words["labels"]
    ids = [
        (labels["vat_id"], party.vat_id),
        (labels["tax_number"], party.tax_number),
        (labels["legal_id"], party.legal_id),
    ]
    return {
        "name": party.name,
        "address": _address(party.address, invoice),
        "contact": [each for each in (party.phone, party.email, party.website) if each],
        "ids": [f"{label} {value}" for label, value in ids if value],
    }


def _address(address: Address, invoice: Invoice) -> list[str]:
    # Where the code stands last; elsewhere it stands before the town.
    behind = address.country in ("GB", "IE", "US", "CA", "AU", "NZ", "IN")
    town = (address.city, address.post_code) if behind else (address.post_code, address.city)
    foreign = [address.country] if address.country != invoice.seller.address.country else []
    return [*address.lines, " ".join(each for each in town if each), *foreign]


def _summary(invoice: Invoice, speech: Speech) -> Printed:
    """The one number that a customer looks for, and what is to be done."""
    labels, sentences = speech.words["labels"], speech.words["sentences"]
    payable = invoice.payable_minor
    amount = speech.money(abs(payable))
    due = speech.day(invoice.due) if invoice.due else ""
    payment = invoice.payment
    if invoice.provisional:
        label, sentence = labels["so_far"], sentences["provisional"]
    elif payable < 0:
        label, sentence = labels["to_get"], sentences["refund"].format(amount=amount)
    elif payable == 0:
        label, sentence = labels["to_pay"], sentences["nothing"]
    elif payment and payment.means == "debit" and due:
        label = labels["to_pay"]
        account = _masked(payment.debtor_iban)
        sentence = sentences["debit"].format(amount=amount, account=account, due=due)
    else:
        label = labels["to_pay"]
        sentence = sentences["pay" if due else "pay_undated"].format(amount=amount, due=due)
    return {"label": label, "amount": amount, "sentence": sentence}


def _masked(iban: str) -> str:
    compact = iban.replace(" ", "")
    return f"{compact[:2]} … {compact[-4:]}" if compact else ""


def _sections(invoice: Invoice, lines: Sequence[Line], speech: Speech) -> list[Printed]:
    """The lines by premises, of which the title says which if there are several, and commodity;
    each with its rows and their sum."""
    groups: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in lines:
        groups[_place(line, invoice), line.commodity].append(line)
    return [
        {
            "title": " · ".join(
                each for each in (place, speech.words["commodities"][commodity]) if each
            ),
            "rows": _rows(invoice, group, speech),
            "amount": speech.money(invoice.sign * sum(line.minor for line in group)),
        }
        for (place, commodity), group in groups.items()
    ]


def _place(line: Line, invoice: Invoice) -> str:
    return line.premises_id if invoice.places > 1 else ""


def _rows(invoice: Invoice, lines: Sequence[Line], speech: Speech) -> list[Printed]:
    quantities = _quantities(invoice, lines)
    return [
        {
            "text": line_text(line, speech),
            "band": band_text(line, speech),
            "period": speech.span(line.span) if line.span and line.span != invoice.span else "",
            "quantity": speech.quantity(quantity, line.sold or line.unit),
            "mark": _mark(line, speech),
            "price": speech.price(line.price, line.sold or line.unit),
            "amount": speech.money(invoice.sign * line.minor),
        }
        for line, quantity in zip(lines, quantities, strict=True)
    ]


def _adjustments(invoice: Invoice, lines: Sequence[Line], speech: Speech) -> list[Printed]:
    reasons = speech.words["reasons"]
    return [
        {
            "month": speech.month(line.month),
            "text": " · ".join(filter(None, (_place(line, invoice), line_text(line, speech)))),
            "band": band_text(line, speech),
            "reason": reasons[line.reason] if line.reason else "",
            "period": speech.span(line.span) if line.span else "",
            "quantity": speech.quantity(quantity, line.sold or line.unit, signed=invoice.sign > 0),
            "amount": speech.money(invoice.sign * line.minor),
        }
        for line, quantity in zip(lines, _quantities(invoice, lines), strict=True)
    ]


def _quantities(invoice: Invoice, lines: Sequence[Line]) -> list[int]:
    """As printed, so that those of one thing add up to its printed sum."""
    places: dict[tuple[str, str, Unit, Sold | None], list[int]] = defaultdict(list)
    for place, line in enumerate(lines):
        places[line.premises_id, line.component, line.unit, line.sold].append(place)
    found = [0] * len(lines)
    for (_, _, unit, sold), these in places.items():
        signed = [
            # What was fed in is no less because it is paid for.
            lines[place].quantity * (1 if lines[place].kind == "export" else invoice.sign)
            for place in these
        ]
        for place, quantity in zip(these, printed_quantities(signed, unit, sold), strict=True):
            found[place] = quantity
    return found


def _mark(line: Line, speech: Speech) -> str:
    """A letter for each way in which some of a line is known, other than by measuring."""
    marks = speech.words["marks"]
    return "".join(
        dict.fromkeys(marks.get(letter.name, "") for letter, part in line.by_letter if part)
    )


def _register(counted: Counted, speech: Speech) -> Printed:
    def reading(value: int, ms: int, letter: Letter) -> Printed:
        mark = speech.words["marks"].get(letter.name, "")
        return {
            "value": speech.register(value, counted.unit),
            "at": speech.moment(ms),
            "mark": mark,
        }

    (used,) = printed_quantities([counted.used], counted.unit)
    return {
        "meter": counted.register_id,
        "commodity": speech.words["commodities"][counted.commodity],
        "opening": reading(counted.opening, counted.span.begin_ms, counted.opening_letter),
        "closing": reading(counted.closing, counted.span.end_ms, counted.closing_letter),
        "used": speech.quantity(used, counted.unit),
        "is_export": counted.is_export,
    }


def _totals(invoice: Invoice, speech: Speech) -> Printed:
    labels, sign = speech.words["labels"], invoice.sign
    taxes = []
    for total in invoice.taxes:
        label = labels["tax" if total.tax.rate else "untaxed"].format(
            rate=speech.percent(total.tax.rate / 100, 2), net=speech.money(sign * total.net_minor)
        )
        text = f"{label} ({total.tax.exemption})" if total.tax.exemption else label
        taxes.append([text, speech.money(sign * total.tax_minor)])
    paid = [[labels["paid"], speech.money(-invoice.paid_minor)]] if invoice.paid_minor else []
    return {
        "net": [labels["net"], speech.money(sign * invoice.net_minor)],
        "taxes": taxes,
        "gross": [labels["gross"], speech.money(sign * invoice.gross_minor)],
        "paid": paid,
    }


def _quality(invoice: Invoice, speech: Speech) -> list[dict[str, str]]:
    """How much of the energy is known how, with the mark that lines and registers bear for it;
    empty where all of it was measured."""
    parts: Counter[Letter] = Counter()
    for line in invoice.lines:
        if line.reason is None and line.kind in _ENERGY:
            parts.update({each: abs(part) for each, part in line.by_letter if each != Letter.N})
    found = shares(parts)
    read = {each.opening_letter for each in invoice.registers}
    read |= {each.closing_letter for each in invoice.registers}
    letters = sorted({*found, *read} - {Letter.N}, reverse=True)
    if set(letters) <= {Letter.A}:
        return []
    return [
        {
            "share": speech.percent(found[letter]) if letter in found else "",
            "words": speech.words["letters"][letter.name],
            "mark": speech.words["marks"].get(letter.name, ""),
        }
        for letter in letters
    ]


def _history(invoice: Invoice, speech: Speech) -> list[Printed]:
    months = sorted(invoice.history, key=lambda use: use.month)[-_SHOWN_MONTHS:]
    most = max((use.quantity for use in months), default=0)
    if most <= 0:
        return []
    now = speech.local(invoice.span.begin_ms).strftime("%Y-%m")
    return [
        {
            "month": speech.month(use.month, "LLL"),
            "year": use.month[:4] if place == 0 or use.month.endswith("-01") else "",
            "quantity": speech.whole(use.quantity),
            "unit": speech.words["units"][use.unit],
            "height": float(round(Decimal(max(0, use.quantity)) / most, 4)),
            "is_now": use.month == now,
        }
        for place, use in enumerate(months)
    ]


def _comparison(invoice: Invoice, speech: Speech) -> Printed | None:
    comparison = invoice.comparison
    if comparison is None:
        return None
    sentences = speech.words["sentences"]
    plans = sorted(comparison.plans, key=lambda plan: plan.gross_minor)
    own = next((plan for plan in plans if plan.is_own), plans[0])
    saved = own.gross_minor - plans[0].gross_minor
    verdict = (
        sentences["better"].format(plan=plans[0].name, amount=speech.money(saved))
        if saved > 0
        else sentences["best"]
    )
    return {
        "plans": [
            {"name": plan.name, "amount": speech.money(plan.gross_minor), "is_own": plan.is_own}
            for plan in plans
        ],
        "verdict": verdict,
        "basis": sentences["as_used"].format(
            months=comparison.months, estimated=speech.percent(comparison.estimated_share)
        ),
    }


def _payment(invoice: Invoice, speech: Speech) -> list[list[str]]:
    payment, labels = invoice.payment, speech.words["labels"]
    if payment is None or invoice.payable_minor <= 0 or invoice.provisional:
        return []
    if payment.means == "debit":
        rows = [(labels["mandate"], payment.mandate), (labels["reference"], payment.reference)]
    else:
        rows = [
            (labels["account_name"], payment.account_name or invoice.seller.name),
            (labels["iban"], payment.iban),
            (labels["account"], payment.account),
            (labels["bic"], payment.bic),
            (labels["reference"], payment.reference or invoice.number),
        ]
    return [[label, value] for label, value in rows if value]
