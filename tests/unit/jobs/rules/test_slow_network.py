"""Half-hourly homes, which all read at the same instant, over a network that takes minutes."""

from collections import defaultdict
from collections.abc import Iterator
from math import exp
from random import Random

import msgspec
import pytest

from contracts.alerts import Alert
from contracts.facts import MISSED_TWICE, FeederSlice, Missed, Returned
from jobs.fold import fold
from jobs.rules.all import read
from tests.unit.jobs.rules.network import SLICE_MS, T0, _stands

CADENCE_MS = 1_800_000
HOURS = 8
RULES = read()


def arrivals(homes: int, dark_from_ms: int, seed: int) -> dict[int, list[tuple[int, int, int]]]:
    """By the end of the slice that they come in: arrival, home and time of readings, as
    `simulators/scenarios/ami.toml` has them."""
    random = Random(seed)
    found = defaultdict(list)
    for home in range(homes):
        for ts in range(0, HOURS * 2 * CADENCE_MS, CADENCE_MS):
            usual_ms = 180_000 * exp(0.75 * random.gauss(0, 1))
            late_ms = random.uniform(60_000, 3_600_000) if random.random() < 0.01 else 0
            at_ms = ts + round(min(max(usual_ms, 5_000), 3_600_000) + late_ms)
            if ts < dark_from_ms:
                found[at_ms // SLICE_MS * SLICE_MS + SLICE_MS].append((at_ms, home, ts))
    return found


def facts(homes: int, dark_from_ms: int, seed: int) -> Iterator[FeederSlice]:
    """What there is to say at the end of each slice: signs of life as the contract has them."""
    came = arrivals(homes, dark_from_ms, seed)
    lives: dict[int, int] = {}
    lags: dict[int, float] = {}
    newest: dict[int, int] = {}
    for end_ms in range(SLICE_MS, HOURS * 2 * CADENCE_MS, SLICE_MS):
        before = dict(lives)
        for at_ms, home, ts in sorted(came.get(end_ms, [])):
            drift_ms = max(0, ts - newest.get(home, ts)) / 1_000
            lags[home] = min(lags.get(home, at_ms - ts) + drift_ms, at_ms - ts)
            newest[home] = max(newest.get(home, ts), ts)
            lives[home] = max(lives.get(home, 0), int(ts + lags[home]))
        stands = {home: _stands(end_ms - life_ms, CADENCE_MS) for home, life_ms in lives.items()}
        missed = [
            Missed(f"m{home:03}", T0 + lives[home], CADENCE_MS, stood)
            for home, stood in stands.items()
            if stood
        ]
        missed.sort(key=lambda each: (-each.life_ms, each.meter_id))
        back = [
            Returned(f"m{home:03}", T0 + lives[home], T0 + since_ms, None, None, CADENCE_MS)
            for home, since_ms in before.items()
            if _stands(end_ms - SLICE_MS - since_ms, CADENCE_MS) >= MISSED_TWICE > stands[home]
        ]
        twice = sum(each.stands >= MISSED_TWICE for each in missed)
        silent = sum(each.stands > MISSED_TWICE for each in missed)
        last_ms = T0 + max(lives.values(), default=-1)
        yield FeederSlice(
            *("f", T0 + end_ms, "gcpuy", homes, len(lives), last_ms, tuple(missed)),
            *(len(missed), twice, silent, tuple(back)),
        )


def told(homes: int, dark_from_ms: int, seed: int) -> list[Alert]:
    kept: bytes | None = None
    alerts = []
    for fact in facts(homes, dark_from_ms, seed):
        kept, said = fold(kept, msgspec.json.encode(fact), RULES)
        alerts += said
    return alerts


@pytest.mark.parametrize("homes", [8, 50])
def test_nothing_is_told_while_nothing_is_wrong(homes: int) -> None:
    assert told(homes, HOURS * 2 * CADENCE_MS, seed=1) == []


def test_a_feeder_that_goes_dark_is_told_of_when_its_homes_are_overdue() -> None:
    dark_from_ms = 13 * CADENCE_MS

    opened, *_ = told(50, dark_from_ms, seed=2)

    assert (opened.kind, opened.state, opened.evidence.rule) == ("outage", "opened", "full")
    assert 0 <= opened.opened_at_ms - T0 - dark_from_ms < 0.2 * CADENCE_MS + 120_000
