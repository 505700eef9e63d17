"""The commands for bills as a clerk types them, on a PostgreSQL without the stack."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner, Result

from billing.tariffs.plan import EXAMPLES
from contracts.errors import RequestError
from contracts.settings import Settings
from tests.bills.london import ALL, HOME, A, B, came_before, masters
from wattstream.commands import bill, compare_plans, edit, exceptions, plan
from wattstream.main import app

TOLD = [(A, "2012-12-01", "2013-07-15T11:00"), (B, "2013-07-15T11:00", None)]

Command = Callable[..., str]
"""Runs a command line that ends well; what it says, in lines of single spaces."""


@pytest.fixture
def attempt(
    archived: Settings, database: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    masters(database, TOLD)
    monkeypatch.setenv("WATTSTREAM_POSTGRES_URL", archived.postgres.url)
    monkeypatch.setenv("WATTSTREAM_DATA_DIR", str(archived.data_dir))
    monkeypatch.setenv("WATTSTREAM_NAMESPACE", archived.namespace)
    for commands in (bill, compare_plans, edit, exceptions, plan):
        monkeypatch.setattr(commands.console, "width", 200)
    # Kafka and Flink are not there, and would say this.
    monkeypatch.setattr("adapters.archived.archived_until", lambda _: [ALL])
    monkeypatch.setattr("adapters.arrivals.came_from", lambda _, at_ms: [came_before(at_ms)])
    return lambda *arguments: CliRunner().invoke(app, arguments)


@pytest.fixture
def command(attempt: Callable[..., Result]) -> Command:
    def run(*arguments: str) -> str:
        result = attempt(*arguments)
        assert result.exit_code == 0, (result.output, result.exception)
        return re.sub(r" +", " ", result.stdout)

    return run


def test_a_month_is_billed_shown_explained_and_reproduced(command: Command) -> None:
    tried = command("bill", "--month", "2013-03", "--dry-run")
    billed = command("bill", "--month", "2013-03", "--site", "london")
    again = command("bill", "--month", "2013-03")

    assert "tried only: first of london, 2013-03" in tried
    assert "run 1: first of london, 2013-03" in billed
    for line in (
        "documents 1 invoice, 0 credit notes, numbers 00000001 to 00000001",
        "net 61.48 GBP",
        "tax 3.07 GBP",
        "gross 64.55 GBP",
        "electricity import 479.474 kWh 479.474 kWh 0 kWh 0 kWh 0 kWh",
    ):
        assert line in billed, billed
    assert "run 2: reconciliation of london, 2013-03" in again
    assert "documents 0 invoices, 0 credit notes" in again

    listed = command("bill", "list", "--month", "2013-03")
    assert "00000001 invoice 1 2013-03 1 61.48 3.07 64.55 GBP" in listed
    shown = command("bill", "show", "1")
    assert "Invoice 00000001" in shown and "customer 1, Ada" in shown
    assert f"{HOME} lcl-dtou/1/energy High 16.404 kWh 11.02" in shown
    assert "tax S 5 % of 61.48 3.07" in shown

    explained = command("bill", "explain", "1")
    assert f"{HOME} lcl-dtou/1/energy High: 16.404 kWh, 11.02 GBP" in explained
    assert "2013-03-31" in explained
    periods = command("bill", "explain", "1", "--periods")
    # On the last day clocks go forward, at one.
    assert "2013-03-31 00:30 GMT" in periods and "2013-03-31 02:00 BST" in periods
    assert "2013-03-31 01:" not in periods

    assert "the same, byte by byte" in command("bill", "reproduce", "1")
    assert "the same, byte by byte" in command("bill", "reproduce", "--run", "2")


def test_a_document_as_csv(command: Command) -> None:
    command("bill", "--month", "2013-07")

    rows = list(csv.DictReader(io.StringIO(command("bill", "csv", "--month", "2013-07"))))
    charges = list(csv.DictReader(io.StringIO(command("bill", "csv", "--run", "1", "--charges"))))

    assert {row["number"] for row in rows} == {"00000001", "00000002"}
    sums = {
        who: sum(int(row["minor"]) for row in rows if row["customer_id"] == who)
        for who in ("1", "2")
    }
    assert sums == {"1": 1_494, "2": 1_875}
    assert sum(int(row["quantity"]) for row in rows) == 271_138_000
    assert sum(int(row["exact"]) for row in charges) == 3_369_796_920_000_000


def test_what_cannot_be_asked_for_is_refused(attempt: Callable[..., Result]) -> None:
    for arguments, message in (
        (("--month", "2013-3x"), "month is '2013-3x'"),
        (("--month", "2013-03", "--site", "paris"), "site is 'paris', and masters have london"),
        (("--month", "2099-03", "--kind", "first"), "is billed 5 working days after its end"),
        (("--month", "2013-03", "--kind", "last"), "--kind is 'last': give one of interim, first"),
        (("--month", "2013-03", "--readings-until", "17521"), "17520 is archived"),
        (("--month", "2013-03", "--readings-until", "1,2"), "give 1 offsets"),
        (("--month", "2013-03", "--readings-until", "4300"), "came before 2013-03 was closed"),
        (("--month", "2013-03", "--masters-as-of", "2013-05-01"), "offset from UTC"),
        (("--month", "2013-03", "--masters-as-of", "2099-05-01T00:00Z"), "may still change"),
        ((), "--month is missing"),
        (("--follow", "--month", "2013-03"), "--month is given with --follow"),
        (("show", "77"), "there is no document '77'"),
        (("reproduce",), "not both"),
        (("csv", "--charges"), "--charges is given without --run"),
    ):
        result = attempt("bill", *arguments)
        assert isinstance(result.exception, RequestError), (arguments, result.output)
        assert message in str(result.exception)


def test_plans_are_loaded_as_versions(
    command: Command, attempt: Callable[..., Result], tmp_path: Path
) -> None:
    flat = (EXAMPLES / "lcl-flat.toml").read_text()
    dearer = tmp_path / "dearer.toml"
    dearer.write_text(flat.replace("0.14228", "0.16"))
    assert dearer.read_text() != flat
    in_euro = tmp_path / "euro.toml"
    in_euro.write_text(flat.replace("GBP", "EUR"))
    water = str(EXAMPLES / "water.toml")

    loaded = command("plan", "load", str(dearer), water, "--from", "2013-06-01")
    again = command("plan", "load", str(dearer), water, "--from", "2013-06-01")

    assert "lcl-flat version 2: new\n" in loaded and "version 1: new\n" in loaded
    assert "lcl-flat version 2: as before\n" in again and "version 1: as before\n" in again
    assert re.search(r"lcl-flat 2 2013-06-01 electricity energy", command("plan", "list"))
    assert command("plan", "show", "lcl-flat", "--version", "1") == re.sub(r" +", " ", flat)
    for file, day, message in (
        (dearer, "2012-01-01", "version 2 of plan lcl-flat begins on 2013-06-01"),
        (in_euro, "2014-01-01", "currency is 'GBP' in one version and 'EUR' in another"),
    ):
        result = attempt("plan", "load", str(file), "--from", day)
        assert message in str(result.exception)


def test_a_later_version_takes_over_from_its_first_day(
    command: Command, database: psycopg.Connection, tmp_path: Path
) -> None:
    dearer = tmp_path / "dearer.toml"
    flat = (EXAMPLES / "lcl-flat.toml").read_text()
    dearer.write_text(flat.replace("0.14228", "0.28456"))
    database.execute("UPDATE contract SET recorded_to = recorded_from")
    database.execute(
        """
        INSERT INTO contract (
            premises_id, customer_id, commodity, plan_id, valid_from, recorded_from
        ) VALUES (%s, 1, 'electricity', 'lcl-flat', '2000-01-01Z', '2012-12-01Z')
        """,
        [HOME],
    )
    # Recorded long ago, for nobody waits a minute here.
    database.execute(
        """
        INSERT INTO plan_version (plan_id, version, valid_from, terms, recorded_from)
        VALUES ('lcl-flat', 2, '2013-03-01', %s, '2013-02-01Z')
        """,
        [dearer.read_text()],
    )

    february = command("bill", "--month", "2013-02")
    march = command("bill", "--month", "2013-03")

    # 479.474 kWh at twice the price.
    assert "net 136.44 GBP" in march
    assert "net 136.44 GBP" not in february


def test_a_person_says_what_a_register_counted(
    command: Command, attempt: Callable[..., Result], database: psycopg.Connection
) -> None:
    span = ("--from", "2013-03-10T00:00Z", "--to", "2013-03-11T00:00Z")
    edit = ("edit", "--register", HOME, *span)

    told = command(*edit, "--energy-wh", "19000.5", "--reason", "read by hand", "--by", "clerk")

    assert "edit 1:" in told
    assert f"1 {HOME} 2013-03-10 00:00 2013-03-11 00:00 19,000.500 clerk read by hand" in command(
        "edit", "list"
    )
    (row,) = database.execute("SELECT energy_mwh, commodity FROM edit").fetchall()
    assert row == (19_000_500, "electricity")
    for wrong, message in (
        (("--energy-wh", "1.00001", "--reason", "x"), "energy is '1.00001'"),
        (("--energy-wh", "-1", "--reason", "x"), "energy is '-1'"),
        (("--energy-wh", "1"), "--reason missing"),
    ):
        assert message in str(attempt(*edit, *wrong).exception)
    unknown = ("edit", "--register", "nobody", *span, "--energy-wh", "1", "--reason", "x")
    assert "no installation names it" in str(attempt(*unknown).exception)

    command("edit", "revoke", "1")
    assert HOME not in command("edit", "list")
    assert HOME in command("edit", "list", "--all")
    assert "there is no edit 1 that holds" in str(attempt("edit", "revoke", "1").exception)


def test_an_edit_is_billed_by_the_next_run(command: Command, database: psycopg.Connection) -> None:
    command("bill", "--month", "2013-03")
    # As `edit` writes it, an hour ago.
    database.execute(
        """
        INSERT INTO edit (
            register_id, begin_ms, end_ms, energy_mwh, reason, by_user, recorded_from
        ) VALUES (
            %s, 1362873600000, 1362960000000, 1000000, 'nobody was there', 'clerk',
            clock_timestamp() - interval '1 hour'
        )
        """,
        [HOME],
    )

    billed = command("bill", "--month", "2013-03")
    waiting = command("bill", "waiting")
    tried = command("bill", "--month", "2013-03", "--now", "--dry-run")
    sent = command("bill", "--month", "2013-03", "--now")

    # One kWh, not 19.191, of one price: 393.435 at 11.76 p is 46.27, and 48.41 was issued.
    assert "documents 0 invoices, 0 credit notes" in billed
    assert "next bills 1 line of 1 customer, -2.14 GBP without tax" in billed
    assert f"1 2013-03 {HOME} lcl-dtou/1/energy Normal 2 -18.191 kWh -2.14 GBP edit" in waiting
    for told in (tried, sent):
        assert "0 invoices, 1 credit note" in told and "net -2.14 GBP" in told
    assert HOME not in command("bill", "waiting")
    explained = command("bill", "explain", "2")
    assert "by run 2, and sent with this document" in explained
    assert "edit: it is 46.27 now, of which 48.41 was issued before" in explained
    # The run that found it, and the one that sent it.
    assert command("bill", "reproduce", "2").count("the same, byte by byte") == 2


def test_the_queue_of_exceptions(command: Command, database: psycopg.Connection) -> None:
    database.execute("UPDATE occupancy SET recorded_to = recorded_from")
    database.execute(
        """
        INSERT INTO occupancy (
            premises_id, customer_id, valid_from, valid_to, recorded_from, reason
        ) VALUES (%s, 1, '2013-01-01Z', '2013-03-15Z', '2012-12-01Z', 'loaded')
        """,
        [HOME],
    )

    billed = command("bill", "--month", "2013-03")

    assert "use_while_vacant" in billed
    assert "use_while_vacant" in command("exceptions")
    assert "0 open" in command("exceptions", "--rule", "spike")
    rows = list(csv.DictReader(io.StringIO(command("exceptions", "--csv"))))
    assert {row["register_id"] for row in rows if row["rule"] == "use_while_vacant"} == {HOME}
    # Somebody was there after all, and the next run closes it.
    database.execute(
        """
        INSERT INTO occupancy (
            premises_id, customer_id, valid_from, recorded_from, reason
        ) VALUES (%s, 2, '2013-03-15Z', clock_timestamp() - interval '1 hour', 'loaded')
        """,
        [HOME],
    )
    command("bill", "--month", "2013-03")
    assert "use_while_vacant" not in command("exceptions")


def test_plans_are_compared_for_what_was_used(
    command: Command, attempt: Callable[..., Result], database: psycopg.Connection
) -> None:
    database.execute("UPDATE occupancy SET recorded_to = recorded_from")
    database.execute(
        """
        INSERT INTO occupancy (premises_id, customer_id, valid_from, recorded_from, reason)
        VALUES (%s, 1, '2012-12-01Z', '2012-12-01Z', 'loaded')
        """,
        [HOME],
    )

    told = command("compare-plans", HOME, "--from", "2013-03", "--to", "2013-10")

    assert "customer 1, 8 months, 245 days, 0.0% estimated" in told
    # March is 64.55 and 71.63 with tax.
    own, flat = (re.search(rf"{plan} ([0-9.]+)", told) for plan in ("lcl-dtou", "lcl-flat"))
    assert own is not None and flat is not None
    saved = round(100 * (float(own[1]) - float(flat[1])))
    assert f"{saved / 100:,.2f}" in told
    months = ("--from", "2013-03", "--to", "2013-10")
    assert command("compare-plans", HOME, *months, "--plan", "lcl-flat") == told
    alone = command("compare-plans", HOME, *months, "--plan", "lcl-dtou")
    assert "lcl-dtou" in alone and "lcl-flat" not in alone
    unknown = attempt("compare-plans", HOME, *months, "--plan", "lcl-flat", "--plan", "gone")
    assert "plan 'gone' cannot be compared: plan 'gone' has no version" in str(unknown.exception)
    few = attempt("compare-plans", HOME, "--from", "2013-03", "--to", "2013-04")
    assert "there are 61 days to compare plans by" in str(few.exception)
    nobody = attempt("compare-plans", "nowhere", "--from", "2013-03", "--to", "2013-10")
    assert "premises is 'nowhere'" in str(nobody.exception)
