"""What every peer does alike: command line, readings it accepts, what goes to Redis, counts.

The peers import it from their own directory, so it uses nothing but what each of them declares:
msgspec and redis. Times are epoch milliseconds UTC unless a name says otherwise.
"""

import argparse
import gc
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
import redis
from msgspec import Meta

SLICE_MS = 5_000
DELAY_MS = 3_000
"""How far the watermark stays behind the arrival."""
ON_TIME_MS = 2_400
"""Largest lateness (arrival minus event time) of a reading that belongs to a window."""
CLOCK_SKEW_MS = 10_000
AREA_LENGTH = 5
HASHES_A_CALL = 500
"""One round trip to Redis carries this many areas: some hundred kilobytes."""


class Reading(msgspec.Struct, gc=False):
    """A reading as `contracts/reading.schema.json` has it, but for the patterns of its strings."""

    meter_id: Annotated[str, Meta(min_length=1, max_length=64)]
    geohash: Annotated[str, Meta(min_length=5, max_length=12)]
    commodity: Literal["electricity", "gas", "water"]
    ts: Annotated[int, Meta(ge=0, le=4_102_444_800_000)]
    seq: Annotated[int, Meta(ge=0, le=2**53 - 1)]
    register: Annotated[float, Meta(ge=0, le=100_000_000_000)]
    demand: Annotated[float, Meta(ge=-1_000_000_000, le=1_000_000_000)]
    voltage_v: Annotated[float, Meta(ge=0, le=1_000_000)] | None = None
    v: Literal[1] = 1


class Slice(msgspec.Struct, gc=False):
    """What a meter did in 5 s; begun by a reading, then told of the others."""

    readings: int
    first_seq: int
    last_seq: int
    last_ms: int
    register: float
    demand_sum: float
    demand_min: float
    demand_max: float
    geohash: str
    commodity: str

    def add(self, reading: Reading) -> None:
        """Count one more reading."""
        self.readings += 1
        seq, demand = reading.seq, reading.demand
        if seq > self.last_seq:
            self.last_seq = seq
        elif seq < self.first_seq:
            self.first_seq = seq
        if reading.ts >= self.last_ms:
            self.last_ms = reading.ts
            self.register = reading.register
        self.demand_sum += demand
        if demand < self.demand_min:
            self.demand_min = demand
        if demand > self.demand_max:
            self.demand_max = demand


class LiveMeter(msgspec.Struct, gc=False):
    """The value of a meter in Redis: what its slice says."""

    slice_end_ms: int
    last_ms: int
    geohash: str
    commodity: str
    readings: int
    expected: int
    register: float
    demand: float
    demand_min: float
    demand_max: float


def begin(reading: Reading) -> Slice:
    """The slice of a first reading."""
    demand, seq = reading.demand, reading.seq
    return Slice(
        1,
        seq,
        seq,
        reading.ts,
        reading.register,
        demand,
        demand,
        demand,
        reading.geohash,
        reading.commodity,
    )


UNREADABLE = (msgspec.MsgspecError, ValueError, TypeError, KeyError, RecursionError)
"""No reading, no JSON, no UTF-8, no value at all, or nested too deep."""

