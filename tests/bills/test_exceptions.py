"""Exceptions in PostgreSQL, and as clerks read them."""

import csv
import io

import psycopg
from rich.console import Console

from adapters.bills import exceptions
from billing.curve.findings import Finding
from contracts.settings import Settings
from services.settlement.issue import exceptions_of, issue
from services.settlement.stored import computed
from tests.bills.london import HOME, SITE, A, asked, masters
from tests.support.london import ms
from wattstream.bill_tables import exception_table
from wattstream.exception_rows import exceptions_text


def test_registers_of_one_id_and_two_commodities_are_told_apart(
    archived: Settings, database: psycopg.Connection
) -> None:
    masters(database, [(A, "2012-12-01", None)])
    arguments = asked("2013-03", "2013-04-20")
    found = computed(archived, database, arguments)
    run_id = issue(database, arguments, found.masters, found.run).run_id
    assert run_id is not None
    span = ms("2013-03-04"), ms("2013-03-06")
    # Of both the same rule finds the same days.
    both = [
        Finding("missing", HOME, "gas", *span, "note"),
        Finding("missing", HOME, "electricity", *span, "note"),
    ]

    for several in (both, both, both[:1]):
        with database.transaction():
            exceptions.write(database, run_id, SITE, "2013-03", exceptions_of(several))
        shown = exceptions.still_open(database, rule="missing")
        commodities = sorted(each.commodity for each in several)
        assert sorted(each.what.commodity for each in shown) == commodities

        rows = csv.DictReader(io.StringIO(exceptions_text(shown)))
        assert sorted(row["commodity"] for row in rows) == commodities
        console = Console(width=160, record=True, file=io.StringIO())
        console.print(exception_table(shown))
        told = console.export_text()
        assert [each for each in ("electricity", "gas") if each in told] == commodities
