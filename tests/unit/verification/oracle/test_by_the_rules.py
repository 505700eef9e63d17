"""The oracle's sums over all meters come to what the rules say word by word, on random logs."""

import random
from typing import Any

import pytest

from contracts.reading import HEARTBEAT
from contracts.settings import Settings
from contracts.time import DAY_MS
from tests.support.log import Sent, announcement, reading, record
from tests.unit.verification.oracle.by_the_rules import outcome
from verification.oracle.count import count_log
from verification.oracle.expected import Expected, expect
from verification.oracle.log import read_log
from verification.oracle.merged import merged_rows

MIDNIGHT = 1_357_000_200_000 // DAY_MS * DAY_MS + DAY_MS
START = MIDNIGHT - 150_000
SPAN_MS = 300_000
AREAS = ("gcpuyj2k41vd", "gcpvzz")


def random_log(rng: random.Random) -> list[Sent]:
    """Some minutes around midnight of a few meters that do all that meters do."""
    sent: list[tuple[int, bytes]] = []
    for meter in range(rng.choice([1, 3, 6])):
        name = {"meter_id": f"m{meter // 2}", "commodity": ("electricity", "gas")[meter % 2]}
        cadence = rng.choice([1_000, 3_000, 10_000, 45_000, 75_000])
        register = rng.choice([0.0, 90.0, 1_000.5])
        seq = rng.choice([0, 2**16 - 10, 2**32 - 3, 5_000])
        geohash = AREAS[0]
        says_demand, says_energy = rng.random() < 0.7, rng.random() < 0.4
        messy = rng.choice([0.0, 0.05, 0.3])
        delays = rng.choice([[500], [500, 3_000, 4_100], [2_000, 70_000], [200_000, 5_000]])
        for ts in range(START + rng.randrange(cadence), START + SPAN_MS, cadence):
            register += rng.choice([0, 0.25, 1.125, 30])
            if rng.random() < messy:
                register = rng.choice([0.0, register / 4, 99.0])
            seq += 1 if rng.random() > messy else rng.choice([0, 2, -4, 70])
            seq = max(seq, 0) % (2**32)
            if rng.random() < messy / 4:
                geohash = rng.choice(AREAS)
            fields: dict[str, Any] = name | {
                "ts": ts if rng.random() > messy / 2 else ts - ts % 60_000,
                "seq": seq,
                "register": register,
                "demand": rng.randrange(-3_000, 9_000) / 8 if says_demand else None,
                "geohash": geohash,
                "voltage_v": rng.choice([None, 230.125, 229]),
                "quality": rng.choice([None, "measured", "estimated", "final"]),
            }
            if says_energy:
                fields |= {"energy": rng.randrange(-50, 500) / 8, "interval_ms": cadence}
            arrival = ts + rng.choice(delays)
            sent.append((arrival, reading(**fields)))
            while rng.random() < messy:
                again = dict(fields)
                if rng.random() < 0.5:
                    again["register"] = register + rng.choice([0, 0.5, -0.5, 5])
                    again["demand"] = None if again["demand"] is None else 3.0
                if rng.random() < 0.3:
                    again |= {"revision": rng.choice([1, 2]), "energy": rng.choice([None, -1.5, 4])}
                later = rng.choice([0, 300, 2_000, 9_000, 100_000])
                sent.append((arrival + later, reading(**again)))
        while rng.random() < 0.7:
            said = name | {
                "feeder": rng.choice([None, "f1", "f2"]),
                "region": rng.choice([None, "US-CA"]),
                "cadence_ms": rng.choice([None, 1_000, 45_000, 1_800_000]),
                "kind": rng.choice(["register", "interval"]),
                "register_size": rng.choice([None, 100]),
                "removed": rng.random() < 0.2,
            }
            sent.append((START + rng.randrange(SPAN_MS), announcement(**said)))
    return sorted(sent, key=lambda item: item[0])


