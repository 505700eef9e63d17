# /// script
# requires-python = ">=3.11,<3.12"
# dependencies = ["msgspec==0.22.0", "pathway==0.33.0", "redis[hiredis]==8.1.0"]
# ///
"""Pathway: its tumbling windows, each with exactly one result, in Rust but for decoding and Redis.

Its time is the latest event time of all partitions together, so a partition that is read behind the
others loses what is `--shift-ms` behind them, without a word: small fetches keep partitions side by
side, and the counts say whether that was enough. Its JSON format is no faster than a function of
batches in Python, and hides how many messages were malformed.
"""

import argparse
import os
import socket
import sys
import threading
import time
import uuid
from operator import itemgetter
from pathlib import Path
from typing import Any, get_args

import pathway as pw
import redis
import work
from msgspec.structs import astuple

RUN = "PEER_PATHWAY_RUN"
"""Environment variable by which the processes of a run know each other."""
WAIT_S = 0.1
"""How often to see whether all is read."""
STILL_S = 5.0
"""With everything read and no window closed for so long, none is to come."""

Fields = tuple[str, str, str, int, int, float, float]
"""The required fields of a reading, in their order."""
NAMES = work.Reading.__struct_fields__[: len(get_args(Fields))]


class Output:
    """Hands slices to Redis at the end of each batch of Pathway's."""

    def __init__(self, live: work.LiveWriter) -> None:
        self._live = live
        self._closed: list[tuple[str, int, work.Slice]] = []
        self.last_s = time.monotonic()

    def on_change(self, key: pw.Pointer, row: dict[str, Any], time: int, is_addition: bool) -> None:  # noqa: ARG002
        """Take a closed slice."""
        assert is_addition, "each window has exactly one result"
        last_ms, register = row["last"]
        slice_ = work.Slice(
            row["readings"],
            row["first_seq"],
            row["last_seq"],
            last_ms,
            register,
            row["demand_sum"],
            row["demand_min"],
            row["demand_max"],
            row["geohash"],
            row["commodity"],
        )
        self._closed.append((row["meter_id"], row["end_ms"], slice_))

    def on_time_end(self, time_: int) -> None:  # noqa: ARG002
        """Write what was taken, a meter's slices in the order of time."""
        if self._closed:
            self._closed.sort(key=itemgetter(1))
            self._live.write(self._closed)
            self._closed.clear()
            self.last_s = time.monotonic()


def main() -> None:
    """Start `pathway spawn`, which starts this script again, once for each process."""
    command = work.parser(__doc__)
    command.add_argument("--threads", type=int, default=1, help="of each process")
    command.add_argument(
        "--shift-ms", type=int, default=6_000, help="from a window's end to its close"
    )
    command.add_argument(
        "--fetch-bytes", type=int, default=100_000, help="of a partition at a time"
    )
    command.add_argument("--backlog", type=int, default=20_000, help="messages under way")
    command.add_argument("--commit-ms", type=int, default=500, help="longest wait for a batch")
    options = command.parse_args()
    if RUN in os.environ:
        _run(options)
        return
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    spawn = ["pathway", "spawn", "--threads", str(options.threads)]
    spawn += ["--processes", str(options.processes), "--first-port", str(port)]
    os.execve(
        Path(sys.executable).with_name("pathway"),
        [*spawn, sys.executable, *sys.argv],
        {**os.environ, RUN: f"peer-pathway-{uuid.uuid4().hex[:8]}"},
    )


def _run(options: argparse.Namespace) -> None:
    counts = work.Counts(options.until_ms)
    output = Output(work.LiveWriter(options.redis_url, options.prefix, counts))
    pw.io.subscribe(
        _slices(_readings(options, counts), options.shift_ms),
        output.on_change,
        on_time_end=output.on_time_end,
    )
    threading.Thread(target=_stop, args=(options, counts, output), daemon=True).start()
    work.spare_collector()
    pw.run(monitoring_level=pw.MonitoringLevel.NONE)


def _readings(options: argparse.Namespace, counts: work.Counts) -> pw.Table:
    messages = pw.io.kafka.read(
        {
            "bootstrap.servers": options.bootstrap,
            "group.id": os.environ[RUN],
            "auto.offset.reset": "earliest",
            "fetch.message.max.bytes": str(options.fetch_bytes),
        },
        options.topic,
        format="raw",
        autogenerate_key=True,
        with_metadata=True,
        autocommit_duration_ms=options.commit_ms,
        max_backlog_size=options.backlog,
    )

    @pw.udf(deterministic=True, max_batch_size=2_000)
    def read(values: list[bytes | None], metadata: list[pw.Json]) -> list[Fields | None]:
        counts.begin()
        batch: list[Fields | None] = []
        for value, json in zip(values, metadata, strict=True):
            of_message: Any = json.value
            reading = None
            if of_message["offset"] < options.ends[of_message["partition"]]:
                counts.messages += 1
                reading = counts.on_time(value, of_message["timestamp_millis"])
            batch.append(None if reading is None else astuple(reading)[: len(NAMES)])
        return batch

    read_messages = messages.select(fields=read(pw.this.data, pw.this._metadata))
    on_time = read_messages.filter(pw.this.fields.is_not_none())
    fields = on_time.select(fields=pw.unwrap(pw.this.fields))
    return fields.select(**{name: pw.this.fields[place] for place, name in enumerate(NAMES)})


def _slices(readings: pw.Table, shift_ms: int) -> pw.Table:
    return readings.windowby(
        pw.this.ts,
        window=pw.temporal.tumbling(duration=work.SLICE_MS, origin=0),
        instance=pw.this.meter_id,
        behavior=pw.temporal.exactly_once_behavior(shift=shift_ms),
    ).reduce(
        meter_id=pw.this._pw_instance,
        end_ms=pw.this._pw_window_end,
        readings=pw.reducers.count(),
        first_seq=pw.reducers.min(pw.this.seq),
        last_seq=pw.reducers.max(pw.this.seq),
        last=pw.reducers.max(pw.make_tuple(pw.this.ts, pw.this.register)),
        demand_sum=pw.reducers.sum(pw.this.demand),
        demand_min=pw.reducers.min(pw.this.demand),
        demand_max=pw.reducers.max(pw.this.demand),
        geohash=pw.reducers.any(pw.this.geohash),
        commodity=pw.reducers.any(pw.this.commodity),
    )


def _stop(options: argparse.Namespace, counts: work.Counts, output: Output) -> None:
    """End the process when all processes together have read the prefix; a stream has no end."""
    client = redis.Redis.from_url(options.redis_url)
    counter = f"{options.prefix}:{os.environ[RUN]}"
    told = 0
    read_s: float | None = None
    while read_s is None or time.monotonic() < max(read_s, output.last_s) + STILL_S:
        time.sleep(WAIT_S)
        messages = counts.messages
        total = int(client.incrby(counter, messages - told))
        told = messages
        if read_s is None and total == sum(options.ends):
            read_s = time.monotonic()
    client.expire(counter, 60)
    counts.print("pathway")
    # The first to exit takes the others with it.
    time.sleep(STILL_S)
    os._exit(0)


if __name__ == "__main__":
    main()
