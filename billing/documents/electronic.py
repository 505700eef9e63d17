"""A document for machines: UN/CEFACT Cross Industry Invoice of EN 16931, which Factur-X, ZUGFeRD
and XRechnung are made of.

Its prices may not be below zero and its amounts have two decimals at most (BR-27, BR-DEC), so
credits have quantities below zero, and currencies of three decimals cannot be said.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from drafthorse.models.accounting import ApplicableTradeTax, BillingSpecifiedPeriod
from drafthorse.models.document import Document
from drafthorse.models.note import IncludedNote
from drafthorse.models.party import PostalTradeAddress, TaxRegistration, TradeParty
from drafthorse.models.payment import PaymentMeans, PaymentTerms
from drafthorse.models.product import ProductCharacteristic
from drafthorse.models.trade import TradeSettlement
from drafthorse.models.tradelines import LineItem
from lxml.etree import XMLSyntaxError

from billing.documents.invoice import CODES, Address, DocumentError, Invoice, Line, Party, Payment
from billing.documents.printed import band_text, line_text, printed
from billing.documents.speech import DECIMALS, Speech, last_day, speech_of
from billing.documents.template import Template
from billing.documents.template import template as template_for
from contracts.billing import PRICE_DECIMALS, Unit
from contracts.energy import Span

PROFILE = "urn:cen.eu:en16931:2017"
SCHEMA = "FACTUR-X_EN16931"
DECIMALS_AT_MOST = 2

_UNITS: Mapping[Unit, str] = {"mwh": "KWH", "ml": "MTQ", "w": "KWT", "days": "DAY", "none": "C62"}
"""Codes of UN/ECE recommendation 20."""
_MEANS = {
    ("transfer", True): "58",
    ("transfer", False): "30",
    ("debit", True): "59",
    ("debit", False): "49",
}
"""UNTDID 4461, by whether it is by SEPA."""


def is_possible(invoice: Invoice) -> bool:
    """Whether EN 16931 can say it: neither what is provisional nor a thousandth of a dinar."""
    return not invoice.provisional and invoice.exponent <= DECIMALS_AT_MOST


def xml(invoice: Invoice, template: Template | None = None) -> bytes:
    """A document as XML that the schema of Factur-X EN 16931 accepts; texts in the words of a
    template, without one in the project's own.

    Raises:
        DocumentError: EN 16931 cannot say it, or there are no words for the document's language.
    """
    if invoice.provisional:
        raise DocumentError(
            "provisional is True: what is not an invoice is not for machines; issue it first"
        )
    if invoice.exponent > DECIMALS_AT_MOST:
        raise DocumentError(
            f"exponent is {invoice.exponent}: EN 16931 has {DECIMALS_AT_MOST} decimals at most; "
            "send the PDF and the rows of table.csv"
        )
    chosen = template or template_for(invoice.locale)
    try:
        return bytes(_document(invoice, chosen).serialize(schema=SCHEMA))
    except XMLSyntaxError as error:
        raise DocumentError(
            f"{invoice.number} is no EN 16931: {error.msg}; mend what is named"
        ) from error


def _document(invoice: Invoice, template: Template) -> Document:
    speech = speech_of(invoice, template.words)
    document = Document()
    document.context.guideline_parameter.id = PROFILE
    document.header.id = invoice.number
    document.header.type_code = CODES[invoice.kind]
    document.header.issue_date_time = invoice.issued
    for note in _notes(invoice, template):
        document.header.notes.add(IncludedNote(content=note))
    trade = document.trade
    for place, line in enumerate(invoice.lines, 1):
        trade.items.add(_item(str(place), line, invoice, speech))
    _say_party(trade.agreement.seller, invoice.seller)
    _say_party(trade.agreement.buyer, invoice.buyer)
    if invoice.contract:
        trade.agreement.contract.issuer_assigned_id = invoice.contract
    if invoice.premises_id:
        trade.delivery.ship_to.id = invoice.premises_id
    if invoice.supplied:
        _say_address(trade.delivery.ship_to.address, invoice.supplied)
    settlement = trade.settlement
    settlement.currency_code = invoice.currency
    _say_period(settlement.period, invoice.span, speech.zone)
    if invoice.payment and invoice.kind == "invoice":
        _say_payment(settlement, invoice.payment, invoice)
    settlement.terms.add(_terms(invoice, template))
    # Of several the first; `_notes` has the others, as drafthorse takes one only.
    for each in invoice.preceding[:1]:
        settlement.invoice_referenced_document.issuer_assigned_id = each.number
        settlement.invoice_referenced_document.issue_date_time = each.issued
    _say_sums(settlement, invoice)
    return document


def _notes(invoice: Invoice, template: Template) -> list[str]:
    """What EN 16931 has no field for: hours, registers, how the use is known."""
    said = printed(invoice, template)
    labels = template.words["labels"]
    sentence = template.words["sentences"]["note_reading"]
    readings = [
        sentence.format(
            meter=each["meter"],
            opening=each["opening"]["value"],
            begin=each["opening"]["at"],
            closing=each["closing"]["value"],
            end=each["closing"]["at"],
            used=f"{labels['exported' if each['is_export'] else 'used']} {each['used']}",
        )
        for each in said["registers"]
    ]
    quality = "; ".join(f"{each['share']} {each['words']}".strip() for each in said["quality"])
    more = [f"{labels['corrects']} {each.number}" for each in invoice.preceding[1:]]
    period = f"{said['period']} ({said['hours']})"
    return [each for each in (period, *readings, quality, *more, *invoice.notes) if each]


def _item(place: str, line: Line, invoice: Invoice, speech: Speech) -> LineItem:
    quantity, price, unit = _priced(line, invoice)
    item = LineItem()
    item.document.line_id = place
    names = line_text(line, speech), band_text(line, speech)
    item.product.name = " · ".join(each for each in names if each)
    for name, value in _characteristics(line, invoice, speech):
        item.product.characteristics.add(ProductCharacteristic(description=name, value=value))
    item.agreement.net.amount = _plain(price)
    item.delivery.billed_quantity = (_plain(quantity), unit)
    tax = item.settlement.trade_tax
    tax.type_code = "VAT"
    tax.category_code = line.tax.category
    if line.tax.category != "O":
        tax.rate_applicable_percent = _plain(line.tax.rate)
    if line.span:
        _say_period(item.settlement.period, line.span, speech.zone)
    total = invoice.major(invoice.sign * line.minor)
    item.settlement.monetary_summation.total_amount = _plain(total)
    return item


def _characteristics(line: Line, invoice: Invoice, speech: Speech) -> list[tuple[str, str]]:
    """BG-32, in a template's words."""
    labels = speech.words["labels"]
    pairs = [(labels["premises"], line.premises_id)] if invoice.places > 1 else []
    if line.month:
        pairs.append((labels["month"], speech.month(line.month)))
    if line.reason:
        pairs.append((labels["reason"], speech.words["reasons"][line.reason]))
    return pairs


