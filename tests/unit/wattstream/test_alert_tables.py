"""Alerts in a terminal of 80 columns: nothing is cut, and what matters most stands first."""

import msgspec
import pytest

from contracts.alerts import Evidence
from contracts.notes import Note
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS
from tests.support.alerts import OPENED_MS, an_alert
from tests.unit.wattstream.test_tables import assert_whole, shown
from wattstream.alert_tables import (
    CLOSED_SHOWN,
    alert_list,
    alert_news,
    alert_story,
    by_urgency,
    duration_text,
    mark,
    open_alerts,
    sentence,
)

LONG = "m" * 64
"""The longest id of a meter."""
CLOSED = an_alert(
    subject="sim-t-000007",
    version=3,
    state="closed",
    severity="notice",
    cause="power",
    at_ms=OPENED_MS + 4 * MINUTE_MS,
    closed_at_ms=OPENED_MS + 4 * MINUTE_MS,
    restored_at_ms=OPENED_MS + 3 * MINUTE_MS,
    reason="restored",
    homes=tuple(f"sim-e-{n:09}" for n in range(50)),
    homes_count=50,
    momentary=True,
    customer_minutes=158.5,
)
SILENT = an_alert(
    "meter_silent",
    "sim-e-000000008",
    severity="warning",
    evidence=Evidence("single", "Not heard for 40 s, [four] of its cadences.", {"silent_s": 40.0}),
)
LOSS = an_alert(
    "feeder_loss",
    evidence=Evidence("balance", "22.5 kWh a day more than usual are missing.", {"days": 7.0}),
    homes=("a", "b"),
    homes_count=2,
)


SEEN = Note(SILENT.id, 1_764_363_600_000, "ada [red] :x:", "acknowledged")
HEARD = Note(SILENT.id, 1_764_363_660_000, "grace", "note", "a dog\n[bold] :dog: sleeps on it")


def test_homes_that_are_suspected_are_not_out() -> None:
    assert sentence(LOSS) == "22.5 kWh a day more than usual are missing."
    story = "\n".join(shown(alert_story([LOSS], [])))
    assert "suspected  2" in story
    assert " out" not in story


@pytest.mark.parametrize(
    ("length_ms", "text"),
    [
        (-1, "0 s"),
        (59_999, "59 s"),
        (60_000, "1 min"),
        (HOUR_MS - 1, "59 min"),
        (HOUR_MS, "1 h 0 min"),
        (DAY_MS - 1, "23 h 59 min"),
        (2 * DAY_MS + 4 * HOUR_MS, "2 d 4 h"),
    ],
)
def test_a_length_of_time_is_said_in_two_units_at_most(length_ms: int, text: str) -> None:
    assert duration_text(length_ms) == text


def test_open_ones_stand_first_of_them_the_severest_and_of_these_the_latest() -> None:
    major, later = an_alert(), an_alert(opened_at_ms=OPENED_MS + 1)
    critical = an_alert(subject="z", opened_at_ms=OPENED_MS - 1, severity="critical")
    closed = msgspec.structs.replace(critical, state="closed", id="closed")

    found = by_urgency([closed, SILENT, major, later, critical])

    assert found == [critical, later, major, SILENT, closed]


def test_the_list_has_each_alert_with_its_age_and_a_sentence() -> None:
    open_one = an_alert(severity="critical", homes_count=50, homes_out=48)
    now_ms = OPENED_MS + HOUR_MS

    lines = shown(alert_list([open_one, SILENT, CLOSED], now_ms, {SILENT.id: [SEEN, HEARD]}))

    assert_whole(lines, "2 open, 1 closed in the last day, as of 2013-12-23 17:15:10 UTC")
    assert_whole(lines, "critical", "1 h 0 min", open_one.id)
    assert_whole(lines, "48 of 50 homes out: 8 of 8 homes")
    assert_whole(lines, "warning", "1 h 0 min", SILENT.id)
    assert_whole(lines, "Not heard for 40 s, [four] of its cadences.")
    assert_whole(lines, "acknowledged by ada [red] :x:, 1 note")
    assert sum("acknowledged" in line for line in lines) == 1
    # From its beginning, 10 s before it was opened, until it was restored.
    assert_whole(lines, "notice", "3 min", CLOSED.id)
    assert_whole(lines, "closed 56 min ago, power, 50 homes")
    text = "\n".join(lines)
    assert text.index(open_one.id) < text.index(SILENT.id) < text.index(CLOSED.id)


def test_all_open_ones_are_listed_and_some_of_those_that_are_closed() -> None:
    open_ones = [an_alert(subject=f"open-{n}") for n in range(CLOSED_SHOWN + 1)]
    closed = [an_alert(subject=f"closed-{n}", state="closed") for n in range(CLOSED_SHOWN + 2)]

    lines = shown(alert_list([*open_ones, *closed], OPENED_MS, {}))

    assert sum("outage:open-" in line for line in lines) == CLOSED_SHOWN + 1
    assert sum("outage:closed-" in line for line in lines) == CLOSED_SHOWN
    assert lines[-1].rstrip() == "and 2 more; --json lists all"


