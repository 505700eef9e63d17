"""What corrects a month that was billed is on the customer's next document, under its month."""

from datetime import UTC, datetime
from typing import LiteralString

import psycopg
import pytest

from adapters.bills.documents import document, documents
from adapters.bills.ledger import waiting
from adapters.bills.listed import nets_of_month
from contracts.settings import Settings
from services.api.answers.bills import bill
from services.api.bills import entry_of, whole_bill
from services.settlement.explain import explain
from services.settlement.stored import reproduced
from tests.bills.london import HOME, SITE, A, B, asked, forgotten, masters, occupied
from tests.bills.test_issue import TOLD, billed, totals

ADA_LEFT = datetime(2013, 8, 10, tzinfo=UTC)
EXTRA = 603
"""What Ben owes more and Ada is given back, without tax, since he came on the 10th."""


@pytest.fixture
def july(archived: Settings, database: psycopg.Connection) -> Settings:
    """July was billed; then it was told that Ben came earlier."""
    masters(database, TOLD)
    billed(archived, database, asked("2013-07", "2013-08-09"))
    forgotten(database, ADA_LEFT)
    occupied(database, A, "2012-12-01", "2013-07-09T23:00", recorded=ADA_LEFT)
    occupied(database, B, "2013-07-09T23:00", None, recorded=ADA_LEFT)
    return archived


