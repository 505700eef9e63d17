# /// script
# requires-python = ">=3.11,<3.12"
# dependencies = ["msgspec==0.22.0", "quixstreams==3.28.1", "redis[hiredis]==8.1.0"]
# ///
"""Quix Streams: its tumbling windows, closed by the latest event time of the partition.

Its Redis sink sets a key for each message, so a sink of our own writes hashes; like all its sinks,
that happens at each checkpoint. State is in RocksDB on this machine's disk; topics that log its
changes, from which another machine could go on, are left out: they cost time.
"""

import argparse
import multiprocessing
import tempfile
import threading
import time
import uuid
from ctypes import Array, c_longlong
from pathlib import Path
from typing import Any, TypeAlias

import work
from confluent_kafka import Message, TopicPartition
from msgspec.structs import astuple
from quixstreams import Application
from quixstreams.models import Deserializer, Row, Topic
from quixstreams.models.serializers.exceptions import IgnoreMessage
from quixstreams.sinks import BatchingSink, SinkBatch

WAIT_S = 0.1
"""How often to see whether there is a message, and whether all is read."""

Offsets: TypeAlias = "Array[c_longlong]"
"""For each partition, the offset after the last message that a process has taken."""


class ReadingDeserializer(Deserializer):
    """Readings of messages; all else goes no further."""

    def __init__(self, counts: work.Counts) -> None:
        super().__init__()
        self._counts = counts

    def __call__(self, value: bytes, ctx: object) -> work.Reading:  # noqa: ARG002
        reading = self._counts.decode(value)
        if reading is None:
            raise IgnoreMessage
        return reading


class LiveSink(BatchingSink):
    """Writes the slices that closed since the last checkpoint to Redis."""

    def __init__(self, live: work.LiveWriter) -> None:
        super().__init__()
        self._live = live

    def write(self, batch: SinkBatch) -> None:
        self._live.write(
            (item.key.decode(), item.value["end"], work.Slice(*item.value["value"]))
            for item in batch
        )


def main() -> None:
    """Run the processes of one consumer group and wait for them."""
    command = work.parser(__doc__)
    command.add_argument("--commit-s", type=float, default=5.0, help="between two checkpoints")
    options = command.parse_args()
    offsets = multiprocessing.RawArray(c_longlong, len(options.ends))
    group = f"peer-quixstreams-{uuid.uuid4().hex[:8]}"
    with tempfile.TemporaryDirectory() as state:
        processes = [
            multiprocessing.Process(target=_run, args=(options, group, Path(state), offsets))
            for _ in range(options.processes)
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
    if any(process.exitcode for process in processes):
        raise SystemExit(1)


def _run(options: argparse.Namespace, group: str, state: Path, offsets: Offsets) -> None:
    counts = work.Counts(options.until_ms)
    app = Application(
        options.bootstrap,
        consumer_group=group,
        auto_offset_reset="earliest",
        commit_interval=options.commit_s,
        consumer_poll_timeout=WAIT_S,
        state_dir=state,
        auto_create_topics=False,
        use_changelog_topics=False,
        loglevel="WARNING",
    )
    topic = app.topic(
        options.topic,
        value_deserializer=ReadingDeserializer(counts),
        timestamp_extractor=_event_time(counts),
    )
    _end_prefix(app, topic, options.ends, offsets, counts)
    windows = (
        app.dataframe(topic)
        .tumbling_window(work.SLICE_MS, grace_ms=work.DELAY_MS)
        .reduce(reducer=_add, initializer=_begin)
        .final(closing_strategy="partition")
    )
    windows.sink(LiveSink(work.LiveWriter(options.redis_url, options.prefix, counts)))
    threading.Thread(target=_stop, args=(app, options.ends, offsets), daemon=True).start()
    work.spare_collector()
    app.run()
    counts.print("quixstreams")


def _event_time(counts: work.Counts) -> Any:  # noqa: ANN401
    def event_time(
        reading: work.Reading | None, _headers: object, arrival_ms: int, _type: object
    ) -> int:
        # A message without a value passes the deserializer by.
        if reading is None:
            counts.malformed += 1
            raise IgnoreMessage
        if not counts.belongs(reading, arrival_ms):
            raise IgnoreMessage
        return reading.ts

    return event_time


def _end_prefix(
    app: Application, topic: Topic, ends: list[int], offsets: Offsets, counts: work.Counts
) -> None:
    """Let nothing pass that is after the prefix of the topic; no option of Quix Streams does."""
    deserialize = topic.row_deserialize

    def deserialize_prefix(message: Message) -> Row | list[Row] | None:
        partition, offset = message.partition(), message.offset()
        end = ends[partition]
        if offset >= end:
            return None
        counts.begin()
        counts.messages += 1
        # It raises what the last message of the prefix may well be: one to be left out.
        try:
            return deserialize(message)
        finally:
            if offset == end - 1:
                app._consumer.pause([TopicPartition(topic.name, partition)])
            offsets[partition] = offset + 1

    topic.row_deserialize = deserialize_prefix


def _stop(app: Application, ends: list[int], offsets: Offsets) -> None:
    while list(offsets) != ends:
        time.sleep(WAIT_S)
    app.stop()


def _begin(reading: work.Reading) -> list[Any]:
    """A slice as a list, its fields in their order: the state store keeps JSON."""
    return list(astuple(work.begin(reading)))


def _add(fields: list[Any], reading: work.Reading) -> list[Any]:
    slice_ = work.Slice(*fields)
    slice_.add(reading)
    return list(astuple(slice_))


if __name__ == "__main__":
    main()