def test_the_longest_id_is_folded() -> None:
    lines = shown(alert_list([an_alert("meter_silent", LONG)], OPENED_MS, {}))

    assert sum(line.count("m") for line in lines if "mmm" in line) >= 64


def test_of_what_is_open_a_picture_has_how_much_it_is_and_the_newest() -> None:
    storm = [an_alert(subject=f"f{n}", opened_at_ms=OPENED_MS + n) for n in range(90)]
    last = an_alert(subject="last", opened_at_ms=OPENED_MS + MINUTE_MS, severity="critical")

    lines = shown(open_alerts([CLOSED, SILENT, last, *storm], {last.id: [SEEN]}, 2))

    counts = "open: 1 critical, 90 major, 1 warning ... and 90 more"
    assert lines[0].split() == ["severity", "opened,", "UTC", *counts.split()]
    # By when they were opened, which is not when they began.
    assert_whole(lines[1:2], "critical", "12-23 16:16:10", last.id)
    assert_whole(lines[2:3], "8 of 8 homes that were due stayed away.")
    assert_whole(lines[3:4], "acknowledged by ada")
    assert_whole(lines[4:5], "major", "12-23 16:15:10", storm[-1].id)
    assert len(lines) == 6


def test_a_picture_that_is_too_low_for_an_alert_has_how_many_there_are() -> None:
    (line,) = shown(open_alerts([SILENT, CLOSED], {}, 0))

    assert line == "alerts open: 1 warning"


def test_of_nothing_that_is_open_a_picture_says_so() -> None:
    (line,) = shown(open_alerts([CLOSED], {}, 3))

    assert line.strip() == "no alert is open"


def test_a_version_that_comes_is_two_lines() -> None:
    lines = shown(alert_news(SILENT))

    assert lines == [
        f"16:15:10  opened warning {SILENT.id}",
        "          Not heard for 40 s, [four] of its cadences.",
    ]


def test_a_story_has_every_version_with_its_evidence_and_all_homes() -> None:
    first = msgspec.structs.replace(
        CLOSED, version=1, state="opened", at_ms=OPENED_MS, reason=None, cause="unknown"
    )

    lines = shown(alert_story([first, CLOSED], []))

    assert_whole(lines, "notice", CLOSED.id)
    assert_whole(lines, "subject", "sim-t-000007, area gcpuy")
    assert_whole(lines, "began", "2013-12-23 16:15:00 UTC")
    assert_whole(lines, "restored", "2013-12-23 16:18:10 UTC, 3 min after it began")
    assert_whole(lines, "closed", "2013-12-23 16:19:10 UTC, 4 min after it began, restored")
    assert_whole(lines, "homes", "50, of them 0 out")
    assert_whole(lines, "momentary, 158 customer minutes")
    assert_whole(lines, "16:15:10", "version 1, opened")
    assert_whole(lines, "16:19:10", "version 3, closed")
    assert_whole(lines, "rule full: due 8")
    for home in CLOSED.homes:
        assert_whole(lines, home)


def test_of_a_feed_there_is_no_area_to_be_told() -> None:
    stopped = an_alert("feed_stopped", "demo.readings", area="", severity="critical")

    (subject,) = (line for line in shown(alert_story([stopped], [])) if line.startswith("subject"))

    assert subject.split() == ["subject", "demo.readings"]


def test_of_many_homes_it_is_said_how_many_are_shown() -> None:
    alert = an_alert(homes=("a", "b"), homes_count=502, homes_out=502)

    assert_whole(shown(alert_story([alert], [])), "homes, 2 of 502")


def test_what_is_not_known_is_left_out_of_the_sentence() -> None:
    assert sentence(an_alert()) == "8 of 8 homes that were due stayed away."
    part = an_alert(state="closed", homes_count=3, homes_out=1)
    assert sentence(part).startswith("1 of 3 homes out: 8 of 8")


def test_a_story_has_what_people_say_word_by_word() -> None:
    lines = shown(alert_story([SILENT], [SEEN, HEARD]))

    assert [line.rstrip() for line in lines[-5:]] == [
        "2025-11-28 21:00:00 UTC, ada [red] :x: acknowledged it",
        "",
        "2025-11-28 21:01:00 UTC, grace",
        "          a dog",
        "          [bold] :dog: sleeps on it",
    ]


def test_a_mark_says_who_was_the_first_and_how_many_wrote() -> None:
    again = msgspec.structs.replace(SEEN, who="grace", text="me too")

    assert mark([]).plain == ""
    assert mark([SEEN]).plain == "acknowledged by ada [red] :x:"
    assert mark([HEARD]).plain == "1 note"
    assert mark([SEEN, again, HEARD]).plain == "acknowledged by ada [red] :x:, 2 notes"
