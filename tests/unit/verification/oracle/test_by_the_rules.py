"""The oracle's sums over all meters come to what the rules say word by word, on random logs."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from contracts.reading import CLOSING_HEARTBEAT, HEARTBEAT, encode_event
from contracts.settings import Settings
from contracts.time import DAY_MS
from tests.support.chance import seeds
from tests.support.log import Sent, announcement, reading, record
from tests.unit.verification.oracle.by_the_rules import outcome
from tests.unit.verification.oracle.detection.estate import estate
from verification.oracle.count import count_log
from verification.oracle.expected import Expected, expect
from verification.oracle.log import read_log
from verification.oracle.merged import merged_rows
from verification.rows import FeederFact, FeederMinuteFact

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


@pytest.mark.parametrize("seed", seeds(20))
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
    assert facts(expected) == walked.facts
    assert minutes(expected) == walked.feeder_minutes


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


@pytest.mark.parametrize("seed", seeds(40))
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


def village(rng: random.Random) -> tuple[list[Sent], ...]:
    """Two partitions of meters behind two transformers, which go dark, lose their link or fall
    silent, while writers go and come, or close, clocks are wrong and readings late."""
    sent: tuple[list[tuple[int, bytes]], ...] = ([], [])
    start, span = MIDNIGHT + 3_600_000, rng.choice([300_000, 900_000])
    odd = random.Random(rng.random())
    odd_share = odd.choice([0, 0, 0.02, 0.1])
    gasping = random.Random(f"{start} {span} {odd_share}")
    dark = {
        feeder: sorted(start + rng.randrange(span) for _ in range(2)) for feeder in ("f1", "f2")
    }
    gone = sorted(start + rng.randrange(span) for _ in range(2)) if rng.random() < 0.5 else [0, 0]
    cadences = rng.choice([[5_000], [1_000, 5_000, 20_000], [60_000, 5_000], [20_000]])
    for number in range(rng.choice([3, 9, 14])):
        records, feeder = sent[number % 2], rng.choice(["f1", "f1", "f2"])
        cadence = rng.choice(cadences)
        name = {"meter_id": f"m{number}{rng.choice(['', '', '', ':export'])}"}
        if rng.random() < 0.1:
            name |= {"commodity": "gas"}
        known: dict[str, Any] = {
            "feeder": feeder,
            "cadence_ms": rng.choice([cadence, cadence, None]),
            "kind": rng.choice(["register"] * 6 + ["interval"]),
            "register_size": rng.choice([None, 100.0]),
        }
        records.append((start - rng.choice([0, 9_000]), announcement(**name, **known)))
        for _ in range(rng.choice([0, 0, 1, 2])):
            changes = {
                "feeder": rng.choice(["f1", "f2", None]),
                "cadence_ms": rng.choice([cadence, 2_000, 90_000]),
                "removed": rng.random() < 0.4,
            }
            at = start + rng.randrange(span)
            records.append((at, announcement(**name, **(known | changes))))
        error = rng.choice([0, 0, 0, -7_000, 6_000, 9_900])
        if odd.random() < 0.3:
            error = odd.choice([10_050, 10_300, 12_500, 15_000, 10**11])
        alone = sorted(start + rng.randrange(span) for _ in range(2))
        alone = alone if rng.random() < 0.3 else [0, 0]
        power = rng.random() < 0.7
        register, seq, geohash = rng.choice([0.0, 95.0, 1e6]), 0, rng.choice(AREAS[:1] * 3 + AREAS)
        watts, loss = rng.choice([300.0, 2_000.0, -500.0]), rng.choice([0, 0, 0.1])
        says_demand = rng.random() < 0.8
        for lost in (*dark[feeder], alone[0], gasping.randrange(span) + start):
            lost_ms = lost + error + gasping.choice([0, 0, 10, 3_000, 30_000, -20_000])
            if lost and gasping.random() < 0.7:
                arrival = lost + gasping.choice([100, 1_000, 15_000, 70_000])
                gasp = encode_event("power_lost", name["meter_id"], max(lost_ms, 0), 0)
                records.append((arrival, gasp))
        for ts in range(start + rng.randrange(cadence), start + span, cadence):
            without = dark[feeder][0] <= ts < dark[feeder][1]
            if not (without and power):
                register += abs(watts) * cadence / 3_600_000
                seq += 1
            if register > 100 and known["register_size"] and register < 1_000:
                register -= 100
            if rng.random() < 0.01:
                error = rng.choice([0, -3_000, 2_000])
            if odd.random() < odd_share:
                ahead = error + odd.choice([9_900, 10_100, 11_000, 60_000, 10**11])
                number = odd.choice([seq, seq, seq - 1, 0, seq + 2**40])
                wrong: dict[str, Any] = name | {"ts": ts + ahead, "seq": number, "geohash": geohash}
                records.append((ts + odd.choice([0, 200, 9_000, 60_000]), reading(**wrong)))
            if without or alone[0] <= ts < alone[1] or rng.random() < loss:
                continue
            fields: dict[str, Any] = name | {
                "ts": ts + error,
                "seq": seq,
                "register": round(register, 3),
                "demand": watts * rng.choice([0.5, 1, 2]) if says_demand else None,
                "geohash": geohash,
            }
            for _ in range(rng.choice([1] * 20 + [2])):
                arrival = ts + rng.choice([200, 200, 700, 2_500, 9_000, rng.randrange(90_000)])
                records.append((arrival, reading(**fields)))
    for feeder in ("f1", "f2"):
        if gasping.random() < 0.7:
            sent[gasping.randrange(2)].extend(supplied(gasping, feeder, start, span, dark[feeder]))
    for number, records in enumerate(sent):
        every = rng.choice([1_000, 4_000, 9_000, 11_000])
        closed = sorted(start + odd.randrange(span) for _ in range(2))
        closed = closed if odd.random() < 0.5 else [0, 0]
        for at in range(start, start + span + 100_000, every):
            closes = closed[0] <= at < closed[1] or (odd.random() < odd_share / 2)
            records.append((at, CLOSING_HEARTBEAT if closes else HEARTBEAT))
        if number == 0:
            records[:] = [each for each in records if not gone[0] <= each[0] < gone[1]]
    return tuple(sorted(each, key=lambda item: item[0]) for each in sent)


def supplied(
    rng: random.Random, feeder: str, start: int, span: int, dark: list[int]
) -> list[tuple[int, bytes]]:
    """A feeder's supply meter, whose clock may be wrong and which may move."""
    name = {"meter_id": f"{feeder}:supply", "commodity": "supply"}
    cadence = rng.choice([1_000, 5_000, 20_000, 60_000])
    known = {"cadence_ms": rng.choice([cadence, None])}
    sent = [(start, announcement(**name, **known, feeder=feeder))]
    if rng.random() < 0.2:
        moved = {"feeder": rng.choice(["f1", "f2", None]), "removed": rng.random() < 0.3}
        sent.append((start + rng.randrange(span), announcement(**name, **known, **moved)))
    error, power = rng.choice([0, 0, 0, -7_000, 9_000, 15_000]), rng.random() < 0.7
    revised = random.Random(f"{feeder} {start} {dark}")
    for seq, ts in enumerate(range(start + rng.randrange(cadence), start + span, cadence)):
        watts = 0.0 if power and dark[0] <= ts < dark[1] else rng.randrange(-100, 900) * 10.0
        demand = None if rng.random() < 0.05 else watts
        said = reading(**name, ts=ts + error, seq=seq, register=float(seq), demand=demand)
        for _ in range(rng.choice([0, *[1] * 20, 2])):
            way = rng.choice([200, 200, 700, 2_500, 9_000, rng.randrange(90_000)])
            sent.append((ts + way, said))
        if revised.random() < 0.1:
            marked = {"revision": 1, "energy": 2.0, "interval_ms": cadence, "demand": None}
            otherwise = {"register": float(seq), "demand": 3.0}
            of: dict[str, Any] = name | {"seq": seq} | revised.choice([marked, otherwise])
            said = reading(ts + error, **of)
            sent.append((ts + revised.choice([100, 300, 20_000]), said))
    return sent


