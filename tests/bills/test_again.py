"""A run that is computed again, whatever became of archive and masters; and what lines are made
of."""

from datetime import UTC, date, datetime

import numpy as np
import psycopg
import pytest
from rich.console import Console

from adapters.archive.compaction import compact
from adapters.postgres import connect
from billing.curve.rules import Rules
from billing.settlement.errors import RunError
from contracts.billing import Letter
from contracts.settings import Settings
from services.settlement.explain import explain
from services.settlement.issue import issue
from services.settlement.stored import computed, reproduced
from tests.bills.london import ALL, HOME, A, B, archive, asked, forgotten, masters, occupied
from tests.support.london import HALF_HOUR_MS, YEAR_BEGIN_MS, home_mwh, ms

FOREVER = [(A, "2012-12-01", None)]


def test_an_old_run_has_the_same_bytes(settings: Settings, database: psycopg.Connection) -> None:
    withheld = np.zeros(ALL, dtype=np.bool_)
    first = (ms("2013-03-08") - YEAR_BEGIN_MS) // HALF_HOUR_MS
    withheld[first : first + 48] = True
    until = archive(settings, ~withheld)
    masters(database, FOREVER, source="counter")
    arguments = asked("2013-03", "2013-04-20", until=until)
    found = computed(settings, database, arguments)
    old = issue(database, arguments, found.masters, found.run)
    assert old.run_id is not None

    # What came since then.
    after = archive(settings, withheld, first_offset=until, name="late-0")
    compact(settings, Console(quiet=True), grace_ms=0)
    compact(settings, Console(quiet=True), grace_ms=0)
    told = datetime(2013, 5, 1, tzinfo=UTC)
    forgotten(database, told)
    occupied(database, A, "2012-12-01", "2013-03-15", recorded=told)
    occupied(database, B, "2013-03-15", None, recorded=told)

    again = reproduced(settings, database, old.run_id)
    assert again.same and again.others == ()
    assert again.then.count("\n") == 4
    # And neither of the two cuts is idle.
    for as_of, offset in (("2013-04-20", after), ("2013-05-02", until)):
        other = computed(settings, database, asked("2013-03", as_of, until=offset))
        assert other.run.settlement.charges != found.run.settlement.charges


def test_there_is_no_such_run(settings: Settings, database: psycopg.Connection) -> None:
    with pytest.raises(RunError, match="there is no run 7"):
        reproduced(settings, database, 7)


