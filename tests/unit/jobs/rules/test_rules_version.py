"""The version of the rules says which alerts they make: it ends with a digest of their numbers and
of the alerts that they make of the facts here, but for the words."""

import json
import tomllib
from collections.abc import Iterator
from hashlib import sha256
from random import Random
from typing import Any

import msgspec
from msgspec.structs import replace

from contracts.alerts import KINDS, Alert
from contracts.facts import Fact, Feed, FeederMinute, FeederSlice, JudgedHour, MeterHour, Partition
from contracts.time import HOUR_MS, MINUTE_MS, SECOND_MS
from jobs.fold import fold
from jobs.rules.all import read
from jobs.rules.book import PATH
from tests.unit.jobs.rules import feeder_days, hours, minutes, test_unusual_use
from tests.unit.jobs.rules.network import T0, Dark, Home, Network


def test_the_version_is_that_of_what_the_rules_do() -> None:
    alerts = [alert for each in subjects() for alert in told(each)]
    assert {each.kind for each in alerts} == set(KINDS)
    numbers = tomllib.loads(PATH.read_text())
    version = numbers.pop("version")
    said = json.dumps([numbers, *map(essence, alerts)], sort_keys=True)
    digest = sha256(said.encode()).hexdigest()[:8]

    assert version.endswith(f"-{digest}"), (
        f"the rules are no longer those of version {version}: name them <today>-{digest}"
    )


def told(facts: list[Fact]) -> list[Alert]:
    """The alerts that facts of a subject make."""
    rules, kept = read(), None
    alerts: list[Alert] = []
    for fact in facts:
        kept, said = fold(kept, msgspec.json.encode(fact), rules)
        alerts += said
    return alerts


def essence(alert: Alert) -> dict[str, Any]:
    """What makes an alert what it is."""
    values: dict[str, Any] = msgspec.to_builtins(alert)
    del values["rules"], values["evidence"]["text"]
    if alert.kind == "feeder_loss":
        # By a fit, in whose last digits machines may differ.
        del values["evidence"]["numbers"]
    return values


def subjects() -> Iterator[list[Fact]]:
    """Facts of one subject after the other, in which whatever rules look for happens."""
    rng = Random(21)
    yield [*a_flicker()]
    yield [*a_supply_to_and_fro()]
    for _ in range(12):
        yield [*a_feeder(rng)]
    for _ in range(4):
        yield [*a_transformer(rng)]
        yield [*registers(rng)]
        yield [*odd_hours(rng)]
        yield [*days_of_nobody(rng)]
        yield [*feeds(rng)]
    yield [*feeder_days.Network(homes=12, seen={4: (30, 0.25)}).days(45)]


def a_flicker() -> Iterator[FeederSlice]:
    """A feeder that is without power for half a minute four times."""
    darks = [Dark(range(20), n * 300_000 + 60_000, n * 300_000 + 90_000) for n in range(4)]
    homes = [Home(number, 5_000, 100 * number, darks) for number in range(20)]
    yield from Network(homes, 1_300_000).facts()


def a_supply_to_and_fro() -> Iterator[FeederSlice]:
    """A dark feeder of which the supply meter says one thing and the other."""
    homes = [
        Home(number, 5_000, 100 * number, [Dark(range(20), 60_000, 900_000)])
        for number in range(20)
    ]
    for number, fact in enumerate(Network(homes, 600_000).slices()):
        least_w = 9_500.0 if number % 2 else 30.0
        yield replace(
            fact,
            supply_before_w=10_000.0,
            supply_least_w=least_w,
            supply_from_ms=fact.at_ms - 5_000,
        )


