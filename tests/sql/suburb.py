"""Some days of meters that do all that meters do, behind a few transformers with supply meters.

Within what a ledger remembers: nobody loses a reading too often, and what is said of a reading
again comes within minutes.
"""

import random
from typing import Any

from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from tests.support.log import Sent, announcement, reading

START = 1_357_000_200_000 // DAY_MS * DAY_MS + 20 * HOUR_MS
"""In the evening."""
LENGTH_MS = 62 * HOUR_MS
"""To the morning after the second whole day, when that has been said."""
FEEDERS = ("f0", "f1", "f2")
AREAS = ("gcpuyj2k41vd", "gcpvzz")


def suburb(rng: random.Random) -> list[Sent]:
    """All records of a log, by arrival."""
    sent: list[Sent] = []
    for number in range(18):
        sent += _meter(rng, number)
    for number, feeder in enumerate(FEEDERS):
        sent += _supply(rng, feeder, number)
    return sorted(sent, key=lambda each: each[0])


def _supply(rng: random.Random, feeder: str, number: int) -> list[Sent]:
    """Of the second feeder it is exchanged for another meter, of the third it comes a day later."""
    name = {"meter_id": f"{feeder}:supply", "commodity": "supply"}
    known: dict[str, Any] = name | {"feeder": feeder, "cadence_ms": 5 * MINUTE_MS}
    if number == 1:
        other = {"meter_id": f"{feeder}:supply2"}
        at = START + 30 * HOUR_MS + rng.randrange(HOUR_MS)
        return [
            (START, announcement(**known)),
            *_readings(rng, name, START, at, steady=True),
            (at, announcement(**known | {"removed": True})),
            (at + rng.choice([0, 9_000]), announcement(**known | other)),
            *_readings(rng, name | other, at + MINUTE_MS, START + LENGTH_MS, steady=True),
        ]
    comes = START + (0 if number == 0 else DAY_MS + rng.randrange(HOUR_MS))
    return [
        (comes, announcement(**known)),
        *_readings(rng, name, START, START + LENGTH_MS, steady=True),
    ]


def _meter(rng: random.Random, number: int) -> list[Sent]:
    name: dict[str, Any] = {"meter_id": f"m{number:02}{rng.choice([''] * 6 + [':export'])}"}
    name["commodity"] = rng.choice(["electricity"] * 9 + ["gas"])
    known = name | {
        "feeder": rng.choice(FEEDERS),
        "cadence_ms": rng.choice([None, 5 * MINUTE_MS, 30 * MINUTE_MS]),
        "kind": rng.choice(["register"] * 5 + ["interval"]),
        "register_size": rng.choice([None, None, 20_000.0]),
        "supply": rng.choice([None, "on", "off"]),
    }
    sent = [(START - rng.choice([0, 0, MINUTE_MS]), announcement(**known))]
    may_leave = rng.random() < 0.3
    for _ in range(rng.choice([0, 1, 3, 6])):
        at = START + rng.randrange(LENGTH_MS)
        changes = {
            "feeder": rng.choice([known["feeder"]] * 2 + [*FEEDERS, None]),
            "kind": rng.choice([known["kind"]] * 4 + ["register", "interval"]),
            "supply": rng.choice([None, "on", "off", "off"]),
            "installed_ms": rng.choice([None, START, at]),
            "removed": may_leave and rng.random() < 0.4,
        }
        sent.append((at, announcement(**(known | changes))))
    return [*sent, *_readings(rng, name, START, START + LENGTH_MS, steady=may_leave)]


def _readings(
    rng: random.Random, name: dict[str, Any], begin: int, end: int, *, steady: bool
) -> list[Sent]:
    """Those of a device; of a steady one none is more than seconds on its way."""
    cadence = rng.choice([5, 10, 30, 45, 90]) * MINUTE_MS
    register, seq = rng.choice([0.0, 5_000.25, 15_000.0]), rng.choice([0, 2**16 - 40, 2**32 - 9])
    geohash = rng.choice(AREAS)
    watts, error = rng.choice([40.0, 300.0, 2_000.0]), rng.choice([0, 0, -7_000, 9_000])
    stuck, held_until, dark_until = False, 0, 0
    sent: list[Sent] = []
    phase = rng.choice([0, 0, rng.randrange(cadence)])
    for ts in range(begin + phase, end, cadence):
        stuck = stuck if rng.random() > 0.04 else not stuck
        demand = round(watts * rng.random() * 2, 3)
        gain = 0.0 if stuck else demand * cadence / HOUR_MS
        register = round(register + gain, 3)
        if register >= 20_000:
            register = round(register - 20_000, 3)
        if rng.random() < 0.01:
            register = rng.choice([0.0, round(register / 2, 3)])
        seq = (seq + rng.choice([1] * 60 + [3, 70])) % 2**32 if rng.random() > 0.005 else 0
        if rng.random() < 0.01:
            dark_until = ts + rng.randrange(5 * HOUR_MS)
        if rng.random() < 0.01:
            geohash = rng.choice(AREAS)
        if ts < dark_until or rng.random() < 0.02:
            continue
        if not steady and rng.random() < 0.02:
            held_until = ts + rng.randrange(9 * HOUR_MS)
        fields = name | {
            "ts": ts + error,
            "seq": seq,
            "register": register,
            "demand": demand if rng.random() > 0.05 else None,
            "energy": round(gain / 2, 3) if rng.random() > 0.05 else None,
            "geohash": geohash,
        }
        way = rng.choice([200, 900, 2_000, 3_000, 8_000])
        arrival = max(ts, held_until) + way
        sent.append((arrival, reading(**fields)))
        sent += _said_again(rng, fields, arrival)
    return sent


def _said_again(rng: random.Random, fields: dict[str, Any], arrival: int) -> list[Sent]:
    """Repeats, other words, revisions, and a second device that reads at the same instant."""
    sent: list[Sent] = []
    later = rng.choice([0, 400, 3_000, 20 * SECOND_MS, 4 * MINUTE_MS])
    what = rng.random()
    if what < 0.04:
        sent.append((arrival + later, reading(**fields)))
    elif what < 0.07:
        more = round(fields["register"] + rng.choice([-3.0, 5.0, 40.0]), 3)
        sent.append((arrival + later, reading(**fields | {"register": max(more, 0.0)})))
    elif what < 0.10:
        changes = {
            "register": fields["register"] + 7.5,
            "energy": rng.choice([None, -2.5, 60.0]),
            "revision": rng.choice([1, 2]),
        }
        sent.append((arrival + later, reading(**fields | changes)))
    elif what < 0.11:
        other = {"seq": fields["seq"] + rng.choice([-2_000, 2_000]), "register": 12.5}
        if other["seq"] >= 0:
            sent.append((arrival + later, reading(**fields | other)))
    return sent
