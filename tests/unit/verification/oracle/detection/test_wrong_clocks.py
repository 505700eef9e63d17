"""Homes all of whose clocks are wrong: the oracle finds who is silent, and nobody else, and since
when, as whoever made the readings knows it."""

import random

import pytest

from contracts.facts import SILENT
from contracts.reading import HEARTBEAT
from tests.support.log import Sent, T, announcement, reading
from tests.unit.verification.oracle.conftest import Judge

HOMES, CADENCE_MS = 24, 20_000
SILENT_MS, BACK_MS, UNTIL_MS = 1_500_000, 7_800_000, 8_400_000
MUCH_MS = (25_000, 300_000, 3_600_000, 10**10)


def way_ms(rng: random.Random) -> int:
    """As a rule below 2 s; one of 500 takes up to half an hour."""
    if rng.random() < 0.002:
        return int(60_000 * 30.0 ** rng.random())
    return round(min(max(700 * rng.lognormvariate(0, 0.75), 200.0), 2_100.0))


def street(rng: random.Random) -> tuple[list[Sent], dict[str, tuple[int, int]]]:
    """Readings, and of each home that falls silent when it was last to be heard: the first and the
    last instant that is right. Clocks that are much ahead are so until the meter begins again,
    messages are broken, and what comes again may do so after hours."""
    sent: list[Sent] = [(T + at, HEARTBEAT) for at in range(0, UNTIL_MS, 1_000)]
    last: dict[str, tuple[int, int]] = {}
    for number in range(HOMES):
        home = f"m{number}"
        sent.append((T, announcement(meter_id=home, feeder="f", cadence_ms=CADENCE_MS)))
        little = round(20_000 * (2 * rng.random() - 1))
        error = rng.choice(MUCH_MS) if number % 3 == 0 else little
        again_ms = rng.randrange(SILENT_MS - 120_000)
        seq = rng.choice([1_000, 65_500])
        for at in range(rng.randrange(CADENCE_MS), UNTIL_MS, CADENCE_MS):
            seq += 1
            if error != little and at >= again_ms:
                error, seq = little, rng.randrange(3)
            if number % 2 and SILENT_MS <= at < BACK_MS:
                continue
            if rng.random() < 0.01:
                odd = 12_000 + rng.randrange(10**11)
                broken = reading(T + at + odd, meter_id=home, seq=rng.randrange(2**40))
                sent.append((T + at + 200, broken))
            # What was said before a clock was set may count once more.
            way = way_ms(rng) if error == little else rng.randrange(300, 1_200)
            said = reading(T + at + error, meter_id=home, seq=seq)
            sent.append((T + at + way, said))
            if error == little and rng.random() < 0.03:
                sent.append((T + at + way + rng.randrange(6_000_000), said))
            if number % 2 and at < SILENT_MS:
                last[home] = at, at + (max(way, 2_200) if error > 10_000 else 2_200)
    in_time = [each for each in sent if each[0] < T + UNTIL_MS]
    return sorted(in_time, key=lambda each: each[0]), last


@pytest.mark.parametrize("seed", range(3))
def test_who_is_silent_is_found_and_nobody_else(judge: Judge, seed: int) -> None:
    sent, last = street(random.Random(seed))
    facts = judge(*sent, until=T + UNTIL_MS + 100_000).facts

    silent = {
        each.meter_id: each.life_ms - T
        for fact in facts.values()
        for each in fact.missed
        if each.stands >= SILENT
    }
    assert silent.keys() == last.keys()
    for home, (first_ms, last_ms) in last.items():
        assert first_ms <= silent[home] <= last_ms, home
