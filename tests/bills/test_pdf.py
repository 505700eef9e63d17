"""A document that was issued is printed of what is stored, and always the same."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from facturx import get_xml_from_pdf
from pypdf import PdfReader
from typer.testing import CliRunner, Result

from adapters.bills.documents import document
from adapters.master_files import load
from billing.documents.invoice import DocumentError, Preceding
from contracts.errors import RequestError
from contracts.settings import Settings
from services.settlement.printing import invoice_to_print, paper
from tests.bills.london import A, B, asked, forgotten, masters, occupied, seller
from tests.bills.test_issue import FOREVER, TOLD, billed
from tests.support.london import home_mwh
from wattstream.commands import bill_pdf
from wattstream.main import app

NAMES = ("00000001.pdf", "00000002.pdf", "00000003.pdf", "00000004.pdf")


MARCH = 59 * 48, 90 * 48 - 2
"""Half-hours of the year before and up to its end, by local time."""


def kwh(half_hours: int) -> str:
    """What the register shows then, cut as its display cuts it."""
    return f"{int(home_mwh()[:half_hours].sum()) // 1_000 / 1_000:,.3f} kWh"


def printed(database: psycopg.Connection, number: int, language: str | None = None) -> bytes:
    found = document(database, f"{number:08}")
    assert found is not None
    its = paper(database, found, language)
    assert its.is_as_before
    return its.content


def text_of(content: bytes) -> str:
    pages = PdfReader(BytesIO(content), strict=True).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    return text.replace("\N{NO-BREAK SPACE}", " ")


def moved_earlier(settings: Settings, database: psycopg.Connection) -> None:
    """July is billed; then it is told that Ben came on the 10th, and billed again."""
    billed(settings, database, asked("2013-07", "2013-08-09"))
    told = datetime(2013, 8, 10, tzinfo=UTC)
    forgotten(database, told)
    occupied(database, A, "2012-12-01", "2013-07-09T23:00", recorded=told)
    occupied(database, B, "2013-07-09T23:00", None, recorded=told)
    reconciled = asked("2013-07", "2013-08-11", kind="reconciliation")
    billed(settings, database, reconciled, now=True)


def test_a_march_as_the_customer_gets_it(archived: Settings, database: psycopg.Connection) -> None:
    masters(database, FOREVER)
    seller(database)
    for month, as_of in (("2013-02", "2013-03-20"), ("2013-03", "2013-04-20")):
        billed(archived, database, asked(month, as_of))

    content = printed(database, 2)

    text = text_of(content)
    for each in (
        *("Invoice", "00000002", "Thames Light & Power", "VAT no. GB123456789"),
        *("20-00-00 55779911", "Ada", "48 Lavender Hill", "London, dynamic", "743 hours"),
        *("16.404 kWh", "67.20 p/kWh", "£11.02", "411.626 kWh", "£48.41", "51.444 kWh", "£2.05"),
        *("£61.48", "VAT 5% on £61.48", "£3.07", "£64.55", "Your use, kWh", "Feb", "479"),
        *("Your meter", kwh(MARCH[0]), kwh(MARCH[1]), "1 Mar 2013, 00:00", "1 Apr 2013, 00:00"),
    ):
        assert each in text, each
    name, _ = get_xml_from_pdf(content, check_xsd=True, check_schematron=False)
    assert name == "factur-x.xml"
    assert "Rechnung" in text_of(printed(database, 2, "de"))
    assert "Facture" in text_of(printed(database, 2, "fr"))


def test_a_correction_refers_to_the_document_that_it_corrects(
    archived: Settings, database: psycopg.Connection
) -> None:
    masters(database, TOLD)
    seller(database)
    moved_earlier(archived, database)

    of = [document(database, name.partition(".")[0]) for name in NAMES]
    invoices = [invoice_to_print(database, each) for each in of if each]

    issued = invoices[0].issued
    assert [each.preceding for each in invoices] == [
        *((), ()),
        *((Preceding("00000001", issued),), (Preceding("00000002", issued),)),
    ]
    assert [each.kind for each in invoices] == ["invoice", "invoice", "credit_note", "invoice"]
    assert [each.gross_minor for each in invoices] == [1_569, 1_969, -633, 633]
    text = text_of(printed(database, 3))
    for each in ("Credit note", "Corrects 00000001", "change of occupant", "£6.33", "July 2013"):
        assert each in text, each
    _, xml = get_xml_from_pdf(printed(database, 3), check_xsd=True, check_schematron=False)
    assert b">381<" in xml and b">00000001<" in xml


def test_a_tax_that_is_put_right_is_printed_with_both_rates(
    archived: Settings, database: psycopg.Connection
) -> None:
    masters(database, FOREVER)
    seller(database)
    billed(archived, database, asked("2013-03", "2013-04-20"))
    database.execute("UPDATE tax_rate SET recorded_to = '2013-05-01Z'")
    database.execute(
        "INSERT INTO tax_rate (tax_region, category, valid_from, rate, recorded_from) "
        "VALUES ('GB-domestic', 'S', '2000-01-01', 20, '2013-05-01Z')"
    )
    reconciled = asked("2013-03", "2013-05-20", kind="reconciliation")
    billed(archived, database, reconciled, now=True)

    text = text_of(printed(database, 2))

    # 20 % of 61.48 GBP are 12.30, and 3.07 were billed.
    for each in ("VAT 5%", "VAT 20%", "£12.30", "£9.23", "Corrects 00000001"):
        assert each in text, each


def test_whatever_becomes_known_later_a_document_is_the_same_bytes(
    archived: Settings, database: psycopg.Connection
) -> None:
    masters(database, TOLD)
    seller(database)
    billed(archived, database, asked("2013-06", "2013-07-20"))
    moved_earlier(archived, database)
    before = [printed(database, number) for number in range(1, 6)]

    database.execute("UPDATE customer SET name = 'Zed', address = NULL")
    database.execute("UPDATE seller SET recorded_to = clock_timestamp()")
    seller(database, "Another Name", recorded=datetime.now(UTC))
    database.execute("DELETE FROM premises_address")
    database.execute(
        """
        INSERT INTO plan_version (plan_id, version, valid_from, terms)
        SELECT plan_id, 2, '2013-01-01', replace(terms, 'London', 'Paris') FROM plan_version
        WHERE plan_id = 'lcl-dtou'
        """
    )
    billed(archived, database, asked("2013-08", "2013-09-20"))

    assert [printed(database, number) for number in range(1, 6)] == before
    # What is issued since says it.
    assert "Another Name" in text_of(printed(database, 6))
    assert "Zed" in text_of(printed(database, 6))


def test_a_seller_is_that_of_the_day_of_issue(
    archived: Settings, database: psycopg.Connection
) -> None:
    masters(database, FOREVER)
    seller(database, "Old Light")
    seller(database, "Thames Light", begin=date(2013, 1, 1))
    seller(database, "Future Light", begin=date(9999, 1, 1))

    billed(archived, database, asked("2013-03", "2013-04-20"))

    assert "Thames Light" in text_of(printed(database, 1))


def test_what_was_issued_by_nobody_is_of_the_first_who_was_recorded(
    archived: Settings, database: psycopg.Connection
) -> None:
    masters(database, FOREVER)
    billed(archived, database, asked("2013-03", "2013-04-20"))
    with pytest.raises(DocumentError, match="does not say who sells"):
        printed(database, 1)

    seller(database, "First Light")
    content = printed(database, 1)
    database.execute("UPDATE seller SET recorded_to = clock_timestamp()")
    seller(database, "Later Light", recorded=datetime.now(UTC))

    assert "First Light" in text_of(content)
    assert printed(database, 1) == content


def test_who_sells_and_where_is_loaded_from_files(
    archived: Settings, database: psycopg.Connection, tmp_path: Path
) -> None:
    masters(database, FOREVER)
    files = tmp_path / "masters"
    files.mkdir()
    (files / "seller.csv").write_text(
        "valid_from,name,address,tax_number,iban,payment_days,locale\n"
        '2013-01-01,Thames Light,"{""city"": ""London"", ""country"": ""GB""}",12/345,'
        "GB33BUKB20201555555555,30,en-GB\n"
    )
    (files / "premises_address.csv").write_text(
        'premises_id,address\nMAC000002,"{""lines"": [""48 Lavender Hill""]}"\n'
    )

    assert [each.new for each in load(database, files)] == [1, 1]
    assert [each.same for each in load(database, files)] == [1, 1]
    billed(archived, database, asked("2013-03", "2013-04-20"))

    text = text_of(printed(database, 1))
    for each in ("Thames Light", "Tax no. 12/345", "GB33BUKB20201555555555", "48 Lavender Hill"):
        assert each in text, each


def test_other_bytes_than_when_it_was_first_printed_are_told(
    archived: Settings, database: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    masters(database, FOREVER)
    seller(database)
    billed(archived, database, asked("2013-03", "2013-04-20"))
    first = printed(database, 1)

    monkeypatch.setattr("services.settlement.printing.pdf", lambda _: first + b"\n")

    found = document(database, "00000001")
    assert found is not None
    assert not paper(database, found).is_as_before


@pytest.fixture
def attempt(
    archived: Settings, database: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    masters(database, TOLD)
    seller(database)
    moved_earlier(archived, database)
    monkeypatch.setenv("WATTSTREAM_POSTGRES_URL", archived.postgres.url)
    monkeypatch.setenv("WATTSTREAM_NAMESPACE", archived.namespace)
    monkeypatch.setattr(bill_pdf.console, "width", 200)
    return lambda *arguments: CliRunner().invoke(app, ["bill", "pdf", *map(str, arguments)])


def said(result: Result) -> str:
    assert result.exit_code == 0, (result.output, result.exception)
    return re.sub(r"\s+", " ", result.stdout)


def test_one_and_all_are_written(
    attempt: Callable[..., Result],
    database: psycopg.Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "bills" / "july"

    assert "00000003.pdf: 1 written" in said(attempt("3"))
    assert "4 written, 0 there already" in said(attempt("--month", "2013-07", "--output", folder))

    assert sorted(each.name for each in folder.iterdir()) == list(NAMES)
    for number, name in enumerate(NAMES, 1):
        assert (folder / name).read_bytes() == printed(database, number)
    assert (tmp_path / NAMES[2]).read_bytes() == (folder / NAMES[2]).read_bytes()
    german = said(attempt("1", "--language", "de", "--output", folder / "german.pdf"))
    assert "1 written" in german
    assert "Rechnung" in text_of((folder / "german.pdf").read_bytes())


def test_a_file_that_is_there_stays_unless_it_is_said(
    attempt: Callable[..., Result], tmp_path: Path
) -> None:
    month = ("--month", "2013-07", "--output", tmp_path)
    said(attempt(*month))
    times = {each.name: each.stat().st_mtime_ns for each in tmp_path.iterdir()}
    other = tmp_path / NAMES[1]
    ours = other.read_bytes()

    assert "0 written, 4 there already" in said(attempt(*month))
    assert {each.name: each.stat().st_mtime_ns for each in tmp_path.iterdir()} == times
    other.write_bytes(b"mine")
    refused = attempt(*month)
    assert isinstance(refused.exception, RequestError)
    assert f"{other} is there, with other bytes: give --overwrite" in str(refused.exception)
    assert other.read_bytes() == b"mine"
    assert "1 written, 3 there already" in said(attempt(*month, "--overwrite"))
    assert other.read_bytes() == ours


def test_ctrl_c_leaves_whole_files_and_the_same_again_goes_on(
    attempt: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "july"
    month = ("--month", "2013-07", "--output", folder)
    synced = []

    def stopped(path: Path) -> None:
        synced.append(path)
        # Of the second file the bytes are written, and its name is another yet.
        if len(synced) == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("adapters.durable.sync", stopped)
        result = attempt(*month)

    assert result.exit_code != 0
    assert [each.name for each in folder.iterdir()] == [NAMES[0]]
    assert "3 written, 1 there already" in said(attempt(*month))


def test_what_cannot_be_asked_for_is_refused(
    attempt: Callable[..., Result], tmp_path: Path
) -> None:
    folder = tmp_path / "july"
    wrong: list[tuple[tuple[Any, ...], str]] = [
        ((), "give the number of a document or --month"),
        (("1", "--month", "2013-07", "--output", folder), "and not both"),
        (("--month", "2013-07"), "--output is missing"),
        (("1", "--site", "london"), "--site is given without --month"),
        (("1", "--language", "it"), "--language is 'it': give one of en, de, fr"),
        (("77",), "there is no document '77'"),
        (("--month", "2013-09", "--output", folder), "no document was issued of 2013-09"),
    ]
    for arguments, message in wrong:
        result = attempt(*arguments)
        assert isinstance(result.exception, RequestError), (arguments, result.output)
        assert message in str(result.exception)
    assert not folder.exists()