def _priced(line: Line, invoice: Invoice) -> tuple[Decimal, Decimal, str]:
    """Quantity, price and unit of which the amount is the product: a price is never below zero, so
    the quantity has the amount's sign; where the price does not lead there, the mean does; and
    where there is no quantity, it is one amount."""
    amount = invoice.major(invoice.sign * line.minor)
    quantity = abs(Decimal(line.quantity).scaleb(-DECIMALS[line.unit]))
    sign = -1 if amount < 0 else 1
    if line.unit == "none" or not quantity:
        return Decimal(sign), abs(amount), _UNITS["none"]
    # Of what is printed in another unit the quantity is in m3 here.
    price = None if line.sold else line.price
    if price is None or not _leads(abs(price) * quantity, abs(amount)):
        price = (abs(amount) / quantity).quantize(Decimal(1).scaleb(-PRICE_DECIMALS))
    return sign * quantity, abs(price), _UNITS[line.unit]


def _leads(product: Decimal, amount: Decimal) -> bool:
    return product.quantize(amount, ROUND_HALF_UP) == amount


def _say_party(said: TradeParty, party: Party) -> None:
    said.name = party.name
    if party.number:
        said.id = party.number
    if party.legal_id:
        said.legal_organization.id = party.legal_id
    if party.phone or party.email:
        said.contact.person_name = party.name
    if party.phone:
        said.contact.telephone.number = party.phone
    if party.email:
        said.contact.email.address = party.email
        said.electronic_address.uri_ID = ("EM", party.email)
    _say_address(said.address, party.address)
    for scheme, number in (("VA", party.vat_id), ("FC", party.tax_number)):
        if number:
            said.tax_registrations.add(TaxRegistration(id=(scheme, number)))


