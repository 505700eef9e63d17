"""A register that was not measured for long holds the bill, until it was or a person says."""

import numpy as np
import psycopg
import pytest
from psycopg.types.json import Jsonb

from adapters.bills.documents import documents
from adapters.bills.exceptions import still_open
from adapters.bills.ledger import issued
from adapters.bills.runs import charges
from billing.curve.errors import CurveError
from billing.settlement.identities import ledger
from contracts.billing import RunKind
from contracts.settings import Settings
from contracts.time import DAY_MS
from services.settlement.issue import Issued, issue
from services.settlement.stored import computed, reproduced
from tests.bills.london import ALL, HOME, SITE, A, B, archive, asked, masters
from tests.support.london import HALF_HOUR_MS, YEAR_BEGIN_MS, home_mwh, ms

SILENT = ms("2013-05-10")
JUNE = ("2013-05-31T23:00", "2013-06-30T23:00")
SHARED = [(A, "2012-12-01", "2013-06-04T23:00"), (B, "2013-06-04T23:00", None)]


def run(
    settings: Settings,
    database: psycopg.Connection,
    as_of: str,
    until: int,
    kind: RunKind = "first",
    *,
    dry_run: bool = False,
) -> Issued:
    """A run of June."""
    arguments = asked("2013-06", as_of, kind=kind, until=until)
    found = computed(settings, database, arguments)
    return issue(database, arguments, found.masters, found.run, dry_run=dry_run)


@pytest.fixture
def silent(settings: Settings) -> int:
    """An archive in which nothing came after 10 May; the offset after it."""
    ends_ms = YEAR_BEGIN_MS + HALF_HOUR_MS * (1 + np.arange(ALL))
    return archive(settings, ends_ms <= SILENT)


def late(settings: Settings, until: int) -> int:
    """All that was missing comes; the offset after it."""
    ends_ms = YEAR_BEGIN_MS + HALF_HOUR_MS * (1 + np.arange(ALL))
    return archive(settings, ends_ms > SILENT, first_offset=until, name="late-0")


