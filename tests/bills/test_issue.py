"""A London home's year, from archive and PostgreSQL to documents: exact, all or nothing, once."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import LiteralString

import numpy as np
import psycopg
import pytest
from rich.console import Console

from adapters.bills.documents import document, documents
from adapters.bills.runs import charges, energies, latest_issued, run_of
from billing.settlement.errors import RunError
from billing.tariffs.plan import EXAMPLES
from contracts.billing import Letter, RunArguments
from contracts.issued import Document
from contracts.settings import Settings
from services.api.answers.bills import bill
from services.api.bills import whole_bill
from services.settlement.explain import explain
from services.settlement.issue import Issued, issue
from services.settlement.stored import computed, reproduced
from tests.bills.london import ALL, HOME, SITE, A, B, archive, asked, forgotten, masters, occupied
from tests.support.london import HALF_HOUR_MS, YEAR_BEGIN_MS, home_mwh, ms
from wattstream.bill_tables import explanation

FOREVER = [(A, "2012-12-01", None)]
TOLD = [(A, "2012-12-01", "2013-07-15T11:00"), (B, "2013-07-15T11:00", None)]
"""Noon in London."""
TABLES = (
    *("run", "run_energy", "charge", "document", "document_tax", "ledger_line", "later_line"),
    "vee_exception",
)


def billed(
    settings: Settings,
    database: psycopg.Connection,
    arguments: RunArguments,
    *,
    now: bool = False,
) -> Issued:
    """A run, issued; its corrections by documents of their own if they are to be sent now."""
    found = computed(settings, database, arguments)
    return issue(database, arguments, found.masters, found.run, now=now)


def rows(database: psycopg.Connection) -> dict[str, list[tuple[object, ...]]]:
    """All that runs have written."""
    return {table: sorted(database.execute(f"SELECT * FROM {table}"), key=repr) for table in TABLES}


def lines(found: Document) -> list[tuple[str, int, int]]:
    """Band, quantity and minor units."""
    return [(line.key.band, line.quantity, line.minor) for line in found.said.lines]


def totals(found: Document) -> tuple[int, int, int]:
    """Net, tax and gross."""
    return found.said.net_minor, found.said.tax_minor, found.said.gross_minor


@pytest.mark.parametrize(
    ("month", "as_of", "expected", "sums", "energy_mwh"),
    [
        (
            "2013-03",
            "2013-04-20",
            [
                ("High", 16_404_000, 1_102),
                ("Low", 51_444_000, 205),
                ("Normal", 411_626_000, 4_841),
            ],
            (6_148, 307, 6_455),
            479_474_000,
        ),
        (
            "2013-10",
            "2013-11-20",
            [
                ("High", 25_446_000, 1_710),
                ("Low", 26_778_000, 107),
                ("Normal", 326_610_000, 3_841),
            ],
            (5_658, 283, 5_941),
            378_834_000,
        ),
    ],
)
def test_a_month_becomes_a_document(
    archived: Settings,
    database: psycopg.Connection,
    month: str,
    as_of: str,
    expected: list[tuple[str, int, int]],
    sums: tuple[int, int, int],
    energy_mwh: int,
) -> None:
    masters(database, FOREVER)

    issued = billed(archived, database, asked(month, as_of))

    assert (issued.state, issued.numbers) == ("issued", ("00000001",))
    (found,) = documents(database, whole=True)
    assert (lines(found), totals(found)) == (expected, sums)
    assert found.said.content["customer"] == {"name": "Ada", "address": None}
    assert issued.run_id is not None
    (energy,) = energies(database, issued.run_id)
    assert energy.metered_mwh == energy.billed_mwh == energy_mwh
    assert energy.estimated_mwh == energy.unassigned_mwh == 0


def test_a_flat_price(archived: Settings, database: psycopg.Connection) -> None:
    masters(database, FOREVER, plan_id="lcl-flat")

    billed(archived, database, asked("2013-03", "2013-04-20"))

    (found,) = documents(database, whole=True)
    assert lines(found) == [("", 479_474_000, 6_822)]


def test_a_move_that_is_recorded_late_gives_deltas_and_changes_no_document(
    archived: Settings, database: psycopg.Connection
) -> None:
    masters(database, TOLD)
    first = billed(archived, database, asked("2013-07", "2013-08-09"))
    before = rows(database)
    told = datetime(2013, 8, 10, tzinfo=UTC)
    forgotten(database, told)
    occupied(database, A, "2012-12-01", "2013-07-09T23:00", recorded=told)
    occupied(database, B, "2013-07-09T23:00", None, recorded=told)

    reconciled = asked("2013-07", "2013-08-11", kind="reconciliation")
    later = billed(archived, database, reconciled, now=True)

    after = rows(database)
    for table in ("document", "document_tax", "ledger_line", "charge"):
        assert [row for row in after[table] if row in before[table]] == before[table]
    assert (first.numbers, later.numbers) == (
        ("00000001", "00000002"),
        ("00000003", "00000004"),
    )
    own = [document(database, number) for number in (*first.numbers, *later.numbers)]
    assert all(own)
    shown = [(each.said.customer_id, each.said.kind, totals(each)) for each in own if each]
    assert shown == [
        (A, "invoice", (1_494, 75, 1_569)),
        (B, "invoice", (1_875, 94, 1_969)),
        (A, "credit_note", (-603, -30, -633)),
        (B, "invoice", (603, 30, 633)),
    ]
    moved = [sum(line.quantity for line in each.said.lines) for each in own if each]
    assert moved == [122_145_000, 148_993_000, -44_658_000, 44_658_000]
    assert {line.reason for each in own[2:] if each for line in each.said.lines} == {"move"}
    assert later.run_id is not None
    theirs = {
        who: (sum(each.quantity for each in its), sum(each.minor for each in its))
        for who, its in ((who, charges(database, later.run_id, who)) for who in (A, B))
    }
    assert theirs == {A: (77_487_000, 891), B: (193_651_000, 2_478)}


def test_a_shared_month_has_a_line_of_rounding_on_no_document(
    archived: Settings, database: psycopg.Connection
) -> None:
    masters(database, TOLD)

    billed(archived, database, asked("2013-07", "2013-08-09"))

    found = database.execute(
        "SELECT minor, document_id, reason FROM ledger_line WHERE customer_id = 0"
    ).fetchall()
    assert found == [(-1, None, "rounding")]


@pytest.mark.parametrize(
    ("day", "reasons"),
    [
        # One price all day, so that the shape of a day whose total is known costs nothing.
        ("2013-03-10", set()),
        ("2013-03-08", {"estimate_replaced"}),
    ],
)
def test_a_day_that_is_sent_late_ends_where_it_would_have_been(
    settings: Settings, database: psycopg.Connection, day: str, reasons: set[str]
) -> None:
    withheld = np.zeros(ALL, dtype=np.bool_)
    first = (ms(day) - YEAR_BEGIN_MS) // HALF_HOUR_MS
    withheld[first : first + 48] = True
    until = archive(settings, ~withheld)
    after = archive(settings, withheld, first_offset=until, name="late-0")
    masters(database, FOREVER, source="counter")

    early = billed(settings, database, asked("2013-03", "2013-04-20", until=until))
    late = billed(
        settings,
        database,
        asked("2013-03", "2013-05-20", kind="reconciliation", until=after),
        now=True,
    )

    assert early.run_id is not None and late.run_id is not None
    shaped, known = (
        sum(dict(each.by_letter).get(Letter.S, 0) for each in charges(database, run_id))
        for run_id in (early.run_id, late.run_id)
    )
    # The half-hour after the day has no reading at its begin.
    used = int(home_mwh()[first : first + 49].sum())
    assert (shaped, known) == (used, 0)
    assert issued_in_all(database) == MARCH
    assert {line.reason for bill in late.bills for line in bill.lines} == reasons


MARCH = [("High", 16_404_000, 1_102), ("Low", 51_444_000, 205), ("Normal", 411_626_000, 4_841)]
"""What a home used in March 2013 in each band, and what that costs."""


def issued_in_all(connection: psycopg.Connection) -> list[tuple[str, int, int]]:
    sums = "SELECT band, sum(quantity)::bigint, sum(minor)::bigint FROM ledger_line GROUP BY band"
    return sorted(connection.execute(sums).fetchall())


def test_a_day_of_intervals_that_is_sent_late_is_what_its_readings_say(
    settings: Settings, database: psycopg.Connection
) -> None:
    withheld = np.zeros(ALL, dtype=np.bool_)
    first = (ms("2013-03-10") - YEAR_BEGIN_MS) // HALF_HOUR_MS
    withheld[first : first + 48] = True
    # The register of each file begins anew: what it shows is nothing to go by.
    until = archive(settings, ~withheld, counts_all=False, says_energy=True)
    after = archive(
        *(settings, withheld),
        first_offset=until,
        name="late-0",
        counts_all=False,
        says_energy=True,
    )
    masters(database, FOREVER)

    early = billed(settings, database, asked("2013-03", "2013-04-20", until=until))
    guessed = issued_in_all(database)
    late = asked("2013-03", "2013-05-20", kind="reconciliation", until=after)
    billed(settings, database, late, now=True)

    assert guessed != issued_in_all(database) == MARCH
    assert early.run_id is not None
    assert reproduced(settings, database, early.run_id).same


def test_the_same_run_again_issues_and_writes_nothing(
    archived: Settings, database: psycopg.Connection
) -> None:
    masters(database, FOREVER)
    arguments = asked("2013-03", "2013-04-20")
    first = billed(archived, database, arguments)
    before = rows(database)

    again = billed(archived, database, arguments)

    assert again.again and again.run_id == first.run_id
    assert (again.bills, again.numbers) == ((), ())
    assert rows(database) == before


def test_a_later_run_without_changes_issues_no_document(
    archived: Settings, database: psycopg.Connection
) -> None:
    masters(database, FOREVER)
    billed(archived, database, asked("2013-03", "2013-04-20"))

    later = billed(archived, database, asked("2013-03", "2013-05-20", kind="reconciliation"))

    assert (later.state, later.numbers) == ("issued", ())
    assert len(documents(database)) == 1


def test_a_tax_that_is_put_right_is_issued(
    archived: Settings, database: psycopg.Connection
) -> None:
    masters(database, FOREVER)
    billed(archived, database, asked("2013-03", "2013-04-20"))
    database.execute("UPDATE tax_rate SET recorded_to = '2013-05-01Z'")
    database.execute(
        "INSERT INTO tax_rate (tax_region, category, valid_from, rate, recorded_from) "
        "VALUES ('GB-domestic', 'S', '2000-01-01', 20, '2013-05-01Z')"
    )

    reconciled = asked("2013-03", "2013-05-20", kind="reconciliation")
    later = billed(archived, database, reconciled, now=True)
    again = billed(archived, database, asked("2013-03", "2013-06-20", kind="reconciliation"))

    # Of 61.48 GBP 5 % are 3.07, and 20 % are 12.30.
    found = document(database, "00000002")
    assert found is not None
    assert totals(found) == (0, 1_230 - 307, 1_230 - 307)
    assert [(tax.rate, tax.net_minor, tax.tax_minor) for tax in found.said.taxes] == [
        (Decimal(5), -6_148, -307),
        (Decimal(20), 6_148, 1_230),
    ]
    assert (later.broken, again.broken, again.numbers) == ((), (), ())
    # What it was and is differs in the tax alone, and that is told.
    whole = whole_bill(database, "2", A)
    assert whole is not None
    told = [
        (each.tax_rate, each.before_minor, each.minor, each.now_minor, each.retaxed)
        for each in bill(whole).lines
        if each.band == "Normal"
    ]
    assert told == [("5", 4_841, -4_841, 0, True), ("20", 0, 4_841, 4_841, True)]
    page = Console(width=160, record=True, file=io.StringIO())
    page.print(explanation(explain(archived, database, "2"), periods=False))
    shown = " ".join(page.export_text().split())
    assert "tax: taxed S 5 % it is 0.00 now, of which 48.41 was issued before" in shown
    assert "tax: taxed S 20 % it is 48.41 now, of which 0.00 was issued before" in shown


@pytest.mark.parametrize(
    ("category", "rate", "groups"),
    [("AA", 5, []), ("E", 0, [("E", Decimal(0), 6_148, 0), ("S", Decimal(5), -6_148, -307)])],
)
def test_another_word_for_the_same_tax_is_no_correction(
    archived: Settings,
    database: psycopg.Connection,
    category: str,
    rate: int,
    groups: list[tuple[str, Decimal, int, int]],
) -> None:
    masters(database, FOREVER)
    billed(archived, database, asked("2013-03", "2013-04-20"))
    terms = (EXAMPLES / "lcl-dtou.toml").read_text()
    terms = terms.replace("on_offer", f'tax_category = "{category}"\non_offer')
    database.execute(
        "INSERT INTO tax_rate (tax_region, category, valid_from, rate, recorded_from) "
        "VALUES ('GB-domestic', %s, '2000-01-01', %s, '2013-05-01Z')",
        [category, rate],
    )
    database.execute(
        "INSERT INTO plan_version (plan_id, version, valid_from, terms, recorded_from) "
        "VALUES ('lcl-dtou', 2, '2000-01-01', %s, '2013-05-01Z')",
        [terms],
    )

    reconciled = asked("2013-03", "2013-05-20", kind="reconciliation")
    later = billed(archived, database, reconciled, now=True)

    assert later.run_id is not None and later.broken == ()
    assert {each.tax_category for each in charges(database, later.run_id)} == {category}
    found = [each for each in documents(database, whole=True) if each.run_id == later.run_id]
    said = [
        (tax.category, tax.rate, tax.net_minor, tax.tax_minor)
        for each in found
        for tax in each.said.taxes
    ]
    assert said == groups


def test_a_run_as_of_an_earlier_time_is_refused(
    archived: Settings, database: psycopg.Connection
) -> None:
    masters(database, FOREVER)
    billed(archived, database, asked("2013-03", "2013-04-20"))

    with pytest.raises(RunError, match=r"masters_as_of_ms is .* run 1 of london 2013-03"):
        billed(archived, database, asked("2013-03", "2013-04-19"))
    with pytest.raises(RunError, match="readings_until of partition 0 is 17519"):
        billed(archived, database, asked("2013-03", "2013-04-21", until=ALL - 1))


def test_what_does_not_add_up_is_kept_and_issues_nothing(
    archived: Settings, database: psycopg.Connection
) -> None:
    masters(database, FOREVER)
    arguments = asked("2013-03", "2013-04-20")
    found = computed(archived, database, arguments)
    (balance,) = found.run.settlement.balances
    wrong = replace(
        found.run,
        settlement=replace(
            found.run.settlement,
            balances=(replace(balance, billed_mwh=balance.billed_mwh + 7),),
        ),
    )

    broken = issue(database, arguments, found.masters, wrong)

    assert (broken.state, broken.bills, broken.numbers) == ("broken", (), ())
    assert broken.run_id is not None
    kept = run_of(database, broken.run_id)
    assert kept is not None and kept.state == "broken"
    assert [(each["identity"], each["by"]) for each in kept.broken] == [("energy", 7)]
    assert rows(database)["document"] == rows(database)["ledger_line"] == []
    assert latest_issued(database, SITE, "2013-03") is None
    # The right one goes on as if nothing had been, with the first number.
    right = issue(database, arguments, found.masters, found.run)
    assert (right.state, right.numbers) == ("issued", ("00000001",))


def test_charges_that_are_others_for_the_same_arguments_are_told(
    archived: Settings, database: psycopg.Connection
) -> None:
    masters(database, FOREVER)
    arguments = asked("2013-03", "2013-04-20")
    found = computed(archived, database, arguments)
    issue(database, arguments, found.masters, found.run)
    first, *others = found.run.settlement.charges
    dearer = replace(
        found.run,
        settlement=replace(
            found.run.settlement, charges=(replace(first, minor=first.minor + 1), *others)
        ),
    )

    again = issue(database, arguments, found.masters, dearer)

    assert again.state == "broken"
    assert "again" in {each.identity for each in again.broken}
    assert len(documents(database)) == 1


def test_trying_writes_nothing(archived: Settings, database: psycopg.Connection) -> None:
    masters(database, FOREVER)
    arguments = asked("2013-03", "2013-04-20")
    found = computed(archived, database, arguments)

    tried = issue(database, arguments, found.masters, found.run, dry_run=True)

    assert [bill.totals.gross for bill in tried.bills] == [6_455]
    assert (tried.run_id, tried.numbers) == (None, ())
    assert not any(rows(database).values())


def test_interim_runs_replace_one_another_and_issue_nothing(
    archived: Settings, database: psycopg.Connection
) -> None:
    masters(database, FOREVER)
    half = (ms("2013-03-15") - YEAR_BEGIN_MS) // HALF_HOUR_MS

    for until in (half, half + 48):
        billed(archived, database, asked("2013-03", "2013-03-16", kind="interim", until=until))

    found = rows(database)
    assert len(found["run"]) == 1
    assert found["document"] == found["ledger_line"] == []
    assert {row[2] for row in found["charge"]} == {HOME}


def test_a_month_that_is_final_lists_what_differs_until_a_person_issues_it(
    archived: Settings, database: psycopg.Connection
) -> None:
    masters(database, TOLD)
    billed(archived, database, asked("2013-07", "2014-10-01", kind="final"))
    told = datetime(2014, 11, 1, tzinfo=UTC)
    forgotten(database, told)
    occupied(database, A, "2012-12-01", "2013-07-09T23:00", recorded=told)
    occupied(database, B, "2013-07-09T23:00", None, recorded=told)
    arguments = asked("2013-07", "2014-11-02", kind="reconciliation")
    found = computed(archived, database, arguments)

    listed = issue(database, arguments, found.masters, found.run, dry_run=True)
    issued = issue(database, arguments, found.masters, found.run, after_final=True)

    assert listed.bills == ()
    assert sum(line.minor for line in listed.held if line.key.customer_id == A) == -603
    assert [bill.totals.net for bill in issued.bills] == [-603, 603]


def test_small_corrections_wait(archived: Settings, database: psycopg.Connection) -> None:
    masters(database, TOLD)
    billed(archived, database, asked("2013-07", "2013-08-09"))
    told = datetime(2013, 8, 10, tzinfo=UTC)
    forgotten(database, told)
    occupied(database, A, "2012-12-01", "2013-07-09T23:00", recorded=told)
    occupied(database, B, "2013-07-09T23:00", None, recorded=told)
    arguments = asked("2013-07", "2013-08-11", kind="reconciliation")
    found = computed(archived, database, arguments)

    issued = issue(database, arguments, found.masters, found.run, minimum_minor=1_000_000)

    assert (issued.state, issued.bills) == ("issued", ())
    assert sum(line.minor for line in issued.held if line.key.customer_id == B) == 603


@pytest.mark.parametrize(
    ("table", "by"),
    [("charge", [("again", 1), ("again", 1)]), ("ledger_line", [("again", -1), ("kept", 1)])],
)
def test_what_is_kept_otherwise_than_it_was_computed_issues_nothing(
    archived: Settings,
    database: psycopg.Connection,
    table: LiteralString,
    by: list[tuple[str, int]],
) -> None:
    masters(database, FOREVER)
    database.execute(
        """
        CREATE FUNCTION a_penny_more() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.minor := NEW.minor + 1;
            RETURN NEW;
        END $$
        """
    )
    database.execute(
        f"""
        CREATE TRIGGER off BEFORE INSERT ON {table}
        FOR EACH ROW WHEN (NEW.band = 'High') EXECUTE FUNCTION a_penny_more()
        """
    )

    issued = billed(archived, database, asked("2013-03", "2013-04-20"))

    assert (issued.state, issued.bills, issued.numbers) == ("broken", (), ())
    assert [(each.identity, each.by) for each in issued.broken] == by
    assert documents(database) == []
    assert database.execute("SELECT count(*) FROM ledger_line").fetchone() == (0,)
    assert database.execute("SELECT state FROM run").fetchall() == [("broken",)]
    # Once it is mended, the number is the first one.
    database.execute(f"DROP TRIGGER off ON {table}")
    mended = billed(archived, database, asked("2013-03", "2013-04-21"))
    assert (mended.state, mended.numbers) == ("issued", ("00000001",))


@pytest.mark.parametrize(
    ("table", "change", "expected"),
    [
        (
            "document",
            "NEW.tax_minor := NEW.tax_minor + 1; NEW.gross_minor := NEW.gross_minor + 1;",
            {("tax_minor of document 00000001", 1), ("gross_minor of document 00000001", 1)},
        ),
        ("document", "NEW.customer_id := 2;", {("customer_id of document 00000001", 1)}),
        (
            "document",
            "NEW.month := '2013-02';",
            {("document 00000001 that says 2013-02 and not 2013-03", 1)},
        ),
        (
            "document",
            "NEW.number := '00000002';",
            {("document 00000001", -1), ("document 00000002", 1)},
        ),
        (
            "document_tax",
            "NEW.rate := 20;",
            {
                *(
                    ("net of S 5 % of document 00000001", -6_148),
                    ("tax of S 5 % of document 00000001", -307),
                ),
                *(
                    ("net of S 20 % of document 00000001", 6_148),
                    ("tax of S 20 % of document 00000001", 307),
                ),
            },
        ),
        (
            "document_tax",
            "NEW.tax_minor := NEW.tax_minor - 1;",
            {("tax of S 5 % of document 00000001", -1)},
        ),
        (
            "ledger_line",
            "IF NEW.band = 'High' THEN NEW.document_id := NULL; END IF;",
            {
                ("lines of document 00000001", -1),
                ("lines_minor of document 00000001", -1_102),
                ("what waits for the next document of customer 1", 1_102),
            },
        ),
    ],
)
def test_a_document_that_is_kept_otherwise_is_not_issued(
    archived: Settings,
    database: psycopg.Connection,
    table: LiteralString,
    change: LiteralString,
    expected: set[tuple[str, int]],
) -> None:
    masters(database, FOREVER)
    database.execute(
        f"""
        CREATE FUNCTION otherwise() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            {change}
            RETURN NEW;
        END $$
        """
    )
    database.execute(
        f"CREATE TRIGGER off BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION otherwise()"
    )

    issued = billed(archived, database, asked("2013-03", "2013-04-20"))

    assert (issued.state, issued.numbers) == ("broken", ())
    assert {(each.what, each.by) for each in issued.broken} == expected
    assert {each.identity for each in issued.broken} == {"kept"}
    assert documents(database) == []


def test_who_has_no_contract_is_sent_nothing_and_is_listed(
    archived: Settings, database: psycopg.Connection
) -> None:
    masters(database, FOREVER)
    database.execute("UPDATE contract SET recorded_to = recorded_from")

    issued = billed(archived, database, asked("2013-03", "2013-04-20"))

    assert (issued.state, issued.bills, issued.numbers) == ("issued", (), ())
    found = database.execute("SELECT band, quantity, minor, document_id FROM ledger_line")
    assert found.fetchall() == [("no_contract", 479_474_000, 0, None)]
    opened = database.execute("SELECT premises_id FROM vee_exception WHERE rule = 'no_contract'")
    assert opened.fetchall() == [(HOME,)]