@pytest.mark.parametrize(
    ("log_of", "seed"), [*((village, n) for n in range(20)), *((estate, n) for n in range(40))]
)
def test_facts_of_feeders_are_those_of_a_walk(
    log_of: Callable[[random.Random], Sequence[list[Sent]]], seed: int, settings: Settings
) -> None:
    rng = random.Random(seed)
    settings.slice_ms = rng.choice([5_000, 5_000, 1_000, 12_000])
    records = log_of(rng)
    end_ms = max(each[-1][0] for each in records) + rng.choice([5_000, 200_000, 900_000])
    for partition, sent in enumerate(records):
        record(settings, partition, [*sent, (end_ms, HEARTBEAT)])
    log = read_log(settings)

    expected = expect(log, settings, lambda _: None)
    walked = outcome(count_log(log, settings, lambda _: None), settings, expected.last_slice_end_ms)

    assert facts(expected) == walked.facts
    assert minutes(expected) == walked.feeder_minutes


def facts(expected: Expected) -> dict[tuple[str, int], dict[str, Any]]:
    """Facts of feeders, plainly."""
    return {key: plainly(fact) for key, fact in expected.facts.items()}


def minutes(expected: Expected) -> dict[tuple[str, int], dict[str, Any]]:
    """Minutes of feeders, plainly."""
    return {key: plainly(fact) for key, fact in expected.feeder_minutes.items()}


def plainly(fact: FeederFact | FeederMinuteFact) -> dict[str, Any]:
    """What a fact says, by name."""
    return {name: value for name, value in fact._asdict().items() if name != "other_fields"}