def test_a_bill_waits_and_is_sent_once_readings_have_come(
    settings: Settings, database: psycopg.Connection, silent: int
) -> None:
    masters(database, [(A, "2012-12-01", None)])

    tried = run(settings, database, "2013-07-20", silent, dry_run=True)
    first = run(settings, database, "2013-07-20", silent)

    assert (tried.bills, first.bills, first.numbers) == ((), (), ())
    assert first.state == "issued" and first.held
    for each in (tried, first):
        (hold,) = each.waiting
        assert (hold.customer_id, hold.premises_id) == (A, HOME)
        assert (hold.finding.rule, hold.finding.begin_ms) == ("prolonged", SILENT)
    (opened,) = still_open(database, severity="hold")
    assert (opened.what.register_id, opened.what.detail["holds"]) == (HOME, "bill of customer 1")
    assert issued(database, SITE, "2013-06") == ()
    # Said again it waits as before, and later too.
    assert run(settings, database, "2013-07-20", silent).again
    assert run(settings, database, "2013-08-20", silent, "reconciliation").waiting

    came = late(settings, silent)
    later = run(settings, database, "2013-09-20", came, "reconciliation")

    assert (later.waiting, later.numbers) == ((), ("00000001",))
    assert still_open(database, severity="hold") == []
    (document,) = documents(database, whole=True)
    begin, end = ((ms(each) - YEAR_BEGIN_MS) // HALF_HOUR_MS for each in JUNE)
    used = int(home_mwh()[begin:end].sum())
    assert sum(line.quantity for line in document.said.lines) == used
    assert {line.reason for line in document.said.lines} == {"first"}
    assert later.run_id is not None
    assert not ledger(charges(database, later.run_id), issued(database, SITE, "2013-06"))


@pytest.mark.parametrize(
    ("days", "severity", "until", "is_held"),
    [
        # From 10 May to the end of June, in London, there are 51 days and 23 hours.
        (51, "hold", None, True),
        (52, "hold", None, False),
        (51, "review", None, False),
        # What ended before June is not its rule: without one, 35 days are the limit.
        (52, "hold", "2013-05-31T00:00Z", True),
    ],
)
def test_what_is_too_long_is_what_masters_say(
    settings: Settings,
    database: psycopg.Connection,
    silent: int,
    days: int,
    severity: str,
    until: str | None,
    is_held: bool,
) -> None:
    masters(database, [(A, "2012-12-01", None)])
    database.execute(
        """
        INSERT INTO vee_rule (rule, parameters, severity, valid_from, valid_to, recorded_from)
        VALUES ('prolonged', %s, %s, '2013-01-01Z', %s, '2012-12-01Z')
        """,
        [Jsonb({"prolonged_ms": days * DAY_MS}), severity, until],
    )

    first = run(settings, database, "2013-07-20", silent)

    assert first.state == "issued"
    assert (bool(first.waiting), bool(first.numbers)) == (is_held, not is_held)
    assert first.run_id is not None
    assert reproduced(settings, database, first.run_id).same


def test_a_rule_that_is_none_is_refused_by_its_name(
    settings: Settings, database: psycopg.Connection, silent: int
) -> None:
    masters(database, [(A, "2012-12-01", None)])
    database.execute(
        """
        INSERT INTO vee_rule (rule, parameters, severity, valid_from, recorded_from)
        VALUES ('prolonged', '{"days": 40}', 'hold', '2013-01-01Z', '2012-12-01Z')
        """
    )

    with pytest.raises(CurveError, match="parameters of rule prolonged have days: give prolonged"):
        run(settings, database, "2013-07-20", silent)


def test_a_month_before_it_was_so_long_is_billed_by_estimates(
    settings: Settings, database: psycopg.Connection, silent: int
) -> None:
    masters(database, [(A, "2012-12-01", None)])
    arguments = asked("2013-05", "2013-06-20", until=silent)
    found = computed(settings, database, arguments)

    billed = issue(database, arguments, found.masters, found.run)

    assert (billed.waiting, billed.numbers) == ((), ("00000001",))


def test_what_was_estimated_of_a_silent_meter_is_given_back_until_more_is_known(
    settings: Settings, database: psycopg.Connection, silent: int
) -> None:
    masters(database, [(A, "2012-12-01", None)])
    begin, stopped, end = (
        (ms(each) - YEAR_BEGIN_MS) // HALF_HOUR_MS
        for each in ("2013-04-30T23:00", "2013-05-10", "2013-05-31T23:00")
    )
    measured, whole = (int(home_mwh()[begin:each].sum()) for each in (stopped, end))

    def issued_after(as_of: str, until: int, kind: RunKind) -> int:
        arguments = asked("2013-05", as_of, kind=kind, until=until)
        found = computed(settings, database, arguments)
        assert issue(database, arguments, found.masters, found.run).state == "issued"
        return sum(line.quantity for line in issued(database, SITE, "2013-05"))

    assert issued_after("2013-06-20", silent, "first") > measured
    assert issued_after("2013-06-21", silent, "reconciliation") == measured
    assert issued_after("2013-09-20", late(settings, silent), "reconciliation") == whole


def test_what_a_person_says_releases_the_bill(
    settings: Settings, database: psycopg.Connection, silent: int
) -> None:
    masters(database, [(A, "2012-12-01", None)])
    run(settings, database, "2013-07-20", silent)
    database.execute(
        """
        INSERT INTO edit (
            register_id, begin_ms, end_ms, energy_mwh, reason, by_user, recorded_from
        ) VALUES (%s, %s, %s, 300000000, 'read by hand', 'clerk', '2013-07-25Z')
        """,
        [HOME, *map(ms, JUNE)],
    )

    later = run(settings, database, "2013-08-20", silent, "reconciliation")

    assert later.waiting == ()
    (document,) = documents(database, whole=True)
    assert sum(line.quantity for line in document.said.lines) == 300_000_000


def test_only_who_was_there_waits(settings: Settings, database: psycopg.Connection) -> None:
    # Silent from 5 June on, when B has come.
    ends_ms = YEAR_BEGIN_MS + HALF_HOUR_MS * (1 + np.arange(ALL))
    gap = (ends_ms > ms("2013-06-06")) & (ends_ms <= ms("2013-08-06"))
    until = archive(settings, ~gap)
    masters(database, SHARED)

    first = run(settings, database, "2013-07-20", until)

    assert [each.customer_id for each in first.waiting] == [B]
    assert [bill.customer_id for bill in first.bills] == [A]
    came = archive(settings, gap, first_offset=until, name="late-0")
    later = run(settings, database, "2013-09-20", came, "reconciliation")
    assert later.waiting == ()
    (of_b,) = documents(database, customer_id=B, whole=True)
    assert {line.reason for line in of_b.said.lines} == {"first"}


def test_a_final_run_leaves_nobody_waiting(
    settings: Settings, database: psycopg.Connection, silent: int
) -> None:
    masters(database, [(A, "2012-12-01", None)])

    final = run(settings, database, "2014-10-01", silent, "final")

    assert (final.state, final.waiting) == ("issued", ())
    # It is still told.
    assert [each.what.rule for each in still_open(database, severity="hold")] == ["prolonged"]