def test_lines_are_made_of_their_periods(archived: Settings, database: psycopg.Connection) -> None:
    masters(database, [(A, "2012-12-01", "2013-07-15T11:10"), (B, "2013-07-15T11:10", None)])
    arguments = asked("2013-07", "2013-08-09")
    found = computed(archived, database, arguments)
    issue(database, arguments, found.masters, found.run)

    told = [explain(archived, database, number) for number in ("1", "2")]

    # The registers of its premises alone say the same.
    assert told == [explain(archived, database, number, alone=True) for number in ("1", "2")]
    for each in told:
        for line in each.lines:
            assert line.made_of is not None and line.shown.charge is not None
            assert sum(part.quantity for part in line.made_of.parts) == line.shown.line.quantity
            assert {letter for part in line.made_of.parts for letter in part.by_letter} <= {
                Letter.A
            }
    # The half-hour of the move is in both, by its minutes.
    begin_ms, move_ms = ms("2013-07-15T11:00"), ms("2013-07-15T11:10")
    pieces = [
        part
        for each in told
        for line in each.lines
        if line.made_of is not None
        for part in line.made_of.parts
        if begin_ms <= part.span.begin_ms < begin_ms + HALF_HOUR_MS
    ]
    assert [part.span.end_ms - part.span.begin_ms for part in pieces] == [600_000, 1_200_000]
    assert pieces[0].span.end_ms == pieces[1].span.begin_ms == move_ms
    used = int(home_mwh()[(begin_ms - YEAR_BEGIN_MS) // HALF_HOUR_MS])
    assert [part.quantity for part in pieces] == [used // 3, used - used // 3]
    assert {line.shown.line.key.premises_id for each in told for line in each.lines} == {HOME}


@pytest.mark.parametrize("alone", [True, False])
def test_a_bill_is_explained_though_postgresql_goes_while_the_archive_is_read(
    archived: Settings, database: psycopg.Connection, *, alone: bool
) -> None:
    masters(database, FOREVER)
    arguments = asked("2013-03", "2013-04-20")
    found = computed(archived, database, arguments)
    issue(database, arguments, found.masters, found.run)
    told = explain(archived, database, "1", alone=alone)
    days = []

    def goes(day: date) -> None:
        days.append(day)
        asking.close()

    with connect(archived) as asking:
        again = explain(archived, asking, "1", goes, alone=alone)

    assert days and again == told


def test_what_is_estimated_is_said_by_the_day(
    settings: Settings, database: psycopg.Connection
) -> None:
    withheld = np.zeros(ALL, dtype=np.bool_)
    first = (ms("2013-03-10") - YEAR_BEGIN_MS) // HALF_HOUR_MS
    withheld[first : first + 47] = True
    archive(settings, ~withheld)
    masters(database, FOREVER, source="counter")
    arguments = asked("2013-03", "2013-04-20", until=ALL - 47)
    found = computed(settings, database, arguments)
    issue(database, arguments, found.masters, found.run)

    (told,) = [explain(settings, database, "00000001")]

    shaped = {
        datetime.fromtimestamp(part.span.begin_ms / 1_000, UTC).date().isoformat()
        for line in told.lines
        if line.made_of is not None
        for part in line.made_of.parts
        if part.by_letter.get(Letter.S)
    }
    assert shaped == {"2013-03-10"}


def test_a_meter_that_has_moved_explains_what_it_counted_here(
    archived: Settings, database: psycopg.Connection
) -> None:
    masters(database, FOREVER)
    database.execute("UPDATE installation SET recorded_to = recorded_from")
    database.execute("INSERT INTO premises VALUES ('a shop', 'london', '2012-12-01Z')")
    for premises_id, begin, end in (
        ("a shop", "2013-01-01Z", "2013-03-01Z"),
        (HOME, "2013-03-01Z", None),
    ):
        database.execute(
            """
            INSERT INTO installation (
                register_id, premises_id, commodity, direction, source, boundary, valid_from,
                valid_to, cadence_ms, recorded_from
            ) VALUES (
                %s, %s, 'electricity', 'import', 'interval', 'interpolate', %s, %s, 1800000,
                '2012-12-01Z'
            )
            """,
            [HOME, premises_id, begin, end],
        )
    arguments = asked("2013-03", "2013-04-20")
    found = computed(archived, database, arguments)
    issue(database, arguments, found.masters, found.run)

    (told,) = [explain(archived, database, "00000001")]

    assert len(told.lines) == 3
    for each in told.lines:
        assert each.made_of is not None
        assert sum(part.quantity for part in each.made_of.parts) == each.shown.line.quantity


def test_an_estimate_that_others_had_a_part_in_is_not_told_of_one_home_alone(
    settings: Settings, database: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    withheld = np.zeros(ALL, dtype=np.bool_)
    first = (ms("2013-03-10") - YEAR_BEGIN_MS) // HALF_HOUR_MS
    withheld[first : first + 48] = True
    archive(settings, ~withheld, counts_all=False)
    masters(database, FOREVER)
    arguments = asked("2013-03", "2013-04-20", until=ALL - 48)
    found = computed(settings, database, arguments)
    issue(database, arguments, found.masters, found.run)

    def told() -> dict[str, bool]:
        lines = explain(settings, database, "1", alone=True).lines
        return {line.shown.line.key.band: line.made_of is not None for line in lines}

    assert set(told().values()) == {True}
    # As if the home had been estimated by others, whom this sees no more.
    others = Rules(level_limits=(2.0, 2.0))
    monkeypatch.setattr("services.settlement.run.rules_at", lambda *_: others)
    assert False in told().values()
