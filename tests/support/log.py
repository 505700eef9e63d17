"""Logs written down by hand for the oracle, as a simulator would record them."""

from collections.abc import Iterable
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from contracts.reading import HEARTBEAT
from contracts.recording import SCHEMA
from contracts.settings import Settings
from simulators.sending.recorder import Record

T = 1_357_000_200_000
"""2013-01-01T00:30:00Z, the start of a minute."""
LATER = T + 600_000
GEOHASH = "gcpuyj2k41vd"

Sent = tuple[int, bytes | None]
"""Arrival and value."""


def reading(ts: int, **changes: Any) -> bytes:  # noqa: ANN401
    """Message of meter "a" with register 1 Wh and demand 1 W; a change to None leaves out."""
    fields: dict[str, Any] = {
        "meter_id": "a",
        "geohash": GEOHASH,
        "commodity": "electricity",
        "ts": ts,
        "seq": 1,
        "register": 1.0,
        "demand": 1.0,
    }
    said = {name: value for name, value in (fields | changes).items() if value is not None}
    return orjson.dumps(said)


def announcement(**changes: Any) -> bytes:  # noqa: ANN401
    """Message that announces meter "a" and what is given."""
    meter = {"meter_id": "a", "geohash": GEOHASH, "commodity": "electricity"} | changes
    return orjson.dumps({"meter": meter})


def record(
    settings: Settings, partition: int, sent: list[Sent], offset: int = 0, run: str = "run"
) -> None:
    """Write a recording of one partition."""
    rows = [
        {
            "partition": partition,
            "offset": offset + n,
            "arrival_ms": arrival_ms,
            "key": None,
            "value": value,
        }
        for n, (arrival_ms, value) in enumerate(sent)
    ]
    settings.recordings_dir.mkdir(parents=True, exist_ok=True)
    path = settings.recordings_dir / f"{run}-{partition}-{offset}.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path)


def record_all(settings: Settings, records: Iterable[Record], until_ms: int) -> None:
    """Write the recordings of all partitions, each closed by a heartbeat at `until_ms`."""
    sent: list[list[Sent]] = [[] for _ in range(settings.readings_partitions)]
    for each in records:
        sent[each.partition].append((each.arrival_ms, each.value))
    for partition, of_partition in enumerate(sent):
        record(settings, partition, [*of_partition, (until_ms, HEARTBEAT)])
