"""Alerts of minutes worked out by hand, and those of the jobs' rules on minutes of random logs."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import pytest

from contracts.facts import FeederMinute
from contracts.reading import HEARTBEAT
from contracts.settings import Settings
from contracts.time import MINUTE_MS
from jobs.fold import fold
from jobs.rules.all import read
from jobs.rules.book import Rules
from jobs.rules.overload import OverloadNumbers
from jobs.rules.voltage import VoltageNumbers
from tests.support.chance import seeds
from tests.support.log import T, record
from tests.unit.verification.oracle.conftest import Judge
from tests.unit.verification.oracle.detection.estate import estate
from tests.unit.verification.oracle.detection.street import in_order
from tests.unit.verification.oracle.detection.test_minutes import (
    by_minute,
    measured,
    supplied,
    supply,
)
from verification.oracle.detection.alerts import minute_alerts
from verification.oracle.detection.rules import read_rules
from verification.oracle.expected import expect
from verification.oracle.log import read_log
from verification.rows import AlertKey, AlertVersion, FactKey, FeederMinuteFact
from verification.stores.detected import alert_version

RULES = read_rules()

OPENED = AlertVersion(
    state="opened",
    kind="",
    subject="f",
    severity="",
    area="",
    onset_ms=T,
    opened_at_ms=T,
    at_ms=T,
    rule="",
    numbers=(),
    rules=RULES.version,
)


def test_a_feeder_that_carries_too_much(judge: Judge) -> None:
    """By its supply meter 900 W of 1,000 for six minutes, and then 100 W."""
    given = supplied(
        *((at_ms, 900.0 if at_ms < 360_000 else 100.0) for at_ms in range(0, 840_000, 20_000))
    )
    alerts = judge(*in_order(supply(1_000), given), until=T + 960_000).alerts

    opened = OPENED._replace(
        kind="overload",
        severity="warning",
        opened_at_ms=T + 300_000,
        at_ms=T + 300_000,
        rule="utilisation",
        numbers=(
            ("capacity_w", 1_000),
            ("demand_w", 900.0),
            ("mean_utilisation", 0.9),
            ("minutes", 5),
            ("most_utilisation", 0.9),
            ("utilisation", 0.9),
        ),
    )
    counted = {"demand_w": 100.0, "minutes": 6, "utilisation": 0.1}
    closed = opened._replace(
        state="closed",
        at_ms=T + 660_000,
        numbers=tuple(sorted((dict(opened.numbers) | counted).items())),
        restored_at_ms=T + 360_000,
        closed_at_ms=T + 660_000,
        reason="below",
    )
    an_id = f"overload:f:{T + 300_000}"
    assert rounded(alerts) == {(an_id, 1): opened, (an_id, 2): closed}


def rounded(alerts: Mapping[AlertKey, AlertVersion]) -> dict[AlertKey, AlertVersion]:
    """With numbers of nine decimals: a mean is a sum of fractions."""
    return {
        key: one._replace(numbers=tuple((name, round(value, 9)) for name, value in one.numbers))
        for key, one in alerts.items()
    }


def test_homes_whose_voltage_is_low(judge: Judge) -> None:
    """Three of four for a minute."""
    homes = (measured(home, by_minute(230.0, 200.0)) for home in "abc")
    alerts = judge(*in_order(*homes, measured("d", by_minute()))).alerts

    numbers = {"outside_homes": 3, "most_outside_homes": 3, "nearly_outside_homes": 3}
    opened = OPENED._replace(
        kind="voltage_low",
        severity="warning",
        area="gcpuy",
        onset_ms=T + 60_000,
        opened_at_ms=T + 120_000,
        at_ms=T + 120_000,
        rule="together",
        numbers=tuple(sorted((numbers | {"known_homes": 4}).items())),
    )
    normal = {"outside_homes": 0, "nearly_outside_homes": 0, "known_homes": 4}
    closed = opened._replace(
        state="closed",
        at_ms=T + 180_000,
        numbers=tuple(sorted((numbers | normal).items())),
        restored_at_ms=T + 120_000,
        closed_at_ms=T + 180_000,
        reason="within",
    )
    an_id = f"voltage_low:f:{T + 120_000}"
    assert alerts == {(an_id, 1): opened, (an_id, 2): closed}


QUIET = FeederMinuteFact(
    area="gcpuy",
    members=50,
    homes=50.0,
    demand_w=0.0,
    by_supply=False,
    capacity_w=1_000,
    voltages=50.0,
    low=0.0,
    lowered=0.0,
    high=0.0,
    raised=0.0,
)


def a_row(*minutes: dict[str, Any]) -> dict[FactKey, FeederMinuteFact]:
    """Minutes of a feeder, one after the other."""
    return {
        ("f", T + MINUTE_MS * number): QUIET._replace(**said)
        for number, said in enumerate(minutes, 1)
    }


def told(facts: Mapping[FactKey, FeederMinuteFact]) -> list[tuple[str, int, str, str | None]]:
    """State, minute, severity and reason of each version, all of one kind."""
    return [
        (one.state, (one.at_ms - T) // MINUTE_MS, one.severity, one.reason)
        for one in minute_alerts(facts, RULES).values()
    ]


def test_how_bad_an_overload_is() -> None:
    """It rises with its worst minute, or half an hour at the capacity, and does not fall."""
    loads = [*[850.0] * 5, 999.9, *[-1_000.0] * 30, 850.0, 1_200.0, *[0.0] * 5]
    facts = a_row(*({"demand_w": demand_w} for demand_w in loads))

    assert told(facts) == [
        ("opened", 5, "warning", None),
        ("updated", 7, "major", None),
        # The hour turns: T is half past.
        ("updated", 30, "major", None),
        ("updated", 36, "critical", None),
        ("closed", 43, "critical", "below"),
    ]


def test_one_of_which_most_homes_are_not_heard_closes_and_says_so() -> None:
    gone = [{"demand_w": 0.0, "homes": 24.999}] * 5

    assert told(a_row(*[{"demand_w": 900.0}] * 5, *gone))[-1] == (
        *("closed", 10, "warning"),
        "not_heard",
    )


def test_more_homes_are_news_and_nothing_heard_is_an_end() -> None:
    high = [{"high": homes, "raised": homes} for homes in (30.0, 32.0, 35.0, 35.0, 31.0)]
    facts = a_row(*high, {"voltages": 0.0})

    assert told(facts) == [
        ("opened", 1, "major", None),
        # Five more, and four less, which is more than a tenth.
        ("updated", 3, "major", None),
        ("updated", 5, "major", None),
        ("closed", 6, "major", "not_heard"),
    ]


def test_minutes_of_which_one_is_missing_are_not_in_a_row() -> None:
    facts = a_row(*[{"demand_w": 900.0}] * 9)
    del facts["f", T + 5 * MINUTE_MS]

    assert told(facts) == []


@dataclass(frozen=True)
class Changes:
    """Other numbers than those of the file."""

    updates: dict[str, int] = field(default_factory=dict)
    overload: dict[str, int] = field(default_factory=dict)
    voltage: dict[str, int] = field(default_factory=dict)


CHANGES = (
    Changes(),
    Changes(updates={"apart_ms": 600_000, "homes": 2}),
    Changes(
        overload={"open_after_ms": 0, "close_after_ms": 60_000, "critical_after_ms": 120_000},
        voltage={"open_after_ms": 180_000, "close_after_ms": 120_000, "close_percent": 30},
    ),
)


def of_the_jobs(
    facts: Mapping[FactKey, FeederMinuteFact], changes: Changes
) -> dict[AlertKey, AlertVersion]:
    """What the watch job would put out."""
    rules = read()
    overload = rules.of(OverloadNumbers).model_copy(update=changes.overload)
    voltage = rules.of(VoltageNumbers).model_copy(update=changes.voltage)
    rules = Rules(
        rules.version,
        rules.updates.model_copy(update=changes.updates),
        {**rules.numbers, OverloadNumbers: overload, VoltageNumbers: voltage},
    )
    kept = dict[str, bytes | None]()
    found: dict[AlertKey, AlertVersion] = {}
    for (feeder, at_ms), fact in sorted(facts.items()):
        values = {name: value for name, value in fact._asdict().items() if name != "other_fields"}
        said = FeederMinute(subject=feeder, at_ms=at_ms, **values)
        kept[feeder], alerts = fold(kept.get(feeder), msgspec.json.encode(said), rules)
        for alert in alerts:
            version = alert_version(msgspec.json.encode(alert))
            assert version is not None
            assert version[0] not in found
            found[version[0]] = version[1]
    return found


def of_the_oracle(
    facts: Mapping[FactKey, FeederMinuteFact], changes: Changes
) -> dict[AlertKey, AlertVersion]:
    """The same by the rules told once more."""
    rules = replace(
        RULES,
        updates=replace(RULES.updates, **changes.updates),
        overload=replace(RULES.overload, **changes.overload),
        voltage=replace(RULES.voltage, **changes.voltage),
    )
    return minute_alerts(facts, rules)


@pytest.mark.parametrize("seed", seeds(20))
def test_alerts_of_a_log_are_those_of_the_jobs(seed: int, settings: Settings) -> None:
    records = estate(random.Random(seed))
    end_ms = max(each[-1][0] for each in records) + 900_000
    for partition, sent in enumerate(records):
        record(settings, partition, [*sent, (end_ms, HEARTBEAT)])

    expected = expect(read_log(settings), settings, lambda _: None)

    said = of_the_jobs(expected.feeder_minutes, Changes())
    assert {key: each for key, each in expected.alerts.items() if key in said} == said
    assert minute_alerts(expected.feeder_minutes, RULES) == said


def random_facts(rng: random.Random) -> dict[FactKey, FeederMinuteFact]:
    """Minutes of two feeders that no log would make: gaps, capacities that come and go, and just
    as much as is asked for."""
    facts: dict[FactKey, FeederMinuteFact] = {}
    percents = (0, 79.99, 80, 84.99, 85, 90, 99.99, 100, 119.99, 120, 130)
    for feeder in ("f", "g"):
        at_ms, percent, known, shares = T, 0.0, 50.0, (0.0, 0.0)
        capacity_w: int | None = rng.choice([19, 1_000, 12_000])
        for _ in range(rng.randrange(3, 120)):
            at_ms += rng.choice([60_000] * 30 + [120_000, 3_600_000])
            if rng.random() < rng.choice([0.05, 0.4]):
                percent = rng.choice(percents) * rng.choice([1, 1, -1])
            if rng.random() < 0.02:
                capacity_w = rng.choice([19, 1_000, None])
            if rng.random() < 0.3:
                known = rng.choice([0.0, 2.5, 6.0, 11.5, 23.0, 50.0])
                shares = rng.choice([(0, 0), (0, 0.1), (0, 0.3), (0.5, 0.5), (0.4, 0.7), (1, 1)])
            outside, nearly = (round(share * known, 3) for share in shares)
            less = rng.choice([0, 0, 0, 0.001]) if outside else 0
            names = rng.choice([("low", "lowered"), ("high", "raised")])
            homes: dict[str, Any] = dict(
                zip(names, (round(outside - less, 3), nearly), strict=True)
            )
            drawn = round(percent * (capacity_w or 1_000) / 100 + rng.choice([0, 0, 0, 0.001]), 3)
            facts[feeder, at_ms] = QUIET._replace(
                area=rng.choice(["gcpuy", ""]),
                homes=rng.choice([50.0, 25.0, 24.999]),
                demand_w=drawn,
                by_supply=rng.random() < 0.2,
                capacity_w=capacity_w,
                voltages=known,
            )._replace(**homes)
    return facts


@pytest.mark.parametrize("changes", CHANGES)
@pytest.mark.parametrize("seed", seeds(150))
def test_alerts_of_minutes_are_those_of_the_jobs(seed: int, changes: Changes) -> None:
    facts = random_facts(random.Random(seed))

    assert of_the_oracle(facts, changes) == of_the_jobs(facts, changes)
