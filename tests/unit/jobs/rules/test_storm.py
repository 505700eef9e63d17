"""A storm of 5,000 homes on 100 feeders: an alert for each, and one incident, in whatever order the
watch job's tasks are ahead of one another."""

import random
from collections.abc import Sequence

import msgspec
import pytest

from contracts.alerts import Alert
from contracts.incidents import Storm, incidents
from contracts.time import MINUTE_MS, SECOND_MS
from jobs.fold import fold
from jobs.rules.all import read
from tests.unit.jobs.rules.network import T0, Dark, network, shifted

RULES = read()
PATTERNS, TURNS = 10, 10
HOMES = 50
BEGIN_MS, LENGTH_MS = 63_150, 20 * MINUTE_MS


@pytest.fixture(scope="module")
def told() -> list[list[Alert]]:
    """What is told of each feeder: every six seconds one is dark, for twenty minutes."""
    feeders = []
    for pattern in range(PATTERNS):
        begin_ms = BEGIN_MS + pattern * 6 * SECOND_MS
        dark = Dark(range(HOMES), begin_ms, begin_ms + LENGTH_MS)
        facts = network(HOMES, begin_ms + LENGTH_MS + MINUTE_MS, [dark]).facts()
        for turn in range(TURNS):
            feeder = f"sim-t-{turn * PATTERNS + pattern:06}"
            kept: bytes | None = None
            alerts: list[Alert] = []
            for fact in facts:
                of_feeder = shifted(fact, turn * MINUTE_MS, feeder)
                kept, said = fold(kept, msgspec.json.encode(of_feeder), RULES)
                alerts += said
            feeders.append(alerts)
    return feeders


def interleaved(told: Sequence[Sequence[Alert]], chance: random.Random, ahead: int) -> list[Alert]:
    """The versions as they come when some feeders are up to so many ahead of others; those of a
    feeder in their order, and some again, as after a restart."""
    left = [list(alerts) for alerts in told]
    came: list[Alert] = []
    while any(left):
        least = max(map(len, left))
        feeder = chance.choice([each for each in left if len(each) > max(0, least - ahead)])
        came.append(feeder.pop(0))
        if chance.random() < 0.01:
            came += came[chance.randrange(len(came)) :]
    return came


def test_a_hundred_feeders_make_a_hundred_alerts_and_one_incident(
    told: Sequence[Sequence[Alert]],
) -> None:
    alerts = [alert for of_feeder in told for alert in of_feeder]
    (incident,) = incidents(alerts)

    assert {alert.kind for alert in alerts} == {"outage"}
    assert len({alert.id for alert in alerts}) + 1 <= 102
    assert len(incident.feeders) == len(incident.outages) == 100
    assert (incident.homes_count, incident.homes_out, incident.outages_open) == (5_000, 0, 0)
    assert (incident.severity, incident.geohashes) == ("critical", ("gcp",))
    # The first begins at 63.15 s, and its neighbour, 6 s later, is the second.
    assert incident.onset_ms == T0 + 63_100
    assert incident.id == f"outage:sim-t-000000:{T0 + 65_000}"


def test_it_is_a_storm_from_the_eleventh_until_four_are_dark(
    told: Sequence[Sequence[Alert]],
) -> None:
    alerts = [alert for of_feeder in told for alert in of_feeder]
    opened = sorted(alert.at_ms for alert in alerts if alert.state == "opened")
    closed = sorted(alert.at_ms for alert in alerts if alert.state == "closed")
    (incident,) = incidents(alerts)

    assert incident.storms == (Storm(opened[10], closed[95]),)
    assert opened[10] - opened[0] == MINUTE_MS


@pytest.mark.parametrize("ahead", [1, 2, 10])
@pytest.mark.parametrize("seed", range(5))
def test_whoever_is_ahead_the_incident_is_the_same_in_the_end(
    told: Sequence[Sequence[Alert]], seed: int, ahead: int
) -> None:
    came = interleaved(told, random.Random(seed), ahead)

    assert came != sorted(came, key=lambda alert: (alert.at_ms, alert.id))
    assert incidents(came) == incidents(alert for of_feeder in told for alert in of_feeder)


def test_it_is_one_incident_from_its_second_outage_on(told: Sequence[Sequence[Alert]]) -> None:
    in_order = sorted(
        (alert for of_feeder in told for alert in of_feeder),
        key=lambda alert: (alert.at_ms, alert.id),
    )
    first = in_order[0].id
    for count in range(1, len(in_order), 7):
        (incident,) = incidents(in_order[:count])
        assert incident.id == first
