"""Two months of homes that read by the hour, and use nothing at the end, some of them again."""

import random
from typing import Any

from contracts.time import HOUR_MS, MINUTE_MS
from tests.sql.suburb import LENGTH_MS, START
from tests.support.log import Sent, announcement, reading

BEGIN = START - 62 * 24 * HOUR_MS
USED_UNTIL = START - 40 * HOUR_MS


def idle_homes(rng: random.Random) -> list[Sent]:
    """All records, by arrival."""
    sent = [each for number in range(8) for each in _home(rng, f"idle{number}")]
    return sorted(sent, key=lambda each: each[0])


def _home(rng: random.Random, meter_id: str) -> list[Sent]:
    name = {"meter_id": meter_id, "geohash": "gcpuyj"}
    is_interval = rng.random() < 0.3
    kind = "interval" if is_interval else "register"
    sent: list[Sent] = [(BEGIN - MINUTE_MS, announcement(**name, kind=kind, cadence_ms=HOUR_MS))]
    empty = [(USED_UNTIL, USED_UNTIL + rng.choice([20, 27, 60, 200]) * HOUR_MS)]
    if rng.random() < 0.5:
        begin = START + rng.randrange(30) * HOUR_MS
        empty.append((begin, begin + 25 * HOUR_MS))
    phase = rng.choice([0, 0, 7 * MINUTE_MS])
    register, held_until = 1_000.0, 0
    for seq, ts in enumerate(range(BEGIN + phase, START + LENGTH_MS, HOUR_MS)):
        is_empty = any(begin <= ts < end for begin, end in empty)
        gained = 0.0 if is_empty or rng.random() < 0.01 else round(rng.uniform(1, 900), 3)
        register = round(register + gained, 3)
        if rng.random() < 0.005:
            continue
        if rng.random() < 0.01:
            held_until = ts + rng.randrange(5 * HOUR_MS)
        fields: dict[str, Any] = name | {"ts": ts, "seq": seq, "register": register}
        fields |= {"demand": gained, "energy": gained}
        arrival = max(ts, held_until) + rng.choice([300, 900, 4_000])
        sent.append((arrival, reading(**fields)))
        if rng.random() < 0.01:
            sent.append((arrival + rng.choice([0, 20 * MINUTE_MS]), reading(**fields)))
    return sent