@pytest.mark.parametrize("seed", range(60))
def test_running_sums_come_to_what_a_walk_does(seed: int, settings: Settings) -> None:
    rng = random.Random(seed)
    settings.slice_ms = rng.choice([5_000, 5_000, 1_000, 12_000])
    settings.correction_window_ms = rng.choice([60_000, 20_000, 7_000])
    settings.period_ms = rng.choice([60_000, 120_000, 1_800_000])
    sent = random_log(rng)
    end_ms = START + SPAN_MS + rng.choice([400_000, 3_000_000])
    record(settings, 0, [*sent, (end_ms, HEARTBEAT)])
    record(settings, 1, [(end_ms, HEARTBEAT)])
    log = read_log(settings)

    expected = expect(log, settings, lambda _: None)
    walked = outcome(count_log(log, settings, lambda _: None), settings, expected.last_slice_end_ms)

    assert expected.counts.open_readings == 0
    assert {key: row._asdict() for key, row in expected.minutes.items()} == walked.minutes
    assert {key: row._asdict() for key, row in expected.periods.items()} == walked.periods
    whole = merged_rows(expected.minutes)
    assert expected.merged == {key: whole[key] for key in expected.merged}
    whole = merged_rows(expected.periods)
    assert expected.merged_periods == {key: whole[key] for key in expected.merged_periods}
    live = {key: live.value._asdict() for key, live in expected.live.items()}
    assert live == {key: value | {"other_fields": ()} for key, value in walked.live.items()}
    assert {key: live.repeats for key, live in expected.live.items()} == walked.all_repeats
    assert {key: row[:-1] for key, row in expected.live_groups.items()} == walked.groups
    assert expected.area_minutes == walked.area_minutes
    assert said(expected) == walked.largest


def crowd(rng: random.Random) -> list[Sent]:
    """About ten meters that draw and have taken much the same, and a few things that happen to some
    of them in the ten minutes after: what happened last decides since when the largest are so."""
    start = MIDNIGHT + 3_600_000
    meters = [f"m{number}" for number in range(rng.choice([4, 11, 13]))]
    sent = [(start, announcement(meter_id=meter, cadence_ms=DAY_MS)) for meter in meters]
    last = dict.fromkeys(meters, (0.0, 1.0, AREAS[0]))
    events = [(start + 1_000 * n, meter) for n in (1, 20) for meter in meters]
    later = rng.choice([1, 2, 4])
    events += [(start + 1_000 * rng.randrange(60, 540), rng.choice(meters)) for _ in range(later)]
    for seq, (ts, meter) in enumerate(sorted(events)):
        register, demand, geohash = last[meter]
        what = rng.choice(["draws", "draws", "takes", "moves", "goes", "falls silent"])
        if ts < start + 60_000 or what == "draws":
            demand = rng.choice([1.0, 1.0, 2.0, 0.5])
        if ts < start + 60_000 or what == "takes":
            register += rng.choice([0, 0.5, 0.5, 1])
        if what == "moves":
            geohash = rng.choice(AREAS)
        if ts > start + 60_000 and what in ("goes", "falls silent"):
            gone = what == "goes"
            sent.append((ts, announcement(meter_id=meter, cadence_ms=1_000, removed=gone)))
            continue
        last[meter] = register, demand, geohash
        fields = {"meter_id": meter, "register": register, "geohash": geohash, "demand": demand}
        sent.append((ts + 500, reading(**fields, ts=ts, seq=seq)))
    return [*sorted(sent, key=lambda item: item[0]), (start + 663_000, HEARTBEAT)]


@pytest.mark.parametrize("seed", range(120))
def test_the_largest_of_many_meters_are_those_of_a_walk(seed: int, settings: Settings) -> None:
    sent = crowd(random.Random(seed))
    record(settings, 0, sent)
    record(settings, 1, sent[-1:])
    log = read_log(settings)

    expected = expect(log, settings, lambda _: None)
    walked = outcome(count_log(log, settings, lambda _: None), settings, expected.last_slice_end_ms)

    assert said(expected) == walked.largest


def said(expected: Expected) -> dict[tuple[str, str], tuple[int, list[tuple[str, str, float]]]]:
    """The largest, plainly."""
    return {
        key: (end_ms, [(meter.meter_id, meter.area, meter.value) for meter in meters])
        for key, (end_ms, meters, _) in expected.largest.items()
    }