def _say_address(said: PostalTradeAddress, address: Address) -> None:
    for name, line in zip(("line_one", "line_two", "line_three"), address.lines, strict=False):
        setattr(said, name, line)
    said.postcode = address.post_code
    said.city_name = address.city
    said.country_id = address.country


def _say_period(said: BillingSpecifiedPeriod, span: Span, zone: ZoneInfo) -> None:
    """By local days, the last one included (BT-73, BT-74)."""
    said.start = last_day(Span(span.begin_ms, span.begin_ms + 1), zone)
    said.end = last_day(span, zone)


def _say_payment(said: TradeSettlement, payment: Payment, invoice: Invoice) -> None:
    means = PaymentMeans(type_code=_MEANS[payment.means, invoice.currency == "EUR"])
    said.payment_reference = payment.reference or invoice.number
    if payment.means == "debit":
        if payment.creditor_id:
            said.creditor_reference_id = payment.creditor_id
        if payment.debtor_iban:
            means.payer_account.iban = _compact(payment.debtor_iban)
    else:
        if payment.iban:
            means.payee_account.iban = _compact(payment.iban)
        elif payment.account:
            means.payee_account.proprietary_id = payment.account
        if payment.account_name:
            means.payee_account.account_name = payment.account_name
        if payment.bic:
            means.payee_institution.bic = payment.bic
    said.payment_means.add(means)


def _terms(invoice: Invoice, template: Template) -> PaymentTerms:
    terms = PaymentTerms(description=printed(invoice, template)["summary"]["sentence"])
    if invoice.due and invoice.payable_minor > 0:
        terms.due = invoice.due
    payment = invoice.payment
    if payment and payment.means == "debit" and payment.mandate and invoice.kind == "invoice":
        terms.debit_mandate_id = payment.mandate
    return terms


def _say_sums(said: TradeSettlement, invoice: Invoice) -> None:
    def amount(minor: int) -> Decimal:
        return invoice.major(invoice.sign * minor)

    for total in invoice.taxes:
        tax = ApplicableTradeTax()
        tax.calculated_amount = _plain(amount(total.tax_minor))
        tax.type_code = "VAT"
        if total.tax.exemption:
            tax.exemption_reason = total.tax.exemption
        tax.basis_amount = _plain(amount(total.net_minor))
        tax.category_code = total.tax.category
        if total.tax.category != "O":
            tax.rate_applicable_percent = _plain(total.tax.rate)
        said.trade_tax.add(tax)
    sums = said.monetary_summation
    sums.line_total = _plain(amount(invoice.net_minor))
    sums.tax_basis_total = amount(invoice.net_minor)
    sums.tax_total = (amount(invoice.tax_minor), invoice.currency)
    sums.grand_total = amount(invoice.gross_minor)
    if invoice.paid_minor:
        sums.prepaid_total = _plain(amount(invoice.paid_minor))
    sums.due_amount = _plain(amount(invoice.payable_minor))


def _plain(number: Decimal) -> str:
    """Without an exponent, which XML Schema's decimals do not have."""
    return format(number, "f")


def _compact(iban: str) -> str:
    return iban.replace(" ", "")