decode: Callable[[bytes | None], Reading] = msgspec.json.Decoder(Reading).decode
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Counts:
    """What a process did; `window...` is about the windows that end at or before `until_ms`.

    `first_s` and `last_s` are `time.monotonic()`, one clock for all processes of the machine.
    """

    until_ms: int
    messages: int = 0
    malformed: int = 0
    late: int = 0
    first_s: float | None = None
    last_s: float | None = None
    windows: int = 0
    window_readings: int = 0
    window_readings_squared: int = 0

    def begin(self) -> None:
        """The first message is here; later calls change nothing."""
        if self.first_s is None:
            self.first_s = time.monotonic()

    def on_time(
        self,
        value: bytes | None,
        arrival_ms: int,
        decode: Callable[[bytes | None], Reading] = decode,
    ) -> Reading | None:
        """The reading of a message if it belongs to a window; counts it if malformed or late."""
        reading = self.decode(value, decode)
        return reading if reading is not None and self.belongs(reading, arrival_ms) else None

    def decode(
        self, value: bytes | None, decode: Callable[[bytes | None], Reading] = decode
    ) -> Reading | None:
        """The reading of a message; counts one that is neither that nor a heartbeat."""
        try:
            return decode(value)
        except UNREADABLE:
            if not is_heartbeat(value):
                self.malformed += 1
            return None

    def belongs(self, reading: Reading, arrival_ms: int) -> bool:
        """Does a reading belong to a window? Counts one that does not."""
        lateness_ms = arrival_ms - reading.ts
        if -CLOCK_SKEW_MS <= lateness_ms <= ON_TIME_MS:
            return True
        if lateness_ms > 0:
            self.late += 1
        else:
            self.malformed += 1
        return False

    def print(self, peer: str) -> None:
        """One line of JSON on standard output."""
        counts = {name: getattr(self, name) for name in self.__slots__ if name != "until_ms"}
        # One write, as two processes share the output.
        sys.stdout.write(json.dumps({"peer": peer, **counts}) + "\n")
        sys.stdout.flush()


def is_heartbeat(value: bytes | None) -> bool:
    """Does a message only say that time goes on?"""
    try:
        message = msgspec.json.decode(value)
    except UNREADABLE:
        return False
    return isinstance(message, dict) and message.get("heartbeat") is True


class LiveWriter:
    """Live state in Redis: a hash for each area, a field for each meter, its value as JSON."""

    def __init__(self, url: str, prefix: str, counts: Counts) -> None:
        self._redis = redis.Redis.from_url(url)
        self._prefix = prefix
        self._counts = counts

    def write(self, slices: Iterable[tuple[str, int, Slice]]) -> None:
        """Write closed slices (meter, end, slice), a meter's in the order of time, and wait for the
        acknowledgement."""
        counts = self._counts
        hashes: dict[str, dict[str, bytes]] = defaultdict(dict)
        counted = False
        for meter_id, end_ms, slice_ in slices:
            readings = slice_.readings
            hashes[slice_.geohash[:AREA_LENGTH]][meter_id] = _encode(
                LiveMeter(
                    end_ms,
                    slice_.last_ms,
                    slice_.geohash,
                    slice_.commodity,
                    readings,
                    slice_.last_seq - slice_.first_seq + 1,
                    slice_.register,
                    slice_.demand_sum / readings,
                    slice_.demand_min,
                    slice_.demand_max,
                )
            )
            if end_ms <= counts.until_ms:
                counted = True
                counts.windows += 1
                counts.window_readings += readings
                counts.window_readings_squared += readings * readings
        self._write(hashes)
        if counted:
            counts.last_s = time.monotonic()

    def _write(self, hashes: dict[str, dict[str, bytes]]) -> None:
        with self._redis.pipeline(transaction=False) as pipeline:
            for area, meters in hashes.items():
                pipeline.hset(f"{self._prefix}:live:{area}", mapping=meters)
                if len(pipeline) == HASHES_A_CALL:
                    pipeline.execute()
            pipeline.execute()


def spare_collector() -> None:
    """Keep Python's cycle collector from walking all open slices again and again, a third of the
    time of some peers; for programs that leave no cycles."""
    gc.collect()
    gc.freeze()
    gc.disable()


def parser(description: str | None) -> argparse.ArgumentParser:
    """The command line that all peers share; see README.md."""
    command = argparse.ArgumentParser(description=description)
    command.add_argument("--bootstrap", required=True, help="Kafka, HOST:PORT")
    command.add_argument("--topic", required=True)
    command.add_argument("--redis-url", required=True)
    command.add_argument("--prefix", required=True, help="of the hashes' names")
    command.add_argument("--ends", required=True, type=_offsets, help="messages of each partition")
    command.add_argument("--until-ms", required=True, type=int, help="end of the last window")
    command.add_argument("--processes", type=int, default=1)
    return command


def _offsets(text: str) -> list[int]:
    return [int(offset) for offset in text.split(",")]
