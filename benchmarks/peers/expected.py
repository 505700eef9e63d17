"""What the windows must hold: an independent pass over the prefix of the topic that peers read.

It shares no code with the peers and judges each message strictly by the contract.
"""

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from confluent_kafka import Consumer, Message, TopicPartition

from contracts.reading import (
    COMMODITIES,
    MAX_DEMAND,
    MAX_REGISTER,
    MAX_SEQ,
    MAX_TS_MS,
    MAX_VOLTAGE_V,
)

SLICE_MS = 5_000
"""Length of a window."""
ON_TIME_MS = 2_400
"""Largest lateness of a reading that belongs to a window."""
CLOCK_SKEW_MS = 10_000
DELAY_MS = 3_001
"""How far a window's end must be behind: the watermark's 3 s, and the millisecond by which a window
operator's last instant is before its end."""
TAIL = 20_000
"""Messages at the end of each partition that are asked first how far time has come in it."""
EVERY_WINDOW = 1 << 62
"""As `until_ms`."""

METER_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
GEOHASH = re.compile(r"[0-9bcdefghjkmnpqrstuvwxyz]{5,12}")


@dataclass(frozen=True, slots=True)
class Counts:
    """What all processes of a peer must say together."""

    messages: int
    malformed: int
    late: int
    windows: int
    window_readings: int
    window_readings_squared: int


def expected(bootstrap: str, topic: str, ends: list[int], until_ms: int) -> Counts:
    """Counts of offsets [0, end) of each partition; windows are those that end by `until_ms`."""
    messages = malformed = late = 0
    meters: dict[str, int] = {}
    # A window is one number, 8 bytes for each reading: meter in the high bits, slice in the low.
    windows = array("q")
    for message in _messages(bootstrap, topic, dict(enumerate(ends)), 0):
        messages += 1
        _, arrival_ms = message.timestamp()
        reading = _reading(message.value())
        if reading is None or reading.get("ts", 0) - arrival_ms > CLOCK_SKEW_MS:
            malformed += 1
        elif "heartbeat" in reading:
            continue
        elif arrival_ms - reading["ts"] > ON_TIME_MS:
            late += 1
        elif (number := reading["ts"] // SLICE_MS + 1) * SLICE_MS <= until_ms:
            meter = meters.setdefault(reading["meter_id"], len(meters))
            windows.append(meter << 32 | number)
    _, counts = np.unique(np.frombuffer(windows, dtype=np.int64), return_counts=True)
    return Counts(
        messages, malformed, late, len(counts), int(counts.sum()), int((counts * counts).sum())
    )


def until(bootstrap: str, topic: str, ends: list[int], delay_ms: int = DELAY_MS) -> int:
    """End of the last window that every peer has certainly closed when it has read the prefix.

    `delay_ms` is how long after its end a window closes at the latest, plus 1: a peer that is told
    to wait longer than the others needs a larger one.

    Time is what the slowest partition says, and in it the smaller of two: the last arrival, by
    which the loop and the Flink job close windows, and the latest event time of an on-time reading,
    by which those close them that know no other time. Heartbeats do not count, so a peer need not
    heed them. A meter that fell silent earlier is another matter: who keeps a time for each meter
    closes its last window only at the end of the input, as the bytewax peers do.

    Raises:
        ValueError: a partition has no reading on time.
    """
    latest_ms = [_latest_ms(bootstrap, topic, partition, end) for partition, end in enumerate(ends)]
    return (min(latest_ms) - delay_ms) // SLICE_MS * SLICE_MS


def _latest_ms(bootstrap: str, topic: str, partition: int, end: int) -> int:
    """How far time has come in a partition by both clocks. The last messages may all be late."""
    tail = TAIL
    while True:
        arrival_ms, event_ms = 0, -1
        for message in _messages(bootstrap, topic, {partition: end}, max(0, end - tail)):
            _, arrival_ms = message.timestamp()
            reading = _reading(message.value())
            if reading is None or "ts" not in reading:
                continue
            if -CLOCK_SKEW_MS <= arrival_ms - reading["ts"] <= ON_TIME_MS:
                event_ms = max(event_ms, reading["ts"])
        if event_ms >= 0:
            return min(arrival_ms, event_ms)
        if tail >= end:
            raise ValueError(f"no reading of partition {partition} is on time")
        tail *= 4


def _messages(bootstrap: str, topic: str, ends: dict[int, int], begin: int) -> Iterator[Message]:
    """The messages from offset `begin` to each partition's end, one partition after another."""
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "peers-expected", "enable.auto.commit": False}
    )
    try:
        for partition, end in ends.items():
            if begin >= end:
                continue
            consumer.assign([TopicPartition(topic, partition, begin)])
            last = begin - 1
            while last < end - 1:
                for message in consumer.consume(10_000, timeout=0.5):
                    if message.error() is not None:
                        raise RuntimeError(message.error())
                    last = message.offset()
                    if last < end:
                        yield message
    finally:
        consumer.close()


def _reading(value: bytes | None) -> dict[str, Any] | None:
    """The message, a reading or a heartbeat; None if it is neither."""
    try:
        message = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return None
    if not isinstance(message, dict):
        return None
    if "heartbeat" in message:
        return {"heartbeat": True} if message["heartbeat"] is True else None
    voltage_v = message.get("voltage_v")
    valid = (
        _matches(message.get("meter_id"), METER_ID)
        and _matches(message.get("geohash"), GEOHASH)
        and message.get("commodity") in COMMODITIES
        and _within(message.get("ts"), 0, MAX_TS_MS, int)
        and _within(message.get("seq"), 0, MAX_SEQ, int)
        and _within(message.get("register"), 0, MAX_REGISTER, int, float)
        and _within(message.get("demand"), -MAX_DEMAND, MAX_DEMAND, int, float)
        and (voltage_v is None or _within(voltage_v, 0, MAX_VOLTAGE_V, int, float))
        and message.get("v", 1) == 1
    )
    return message if valid else None


def _matches(text: object, pattern: re.Pattern[str]) -> bool:
    return isinstance(text, str) and pattern.fullmatch(text) is not None


def _within(number: object, low: int, high: int, *types: type) -> bool:
    return type(number) in types and low <= number <= high  # type: ignore[operator]
