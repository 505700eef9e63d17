"""What the network does to messages: delays, repeats and corrupts them, reproducibly.

The fate of a message depends on the seed, its meter and its sequence number alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import orjson
from numpy.typing import NDArray

from simulators.errors import OptionError
from simulators.hashing import Hashes, uniform

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
YEAR_MS = 365 * DAY_MS
LATEST_MS = YEAR_MS // 2
"""Later than that, a clock a year ahead would no longer be ahead of the arrival."""

MIN_DELAY_MS = 200
LARGEST_SHARE_OF_LIMIT = 7 / 8
"""On-time readings need at most this share of the on-time limit: 3.5 s of 4 s."""
MAX_REPEAT_AFTER_MS = 30_000


@dataclass(frozen=True, slots=True)
class Network:
    """Shares are of all messages, 0 to 1; a late message needs `late_min_ms` to `late_max_ms`.

    Raises:
        OptionError: a share outside 0..1, or an empty range of lateness.
    """

    seed: int
    on_time_limit_ms: int
    late: float = 0.0
    repeat: float = 0.0
    malformed: float = 0.0
    late_min_ms: int = MINUTE_MS
    late_max_ms: int = 3 * DAY_MS

    def __post_init__(self) -> None:
        for option in ("late", "repeat", "malformed"):
            share = getattr(self, option)
            if not 0 <= share <= 1:
                raise OptionError(f"--{option} is {share}: give a share between 0 and 1")
        if self.late_min_ms <= self.on_time_limit_ms:
            raise OptionError(
                f"late readings would need {self.late_min_ms} ms or more, but up to "
                f"{self.on_time_limit_ms} ms is on time: lower WATTSTREAM_ON_TIME_MS"
            )
        if not self.late_min_ms <= self.late_max_ms <= LATEST_MS:
            raise OptionError(
                f"--late-max is {self.late_max_ms / 1000:g} s: give at least "
                f"{self.late_min_ms / 1000:g} s and at most {LATEST_MS // DAY_MS} days"
            )


@dataclass(frozen=True, slots=True)
class Fates:
    """One element per message."""

    delay_ms: NDArray[np.int64]
    """From the event time to the first arrival."""
    late: NDArray[np.bool_]
    repeat_after_ms: NDArray[np.int64]
    """From the first arrival to the second, or -1 if there is none."""
    corruption: NDArray[np.int8]
    """Index into CORRUPTIONS, or -1 if the message stays whole."""


def fates(network: Network, meter_hash: Hashes, seq: Hashes) -> Fates:
    """What becomes of the messages of these meters and sequence numbers.

    A malformed message is not repeated, so the counts of the kinds add up.
    """

    def draw(purpose: str) -> NDArray[np.float64]:
        return uniform(network.seed, purpose, meter_hash, seq)

    longest = int(network.on_time_limit_ms * LARGEST_SHARE_OF_LIMIT)
    shortest = min(MIN_DELAY_MS, longest)
    on_time_ms = shortest + draw("delay") * (longest - shortest)
    late_ms = network.late_min_ms * (network.late_max_ms / network.late_min_ms) ** draw("lateness")

    late = draw("late") < network.late
    malformed = draw("malformed") < network.malformed
    repeated = (draw("repeat") < network.repeat) & ~malformed
    return Fates(
        delay_ms=np.where(late, late_ms, on_time_ms).astype(np.int64),
        late=late,
        repeat_after_ms=np.where(repeated, draw("repeat after") * MAX_REPEAT_AFTER_MS, -1).astype(
            np.int64
        ),
        corruption=np.where(malformed, draw("corruption") * len(CORRUPTIONS), -1).astype(np.int8),
    )


def corrupt(value: bytes, corruption: int) -> bytes | None:
    """An encoded reading as the network mangled it, by index into CORRUPTIONS."""
    return list(CORRUPTIONS.values())[corruption](value)


def _with(field: str, content: object) -> Callable[[bytes], bytes]:
    return lambda value: orjson.dumps({**orjson.loads(value), field: content})


def _with_raw(field: str, content: bytes) -> Callable[[bytes], bytes]:
    """For what no JSON library writes."""
    return lambda value: _with(field, "@")(value).replace(b'"@"', content)


def _without(field: str) -> Callable[[bytes], bytes]:
    return lambda value: orjson.dumps(
        {name: content for name, content in orjson.loads(value).items() if name != field}
    )


def _a_year_ahead(value: bytes) -> bytes:
    message = orjson.loads(value)
    return orjson.dumps({**message, "ts": message["ts"] + YEAR_MS})


CORRUPTIONS: dict[str, Callable[[bytes], bytes | None]] = {
    "truncated": lambda value: value[: len(value) // 2],
    "array": lambda value: b"[" + value + b"]",
    "integer for a string": _with("meter_id", 12),
    "string for a number": _with("register", "12.5"),
    "missing register": _without("register"),
    "null time": _with("ts", None),
    "time before the epoch": _with("ts", -1),
    "unknown commodity": _with("commodity", "steam"),
    "register below zero": _with("register", -0.001),
    "demand beyond any number": _with_raw("demand", b"1e400"),
    "demand not a number": _with_raw("demand", b"NaN"),
    "unknown version": _with("v", 2),
    "invalid UTF-8": lambda value: value.replace(b'"meter_id":"', b'"meter_id":"\xff', 1),
    "clock a year ahead": _a_year_ahead,
    "empty": lambda _: b"",
    "null": lambda _: None,
}
"""The ways a message is mangled; each makes it unusable for one of `contracts.rejects.REASONS`."""
