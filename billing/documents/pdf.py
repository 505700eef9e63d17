"""A document on paper: PDF/A-3 that every archive keeps and every reader can be read out of, with
the same document for machines in it (Factur-X).

The same invoice and template give the same bytes: the only date is the document's own, and only
fonts of this package are looked at. Of `electronic.is_possible` depends whether XML is in it.
"""

import json
from datetime import UTC, datetime, time
from functools import cache
from importlib.resources import as_file, files
from io import BytesIO
from typing import Literal, cast

import typst
from lxml import etree
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, StreamObject

from billing.documents import electronic
from billing.documents.invoice import DocumentError, Invoice
from billing.documents.printed import printed
from billing.documents.template import Template
from billing.documents.template import template as template_for

XML_NAME = "factur-x.xml"
STANDARDS: tuple[Literal["a-3a"], Literal["ua-1"]] = ("a-3a", "ua-1")

_MAIN = """\
#let bill = json("/bill.json")
#set document(
  title: bill.title + " " + bill.number,
  author: bill.seller.name,
  date: datetime(year: bill.issued.at(0), month: bill.issued.at(1), day: bill.issued.at(2)),
)
#set text(lang: bill.lang, region: if bill.region == "" { none } else { bill.region })
#include "/layout.typ"
"""
_ATTACHED = f"""\
#pdf.attach(
  "/{XML_NAME}",
  relationship: "alternative",
  mime-type: "text/xml",
  description: "Factur-X",
)
"""
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_SCHEMAS = f"{{http://www.aiim.org/pdfa/ns/extension/}}schemas/{_RDF}Bag"
_XMP = files("billing.documents") / "templates" / "factur-x.xmp"


def pdf(invoice: Invoice, template: Template | None = None) -> bytes:
    """A document as PDF/A-3a and PDF/UA-1; without a template in the project's own.

    Raises:
        DocumentError: the template cannot be set, or there is none for the document's language.
    """
    chosen = template or template_for(invoice.locale)
    sources = {
        "main.typ": _MAIN,
        "layout.typ": chosen.layout,
        "bill.json": json.dumps(printed(invoice, chosen), sort_keys=True),
    }
    if chosen.logo:
        sources["logo.svg"] = chosen.logo
    if not electronic.is_possible(invoice):
        return _set(sources, invoice)
    sources["main.typ"] += _ATTACHED
    sources[XML_NAME] = electronic.xml(invoice, chosen).decode()
    return _announced(_set(sources, invoice))


def _set(sources: dict[str, str], invoice: Invoice) -> bytes:
    try:
        return typst.compile(
            # Which takes files by their names, too, as its stubs do not say.
            cast(bytes, {name: source.encode() for name, source in sources.items()}),
            font_paths=_fonts(),
            pdf_standards=list(STANDARDS),
            timestamp=datetime.combine(invoice.issued, time(), UTC),
        )
    except typst.TypstError as error:
        raise DocumentError(f"the layout cannot be set: {error.diagnostic}") from error


@cache
def _fonts() -> typst.Fonts:
    with as_file(files("billing.documents") / "fonts") as folder:
        return typst.Fonts(include_system_fonts=False, font_paths=[folder])


def _announced(document: bytes) -> bytes:
    """With what Factur-X wants to be said in the metadata, which Typst cannot yet say
    (typst/typst #5667)."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(document)))
    said = writer.root_object["/Metadata"].get_object()
    assert isinstance(said, StreamObject)
    saying = StreamObject()
    saying[NameObject("/Type")] = NameObject("/Metadata")
    saying[NameObject("/Subtype")] = NameObject("/XML")
    saying.set_data(_with_factur_x(said.get_data()))
    writer.root_object[NameObject("/Metadata")] = writer._add_object(saying)
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def _with_factur_x(packet: bytes) -> bytes:
    """XMP may have one list of schemas, and Typst has begun it."""
    said = etree.fromstring(packet)
    schema, values = etree.fromstring(_XMP.read_bytes())
    said.find(f".//{_SCHEMAS}").append(schema.find(f"{_SCHEMAS}/{_RDF}li"))
    said.find(f"{_RDF}RDF").append(values)
    return bytes(etree.tostring(said.getroottree(), encoding="utf-8"))