def a_feeder(rng: Random) -> Iterator[FeederSlice]:
    """Some of its homes are dark now and then, for this reason or that."""
    count = rng.choice([4, 12, 30])
    darks = []
    for _ in range(4):
        hit = rng.sample(range(count), rng.choice([1, count // 2, count]))
        begin_ms = rng.randrange(20_000, 1_200_000)
        darks.append(
            Dark(
                hit,
                begin_ms,
                begin_ms + rng.randrange(20_000, 900_000),
                rng.choice([0.0, 0.2, 0.9, None]),
                gasping=hit[: rng.choice([0, 0, 2])],
                gasps_after_ms=rng.choice([2_000, 15_000]),
            )
        )
    cadence_ms = rng.choice([5_000, 5_000, 60_000])
    homes = [
        Home(number, cadence_ms, 100 * number, [dark for dark in darks if number in dark.homes])
        for number in range(count)
    ]
    supply = rng.choice([None, 30.0, 9_500.0])
    for fact in Network(homes, 2_400_000).facts():
        yield (
            fact
            if supply is None
            else replace(
                fact,
                supply_before_w=10_000.0,
                supply_least_w=supply,
                supply_from_ms=fact.at_ms - 20_000,
            )
        )


def a_transformer(rng: Random) -> Iterator[FeederMinute]:
    """Spells in which it carries much, or voltages are out of bounds."""
    spells = [
        (rng.choice([50, 79, 90, 101, 125]), rng.choice([0, 4, 30]), rng.choice([0, 0, 40]))
        for _ in range(20)
    ]
    values = [spell for spell in spells for _ in range(rng.randrange(1, 40))]
    drawn = minutes.drawing(*(percent for percent, _, _ in values))
    for fact, (_, low, high) in zip(drawn, values, strict=True):
        yield replace(
            fact, low=float(low), lowered=float(low), high=float(high), raised=float(high)
        )


def registers(rng: Random) -> Iterator[MeterHour]:
    """Hours of a meter that stands still, falls, and counts while nothing is connected."""
    fell_ms = off_ms = installed_ms = None
    energies = [1_000.0]
    for number in range(1, 120):
        if rng.random() < 0.2:
            energies = rng.choice([[0.0], [0.0, 30.0, 700.0], [1_000.0], [900.0, 1_000.0]])
            off_ms = rng.choice([None, None, (number - 1) * HOUR_MS])
        if rng.random() < 0.05:
            fell_ms = number * HOUR_MS - MINUTE_MS
            installed_ms = rng.choice([installed_ms, fell_ms - HOUR_MS])
        yield hours.hour(
            number,
            rng.choice(energies),
            rng.choice([None, 100.0, 1_000.0, 1_000.0, 1_000.0]),
            readings=rng.choice([20, 60, 60, 60]),
            fell_ms=fell_ms,
            off_ms=off_ms,
            installed_ms=installed_ms,
        )


def days_of_nobody(rng: Random) -> Iterator[MeterHour]:
    """Hours of a home that uses nothing, and something now and then, until there is a base load."""
    zeros = 2
    for number in range(1, 140):
        wh = rng.choice([0.0] * 30 + [40.0])
        zeros = 0 if wh else min(zeros + 1, 27)
        yield hours.hour(number, wh, None, zero_hours=zeros, idle_hours=number)
    yield hours.hour(140, 300.0, None, idle_hours=0)


def odd_hours(rng: Random) -> Iterator[JudgedHour]:
    """Hours of a home, some of which are unusual, and some not known or not said."""
    odd = False
    for number in range(1, 200):
        odd = odd if rng.random() < 0.8 else not odd
        scores = [0.8, 1.2, 1.7, None] if odd else [0.1, 0.5, 0.6, 0.7, None]
        if rng.random() < 0.9:
            yield test_unusual_use.hour(number, rng.choice(scores))


def feeds(rng: Random) -> Iterator[Feed]:
    """Two partitions that somebody writes, or nobody."""
    silent, heard, alone = [0, 0], [60, 60], [0, 0]
    last, writes = [0, 0], [True, True]
    for second in range(3_000):
        if second % 50 == 0:
            writes = rng.choice([[True, True], [True, False], [False, False]])
        for each in (0, 1):
            silent[each] = 0 if writes[each] else silent[each] + 1
            heard[each] = heard[each] + 1 if silent[each] <= 5 else 0
            last[each] = second if writes[each] else last[each]
        for each in (0, 1):
            is_alone = silent[each] > 0 and silent[1 - each] <= 5
            alone[each] = alone[each] + 1 if is_alone else 0
        now_ms = T0 + second * SECOND_MS
        partitions = [
            Partition(
                each,
                T0 + last[each] * SECOND_MS,
                silent[each] * SECOND_MS,
                alone[each] * SECOND_MS,
                heard[each] * SECOND_MS,
                now_ms - heard[each] * SECOND_MS if heard[each] else None,
            )
            for each in (0, 1)
        ]
        yield Feed("n.readings", now_ms, now_ms, tuple(partitions))
