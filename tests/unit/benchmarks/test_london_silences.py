"""Homes of a file that stop or have gaps: who is told of, and when."""

from io import StringIO

import orjson
import pytest
from rich.console import Console

from benchmarks.london_silences import Outcome, Silence, content, run, tables
from contracts.settings import PROJECT
from contracts.time import HOUR_MS, SECOND_MS
from simulators.london.lcl import HALF_HOUR_MS
from tests.unit.simulators.london.homes import NEW_YEAR_MS, file_of

EXTRACT = PROJECT / "simulators" / "data" / "lcl_extract.csv.gz"

DAY = 48
GAPS = (1, 2, 3, 4, 5, 6, 30)
"""Half-hours; each at the end of a day."""
TOLD_AFTER_MS = (2 * HOUR_MS + 5 * SECOND_MS, 2 * HOUR_MS + 25 * SECOND_MS)
"""Silent for long after four cadences and 5 s; a slice, the heartbeat before it and how long the
reading was on its way come on top."""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    lacks: list[float | None] = []
    for gap in GAPS:
        lacks += [*[0.2] * (DAY - gap % DAY), *[None] * gap]
    whole = len(lacks) + DAY
    homes: dict[str, list[float | None]] = {
        "lacks": [*lacks, *[0.2] * DAY],
        "stops": [0.3] * (3 * DAY),
        "begins": [*[None] * (5 * DAY), *[0.1] * (whole - 5 * DAY)],
        "away": [*[0.1] * DAY, *[0.0] * (2 * DAY), *[0.1] * (whole - 3 * DAY)],
    }
    file = file_of(tmp_path_factory.mktemp("silences"), homes)
    return run(file, Console(quiet=True))


def is_told_in_time(silence: Silence) -> bool:
    earliest_ms, latest_ms = TOLD_AFTER_MS
    opened_at_ms = silence.opened_at_ms
    return opened_at_ms is not None and (earliest_ms < opened_at_ms - silence.start_ms <= latest_ms)


def test_a_gap_of_two_hours_or_more_is_told_and_a_shorter_one_is_not(outcome: Outcome) -> None:
    gaps = [each for each in outcome.silences if each.kind == "gap"]

    assert [each.half_hours for each in gaps] == list(GAPS)
    assert [each.half_hours for each in gaps if each.alert is not None] == [4, 5, 6, 30]
    assert not outcome.of_nothing


def test_a_home_that_stops_is_told_once_and_after_two_hours(outcome: Outcome) -> None:
    (stop,) = (each for each in outcome.silences if each.kind == "stop")

    assert (stop.meter_id, stop.start_ms) == ("stops", NEW_YEAR_MS + 3 * DAY * HALF_HOUR_MS)
    told = [each for each in outcome.silences if each.opened_at_ms is not None]
    assert len(told) == 5
    assert all(map(is_told_in_time, told))


def test_the_score_is_that_of_a_stop_found_and_gaps_that_are_false(outcome: Outcome) -> None:
    (row,) = (row for row in outcome.score.rows if row.kind == "meter_silent")

    assert (row.found.part, row.found.whole) == (1, 1)
    assert (row.right.part, row.right.whole) == (1, 5)
    assert {each.reason for each in outcome.score.false} == {
        "nothing of the kind; then there was gap of 1"
    }


def test_nobody_knows_what_a_home_used_while_it_was_not_read(outcome: Outcome) -> None:
    assert {each.cause for each in outcome.silences if each.alert is not None} == {"unknown"}


def test_a_home_that_uses_nothing_after_a_day_is_listed_and_told_by_nobody(
    outcome: Outcome,
) -> None:
    (no_use,) = outcome.no_use

    assert no_use.meter_id == "away"
    assert (no_use.end_ms - no_use.start_ms) // HALF_HOUR_MS == 2 * DAY
    assert not any(each.meter_id == "away" for each in outcome.silences)
    assert outcome.zero_use == ()


def test_a_home_that_uses_nothing_for_the_first_time_in_eight_weeks_is_told_of(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    weeks = [0.2] * (58 * DAY)
    homes: dict[str, list[float | None]] = {
        "away": [*weeks, *[0.0] * (3 * DAY), *[0.2] * (2 * DAY)],
        "empty": [0.0] * (63 * DAY),
    }
    found = run(file_of(tmp_path_factory.mktemp("zero"), homes), Console(quiet=True))

    (told,) = found.zero_use
    begin_ms = NEW_YEAR_MS + 58 * DAY * HALF_HOUR_MS
    assert (told.meter_id, told.onset_ms) == ("away", begin_ms)
    assert told.opened_at_ms == begin_ms + DAY * HALF_HOUR_MS
    # With the third hour of a day in which something is used the base load is there again.
    assert told.closed_at_ms == begin_ms + 3 * DAY * HALF_HOUR_MS + 22 * HOUR_MS
    shown = StringIO()
    Console(width=80, file=shown).print(tables(found, None))
    assert "told of: 1, 7.94 for 1,000 days of a home" in shown.getvalue()


def test_real_homes_of_a_january() -> None:
    outcome = run(EXTRACT, Console(quiet=True))

    gaps = [each.half_hours for each in outcome.silences if each.kind == "gap"]
    stops = [each for each in outcome.silences if each.kind == "stop"]
    assert gaps == [1, 1]
    assert [is_told_in_time(each) for each in stops] == [True]
    assert [each for each in outcome.silences if each.alert is not None] == stops
    shown = StringIO()
    Console(width=80, file=shown).print(tables(outcome, None))
    assert "in the file" in shown.getvalue()
    assert "…" not in shown.getvalue()
    assert orjson.loads(orjson.dumps(content(outcome, EXTRACT, "")))["homes"] == 10
