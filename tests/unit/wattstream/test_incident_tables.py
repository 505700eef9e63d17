"""Incidents in a terminal of 80 columns: nothing is cut, and a storm is marked."""

import msgspec

from contracts.alerts import Alert
from contracts.incidents import incidents
from contracts.time import HOUR_MS, MINUTE_MS, SECOND_MS
from tests.support.alerts import OPENED_MS, an_alert
from tests.unit.wattstream.test_tables import assert_whole, shown
from wattstream.incident_tables import (
    incident_lines,
    incident_list,
    incident_story,
    worth_telling,
)


def outages(count: int, area: str = "gcpuy", *, open_ones: int | None = None) -> list[Alert]:
    """Outages of as many feeders, a second apart, those that open last are open still."""
    alerts = []
    for number in range(count):
        alert = an_alert(
            subject=f"{area}-{number:03}",
            opened_at_ms=OPENED_MS + number * SECOND_MS,
            area=area,
            homes_count=50,
            homes_out=48,
        )
        if open_ones is not None and number < count - open_ones:
            at_ms = OPENED_MS + HOUR_MS
            alert = msgspec.structs.replace(
                alert, version=2, state="closed", at_ms=at_ms, closed_at_ms=at_ms, homes_out=0
            )
        alerts.append(alert)
    return alerts


def test_an_outage_alone_is_not_told_as_an_incident() -> None:
    assert worth_telling(incidents(outages(1))) == []
    assert incident_lines(incidents(outages(1))) == []


def test_open_ones_stand_first_of_these_the_latest() -> None:
    late = [
        msgspec.structs.replace(each, onset_ms=each.onset_ms + 1)
        for each in outages(2, area="u3300")
    ]
    closed, early = outages(2, area="9q800", open_ones=0), outages(2)

    told = worth_telling(incidents([*closed, *early, *late]))

    assert [each.geohashes for each in told] == [("u33",), ("gcp",), ("9q8",)]


def test_a_line_says_how_many_are_dark_and_that_it_is_a_storm() -> None:
    (calm,) = incident_lines(incidents(outages(10)))
    (storm,) = incident_lines(incidents(outages(100)))

    assert calm.plain == (
        "Incident in gcp: 10 feeders, 10 of 10 outages open, 480 of 500 homes out"
    )
    assert storm.plain == (
        "Incident in gcp: 100 feeders, 100 of 100 outages open, 4,800 of 5,000 homes out, storm "
        "since 16:15:20"
    )
    shown(calm, storm)


def test_one_that_is_over_has_no_line() -> None:
    assert incident_lines(incidents(outages(100, open_ones=0))) == []


def test_an_incident_over_a_line_names_both_sides() -> None:
    (line,) = incident_lines(incidents([*outages(2), *outages(1, area="u10hb")]))
    assert line.plain.startswith("Incident in gcp, u10: 3 feeders")


def test_the_list_has_each_with_its_length() -> None:
    found = incidents([*outages(3), *outages(20, area="u3300", open_ones=0), *outages(1, "9q8hb")])

    lines = shown(incident_list(found, OPENED_MS + 90 * MINUTE_MS))

    assert_whole(lines, "1 open, 1 closed in the last day, as of 2013-12-23 17:45:10 UTC")
    assert_whole(lines, "major", "1 h 30 min", "outage:gcpuy-000")
    assert_whole(lines, "gcp: 3 feeders, 3 of 3 outages open")
    assert_whole(lines, "major", "1 h 0 min", "outage:u3300-000")
    assert not any("u10" in line for line in lines)


def test_a_story_has_every_feeder_and_the_storm() -> None:
    alerts = outages(12, open_ones=3)
    (incident,) = incidents(alerts)

    lines = shown(incident_story(incident, {each.id: each for each in alerts}))

    assert_whole(lines, "major", incident.id)
    assert_whole(lines, "where", "geohash gcp")
    assert_whole(lines, "began", "2013-12-23 16:15:00 UTC, its last outage 11 s later")
    assert_whole(lines, "outages", "12, of them 3 open")
    assert_whole(lines, "homes", "600, of them 144 out")
    assert_whole(lines, "storm", "16:15:20 to 17:15:10")
    assert not any("closed  " in line and "UTC" in line for line in lines)
    for alert in alerts:
        assert_whole(lines, "16:15:", alert.state, alert.id)
    assert sum("48 of 50 homes out" in line for line in lines) == 3


def test_the_story_of_one_that_is_over_says_when() -> None:
    alerts = outages(2, open_ones=0)
    (incident,) = incidents(alerts)

    lines = shown(incident_story(incident, {each.id: each for each in alerts}))

    assert_whole(lines, "closed", "2013-12-23 17:15:10 UTC, 1 h 0 min after it began")