def test_a_correction_is_on_the_next_document(july: Settings, database: psycopg.Connection) -> None:
    reconciled = billed(july, database, asked("2013-07", "2013-08-20", kind="reconciliation"))

    # Ada has left: hers is the last one. Ben's is in the ledger, and waits for August.
    assert [(each.customer_id, each.totals.net) for each in reconciled.bills] == [(A, -EXTRA)]
    assert reconciled.numbers == ("00000003",)
    assert sum(line.minor for line in reconciled.later) == EXTRA
    assert [each.line for each in waiting(database, SITE)] == [*reconciled.later]
    assert nets_of_month(database, B, SITE, "2013-07") == {2: 1_875, None: EXTRA}

    august = billed(july, database, asked("2013-08", "2013-09-12"))

    assert (august.numbers, august.later, waiting(database)) == (("00000004",), (), ())
    found = document(database, "00000004")
    assert found is not None and found.said.month == "2013-08"
    of_july = [line for line in found.said.lines if line.key.month == "2013-07"]
    of_august = [line for line in found.said.lines if line.key.month == "2013-08"]
    assert {line.reason for line in of_july} == {"move"}
    assert sum(line.minor for line in of_july) == EXTRA
    assert sum(line.quantity for line in of_july) == 44_658_000
    assert {line.reason for line in of_august} == {"first"}
    net = EXTRA + sum(line.minor for line in of_august)
    # A twentieth, half up.
    assert totals(found) == (net, (net + 10) // 20, net + (net + 10) // 20)
    assert found.runs == tuple(
        reconciled.run_id if line.key.month == "2013-07" else august.run_id
        for line in found.said.lines
    )
    assert [each["number"] for each in found.said.content["corrects"]] == ["00000002"]
    # Documents have all that the ledger has, and each line once.
    assert sum(each.said.net_minor for each in documents(database)) == sum(
        row[0] for row in database.execute("SELECT minor FROM ledger_line WHERE customer_id > 0")
    )


def test_the_next_document_is_explained_by_the_runs_of_its_lines(
    july: Settings, database: psycopg.Connection
) -> None:
    reconciled = billed(july, database, asked("2013-07", "2013-08-20", kind="reconciliation"))
    august = billed(july, database, asked("2013-08", "2013-09-12"))
    assert reconciled.run_id is not None and august.run_id is not None

    for alone in (False, True):
        lines = explain(july, database, "4", alone=alone).lines
        for each in lines:
            shown = each.shown
            assert shown.charge is not None and each.made_of is not None
            month = "2013-07" if shown.run_id == reconciled.run_id else "2013-08"
            assert shown.line.key.month == month
            assert shown.before + shown.line.minor == shown.charge.minor
            assert sum(part.quantity for part in each.made_of.parts) == shown.charge.quantity
    whole = whole_bill(database, "4", B)
    first = whole_bill(database, "2", B)
    assert whole is not None and first is not None
    answer = bill(whole)
    assert {each.month for each in answer.lines} == {"2013-07", "2013-08"}
    assert answer.corrects == ["00000002"]
    assert [(each.number, each.of_month_minor) for each in bill(first).history] == [
        ("00000002", 1_875),
        ("00000004", EXTRA),
    ]
    assert (bill(first).month_net_minor, bill(first).month_waiting_minor) == (1_875 + EXTRA, 0)
    for run_id in (reconciled.run_id, august.run_id):
        assert reproduced(july, database, run_id).same


def test_a_document_is_as_settled_as_all_of_its_months(
    july: Settings, database: psycopg.Connection
) -> None:
    billed(july, database, asked("2013-07", "2013-08-20", kind="reconciliation"))
    billed(july, database, asked("2013-08", "2013-09-12"))
    billed(july, database, asked("2013-08", "2014-11-01", kind="final"))
    august = entry_of(database, "4", B)
    assert august is not None and august.is_provisional

    billed(july, database, asked("2013-07", "2014-11-02", kind="final"))

    august = entry_of(database, "4", B)
    assert august is not None and not august.is_provisional


def test_a_person_sends_what_waits(july: Settings, database: psycopg.Connection) -> None:
    billed(july, database, asked("2013-07", "2013-08-20", kind="reconciliation"))
    whole = whole_bill(database, "2", B)
    assert whole is not None and bill(whole).month_waiting_minor == EXTRA

    later = billed(july, database, asked("2013-07", "2013-08-21", kind="reconciliation"), now=True)

    assert [(each.customer_id, each.totals.net) for each in later.bills] == [(B, EXTRA)]
    found = document(database, later.numbers[0])
    assert found is not None and found.said.month == "2013-07"
    assert {line.key.premises_id for line in found.said.lines} == {HOME}
    assert waiting(database) == ()


def test_a_final_run_leaves_nothing_to_wait(july: Settings, database: psycopg.Connection) -> None:
    billed(july, database, asked("2013-07", "2013-08-20", kind="reconciliation"))

    final = billed(july, database, asked("2013-07", "2014-10-01", kind="final"))

    assert [(each.customer_id, each.totals.net) for each in final.bills] == [(B, EXTRA)]
    assert waiting(database) == ()


def test_who_is_found_to_have_left_is_sent_what_waits(
    july: Settings, database: psycopg.Connection
) -> None:
    billed(july, database, asked("2013-07", "2013-08-20", kind="reconciliation"))
    told = datetime(2013, 9, 1, tzinfo=UTC)
    forgotten(database, told)
    occupied(database, A, "2012-12-01", "2013-07-09T23:00", recorded=told)
    occupied(database, B, "2013-07-09T23:00", "2013-07-31T23:00", recorded=told)

    august = billed(july, database, asked("2013-08", "2013-09-12"))

    # Nobody is known there in August.
    assert [(each.customer_id, each.totals.net) for each in august.bills] == [(B, EXTRA)]
    found = document(database, august.numbers[0])
    assert found is not None and found.said.month == "2013-07"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("RETURN NULL;", {f"what waits for the next document of customer {B}"}),
        ("NEW.document_id := 1; RETURN NEW;", set[str]()),
    ],
)
def test_what_is_not_on_its_document_issues_nothing(
    july: Settings, database: psycopg.Connection, change: LiteralString, expected: set[str]
) -> None:
    billed(july, database, asked("2013-07", "2013-08-20", kind="reconciliation"))
    database.execute(
        f"CREATE FUNCTION otherwise() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {change} END $$"
    )
    database.execute(
        "CREATE TRIGGER off BEFORE INSERT ON later_line FOR EACH ROW EXECUTE FUNCTION otherwise()"
    )

    august = billed(july, database, asked("2013-08", "2013-09-12"))

    assert (august.state, august.numbers) == ("broken", ())
    lacks = {f"{what} of document 00000004" for what in ("lines", "lines_minor")}
    assert {each.what for each in august.broken} == lacks | expected
    assert len(documents(database)) == 3
    assert sum(each.line.minor for each in waiting(database)) == EXTRA
