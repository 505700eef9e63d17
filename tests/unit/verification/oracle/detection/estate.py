"""Random logs of two transformers and the homes behind them: what they draw or feed in, their
voltages, supply meters that come and go, homes that move, fall silent, are late or corrected."""

import random
from dataclasses import dataclass
from typing import Any

from contracts.reading import HEARTBEAT, encode_event
from tests.support.log import Sent, T, announcement, reading

FEEDERS = ("f1", "f2")
CAPACITY_W = 12_000
LOADS = (0.2, 0.75, 0.8, 0.85, 0.9, 1.0, 1.25, -0.3, -0.9)
"""What a feeder draws of its capacity."""
VOLTS = (230.0, 230.0, 208.1, 206.4, 251.6, 254.3, 207.0, 253.0)
PLACES = ("gcpuyj2k41vd", "gcpvzz")


@dataclass(frozen=True)
class Pieces:
    """Values one after the other, in pieces of some minutes."""

    begins: tuple[int, ...]
    values: tuple[float, ...]

    @classmethod
    def any(cls, rng: random.Random, span_ms: int, longest_ms: int, *of: float) -> "Pieces":
        """Of a span, which begins at 0."""
        begins = [0]
        while begins[-1] < span_ms:
            begins.append(begins[-1] + rng.randrange(20_000, longest_ms))
        return cls(tuple(begins), tuple(rng.choice(of) for _ in begins))

    def at(self, at_ms: int) -> float:
        """The value at an instant."""
        return self.values[max(n for n, begin in enumerate(self.begins) if begin <= at_ms)]


def estate(rng: random.Random, span_ms: int = 1_200_000) -> tuple[list[Sent], list[Sent]]:
    """The records of two partitions, whose writers say every second that they are there."""
    sent: tuple[list[Sent], list[Sent]] = ([], [])
    loads = {each: Pieces.any(rng, span_ms, 500_000, *LOADS) for each in FEEDERS}
    volts = {each: Pieces.any(rng, span_ms, 150_000, *VOLTS) for each in FEEDERS}
    number = rng.choice([3, 6, 12])
    for home in range(number):
        feeder = rng.choice(FEEDERS)
        name = {"meter_id": f"m{home}{rng.choice(['', '', '', '', ':export'])}"}
        cadence_ms = rng.choice([5_000, 5_000, 10_000, 45_000, 60_000])
        watts = CAPACITY_W / max(1, number // 2)
        _meter(rng, sent[home % 2], name, (feeder, cadence_ms, span_ms), loads, volts, watts)
    for feeder in FEEDERS:
        for each in range(rng.choice([0, 1, 1, 1, 2])):
            name = {"meter_id": f"{feeder}:{each}", "commodity": "supply"}
            records = sent[rng.randrange(2)]
            _meter(rng, records, name, (feeder, 20_000, span_ms), loads, volts, CAPACITY_W)
    for records in sent:
        beats = range(0, span_ms + 100_000, 1_000)
        records.extend((T + at_ms, HEARTBEAT) for at_ms in beats)
        records.sort(key=lambda each: each[0])
    return sent


def _meter(
    rng: random.Random,
    records: list[Sent],
    name: dict[str, str],
    of: tuple[str, int, int],
    loads: dict[str, Pieces],
    volts: dict[str, Pieces],
    watts: float,
) -> None:
    """What is announced of a meter and what it says: its feeder, its cadence, and for how long."""
    feeder, cadence_ms, span_ms = of
    known: dict[str, Any] = {
        "feeder": feeder,
        "cadence_ms": rng.choice([cadence_ms, cadence_ms, None]),
        "capacity_w": rng.choice([CAPACITY_W, CAPACITY_W, CAPACITY_W // 2, None]),
    }
    records.append((T, announcement(**name, **known)))
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        changes = {
            "feeder": rng.choice([*FEEDERS, None]),
            "cadence_ms": rng.choice([cadence_ms, cadence_ms, 400_000]),
            "capacity_w": rng.choice([CAPACITY_W, 900, None]),
            "removed": rng.random() < 0.3,
        }
        said = announcement(**name, **(known | changes))
        records.append((T + rng.randrange(span_ms), said))
    silent = sorted(rng.randrange(span_ms) for _ in range(2)) if rng.random() < 0.4 else [0, 0]
    gasping = random.Random(f"{name} {silent}")
    for lost_ms in (*silent, gasping.randrange(span_ms)):
        at_ms = T + lost_ms + gasping.choice([0, 0, -30_000])
        event = encode_event("power_lost", name["meter_id"], at_ms, 0)
        records.append((T + lost_ms + gasping.choice([300, 4_000, 20_000, 70_000]), event))
    ahead_ms = T + silent[0] + gasping.choice([9_999, 12_000, 10**11])
    event = encode_event("power_lost", name["meter_id"], ahead_ms, 0)
    records.append((T + silent[0] + 500, event))
    place, says_volts = rng.choice(PLACES[:1] * 3 + PLACES), rng.random() < 0.9
    says_demand, offset, register = rng.random() < 0.9, rng.randrange(cadence_ms), 0.0
    for seq, at_ms in enumerate(range(offset, span_ms, cadence_ms)):
        # Exactly what is asked for, or not quite.
        demand = loads[feeder].at(at_ms) * watts + rng.choice([0, 0, 0, -0.125, 7.25])
        register += abs(demand) * cadence_ms / 3_600_000
        if silent[0] <= at_ms < silent[1] or rng.random() < 0.02:
            continue
        fields: dict[str, Any] = name | {
            "ts": T + at_ms,
            "seq": seq,
            "register": round(register, 3),
            "demand": demand if says_demand else None,
            "geohash": place,
            "voltage_v": volts[feeder].at(at_ms) + rng.choice([0, 0, 0.004])
            if says_volts
            else None,
        }
        arrival_ms = T + at_ms + rng.choice([200, 200, 200, 700, 2_300, 9_000, 100_000])
        records.append((arrival_ms, reading(**fields)))
        if rng.random() < 0.03:
            again = fields | rng.choice(
                [{}, {"voltage_v": 100.0}, {"demand": 3.0, "voltage_v": 220.0}, {"revision": 1}]
            )
            records.append((arrival_ms + rng.choice([0, 300, 20_000]), reading(**again)))
