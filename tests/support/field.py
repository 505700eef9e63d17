"""The cases of `tests/field`, as records for a log that is written by hand or really sent."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson

from contracts.reading import HEARTBEAT
from contracts.settings import PROJECT, Settings
from contracts.time import SECOND_MS
from contracts.topics import partition_of
from simulators.sending.recorder import Record

FOLDER = PROJECT / "tests" / "field"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.jsonl")))


@dataclass(frozen=True)
class Told:
    """A record of a case: its value as a JSON object."""

    arrival_ms: int
    key: str
    value: dict[str, Any]


@cache
def field(name: str) -> tuple[Told, ...]:
    """The records of a case, in the order of the file."""
    lines = (FOLDER / f"{name}.jsonl").read_text().splitlines()
    parsed = [json.loads(line) for line in lines if line and not line.startswith("#")]
    return tuple(Told(line["arrival"], line["key"], line["value"]) for line in parsed)


def in_order(told: Iterable[Told], settings: Settings) -> list[Record]:
    """The records as one writer of each partition writes them: by arrival, with a heartbeat in
    every partition for every second from the first arrival to the last."""
    records = [
        Record(
            partition_of(each.key, settings.readings_partitions),
            each.arrival_ms,
            each.key.encode(),
            orjson.dumps(each.value),
        )
        for each in told
    ]
    heartbeats = _heartbeats(
        [record.arrival_ms for record in records], settings.readings_partitions
    )
    return sorted([*records, *heartbeats], key=lambda record: record.arrival_ms)


def _heartbeats(arrivals_ms: list[int], partitions: int) -> Iterator[Record]:
    for arrival_ms in range(min(arrivals_ms), max(arrivals_ms) + SECOND_MS, SECOND_MS):
        for partition in range(partitions):
            yield Record(partition, arrival_ms, None, HEARTBEAT)
