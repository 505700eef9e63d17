"""Alerts of registers, each with what it is worth."""

import orjson
import polars as pl
import pytest

from contracts.alerts import Alert, Kind, Severity, alert_id
from detection.score.fleet import fleet_of
from detection.score.pieces import truth_of
from detection.score.score import Row, Score, score
from tests.unit.detection.score.handmade import (
    _USUAL,
    ON_TIME_MS,
    Label,
    labels,
    ms,
    registry,
    silent,
)

HOUR_S = 3_600
FLEET = fleet_of(registry(), ms(0), ms(10 * HOUR_S))
"""From 16:00 to 2:00."""


def alert(
    kind: Kind, opened_h: float, meter: str = "fast-1", severity: Severity = "major"
) -> Alert:
    """One that an hour opened."""
    opened_ms = ms(opened_h * HOUR_S)
    fields = _USUAL | {"onset_ms": opened_ms, "severity": severity}
    return Alert(
        id=alert_id(kind, meter, opened_ms),
        state="opened",
        kind=kind,
        subject=meter,
        opened_at_ms=opened_ms,
        **fields,
    )


def label(kind: str, start_h: float, end_h: float, meter: str = "fast-1") -> Label:
    return kind, [meter], start_h * HOUR_S, end_h * HOUR_S


def scored(told: list[Label], *alerts: Alert) -> Score:
    return score(truth_of(labels(told), FLEET), alerts, ON_TIME_MS)


def of(found: Score, kind: str) -> Row:
    (row,) = (row for row in found.rows if row.kind == kind)
    return row


def test_a_register_that_stands_still_is_found() -> None:
    found = scored([label("theft_tamper", 1.5, 6)], alert("stuck_register", 4))

    row = of(found, "stuck_register")
    assert (row.pieces, row.found.part, row.right.part) == (1, 1, 1)
    assert row.delay_s is not None
    assert row.delay_s.p50_s == 2.5 * HOUR_S + 3
    assert row.onset_error_s is not None


@pytest.mark.parametrize(
    ("start_h", "end_h", "is_to_find"),
    [(1, 3, True), (1.001, 3, False), (1, 2.999, False), (7, 10, True), (8, 10, False)],
)
def test_two_whole_hours_are_to_be_found(start_h: float, end_h: float, is_to_find: bool) -> None:
    found = scored([label("theft_tamper", start_h, end_h)])

    assert of(found, "stuck_register").found.whole == is_to_find
    assert len(found.missed) == is_to_find
    reasons = [each.reason for each in found.not_counted]
    assert reasons == [] if is_to_find else reasons[0].endswith("fewer than 2")


def test_a_register_that_begins_again_is_found_by_the_hour() -> None:
    reset = label("register_reset", 2.2, 2.2)
    found = scored([reset], alert("register_back", 3, severity="notice"))
    assert (of(found, "register_back").found.part, of(found, "register_back").right.part) == (1, 1)

    # Whoever says it two hours later means something else.
    later = scored([reset], alert("register_back", 5, severity="notice"))
    assert of(later, "register_back").right.part == 0
    assert len(later.missed) == len(later.false) == 1

    at_the_end = scored([label("register_reset", 9.5, 9.5)])
    assert [each.reason for each in at_the_end.not_counted] == ["its hour is not over in time"]


def test_an_exchange_is_a_fall_that_nobody_has_to_tell_and_no_alarm() -> None:
    exchange = label("meter_exchange", 2, 2.5)
    assert not [row for row in scored([exchange]).rows if row.kind == "register_back"]

    mild = scored([exchange], alert("register_back", 3, severity="notice"))
    assert (of(mild, "register_back").right.part, of(mild, "register_back").pieces) == (1, 0)

    alarm = scored([exchange], alert("register_back", 3))
    assert of(alarm, "register_back").right.part == 0
    assert alarm.false[0].reason.endswith("told as major")


@pytest.mark.parametrize("kind", ["stuck_register", "register_back", "use_while_off"])
def test_an_alert_of_nothing_is_wrong(kind: Kind) -> None:
    told = [label("theft_bypass", 1, 9), label("theft_tamper", 1, 9, "fast-2")]
    found = scored(told, alert(kind, 4), alert(kind, 4, "fast-0:export"))

    assert (of(found, kind).right.part, of(found, kind).right.whole) == (0, 2)
    assert sorted(each.reason for each in found.false) == [
        "fast-0:export is not the meter of a home's electricity",
        "nothing of the kind; then there was theft_bypass of 1",
    ]


def test_a_meter_is_not_silent_because_its_register_stands_still() -> None:
    for kind in ("theft_tamper", "register_reset"):
        found = scored([label(kind, 1, 4)], silent("fast-1", 2 * HOUR_S, None))
        assert of(found, "meter_silent").right.part == 0


def test_what_nobody_could_hear_is_shown_by_the_next_reading() -> None:
    reset = label("register_reset", 2.2, 2.2)
    told_later = alert("register_back", 6, severity="notice")
    dark = [label("feeder_outage", 2.1, 3.5), label("meter_silent", 3.4, 5.5)]

    assert of(scored([reset, *dark], told_later), "register_back").found.part == 1
    # One that began when it could have been heard explains nothing.
    apart = [label("meter_silent", 2.3, 5.5)]
    assert of(scored([reset, *apart], told_later), "register_back").found.part == 0


def high_use(factor: float) -> pl.DataFrame:
    """From 3:00 to 5:00 so many times as much."""
    parameters = orjson.dumps({"factor": factor}).decode()
    return labels([label("high_use", 3, 5)]).with_columns(parameters=pl.lit(parameters))


def test_unusual_use_is_found_by_its_hours() -> None:
    unusual = label("unusual_use", 1, 3)
    for opened_h, is_right in [(1, False), (2, True), (4, True), (5, False)]:
        found = scored([unusual], alert("unusual_use", opened_h, severity="notice"))
        row = of(found, "unusual_use")
        assert (row.found.part, row.right.part) == (is_right, is_right), opened_h

    at_the_end = scored([label("unusual_use", 9.5, 9.9)])
    assert [each.reason for each in at_the_end.not_counted] == ["its hour is not over in time"]


def test_of_less_than_twice_as_much_nobody_has_to_be_told() -> None:
    told = alert("unusual_use", 4, severity="notice")
    little = score(truth_of(high_use(1.5), FLEET), [told], ON_TIME_MS)
    much = score(truth_of(high_use(2.0), FLEET), [], ON_TIME_MS)

    assert (of(little, "unusual_use").found.whole, of(little, "unusual_use").right.part) == (0, 1)
    assert [each.reason for each in little.not_counted] == ["1.5 times as much, less than 2"]
    assert len(much.missed) == 1
