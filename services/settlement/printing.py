"""Documents that were issued as the PDF that a customer gets."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace

import psycopg

from adapters.bills import files, ledger, parties
from billing.documents.invoice import Invoice
from billing.documents.issued import invoice_of
from billing.documents.pdf import pdf
from billing.documents.template import template
from billing.documents.used import used
from contracts.issued import Document


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as it is sent."""

    number: str
    content: bytes
    is_as_before: bool
    """Whether it is what it was printed as before, if it was: another version of what sets it may
    do so otherwise."""


def paper(connection: psycopg.Connection, document: Document, language: str | None = None) -> Paper:
    """A document as PDF, of nothing but what is stored: the same bytes each time.

    Args:
        document: With its lines and taxes.
        language: As `invoice_of` takes it.

    Raises:
        DocumentError: it cannot be printed.
    """
    invoice = invoice_to_print(connection, document, language)
    content = pdf(invoice)
    digest = hashlib.sha256(content).digest()
    first = files.first_printed(
        connection, document.document_id, _template_digest(invoice.locale), digest
    )
    return Paper(document.number, content, first == digest)


def invoice_to_print(
    connection: psycopg.Connection, document: Document, language: str | None = None
) -> Invoice:
    """What is printed. Where nobody was known to sell, it is who was recorded first."""
    said = document.said
    if "seller" in said.content and said.content["seller"] is None:
        seller = parties.first_seller(connection)
        document = replace(document, said=replace(said, content={**said.content, "seller": seller}))
    lines = ledger.issued_to(
        connection, said.customer_id, {line.key.premises_id for line in said.lines}, document.run_id
    )
    return invoice_of(document, language, used(document, lines))


def _template_digest(locale: str) -> bytes:
    said = asdict(template(locale)) | {"locale": locale}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).digest()
