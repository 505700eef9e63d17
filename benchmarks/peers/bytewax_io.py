"""What both bytewax peers have in common: where readings come from, where slices go, how it runs.

Bytewax's own Kafka source reads the partitions, cut off after the prefix of the topic. Its end is
the end of the input, at which bytewax closes all windows; those that time has not closed are not
written, since a stream that goes on would still hold them open.
"""

import argparse
import multiprocessing
import socket
from collections.abc import Callable, Iterable
from datetime import timedelta

import work
from bytewax.connectors.kafka import KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.run import cli_main

EPOCH = timedelta(seconds=60)
"""Bytewax takes snapshots of all states this often, though without recovery nobody keeps them."""

BATCH = 10_000
"""Messages of a partition taken at a time."""

Message = KafkaSourceMessage[bytes | None, bytes | None]
Closed = tuple[str, tuple[int, work.Slice]]
"""A meter, and its slice with its end."""


class Prefix(FixedPartitionedSource[Message, int | None]):
    """A Kafka source of the first messages of each partition."""

    def __init__(self, options: argparse.Namespace, counts: work.Counts) -> None:
        self._source = KafkaSource(
            [options.bootstrap],
            [options.topic],
            batch_size=options.batch,
        )
        self._ends = options.ends
        self._counts = counts

    def list_parts(self) -> list[str]:
        return self._source.list_parts()

    def build_part(
        self, step_id: str, for_part: str, resume_state: int | None
    ) -> StatefulSourcePartition[Message, int | None]:
        part = self._source.build_part(step_id, for_part, resume_state)
        end = self._ends[int(for_part.split("-", 1)[0])]
        return _PrefixPart(part, end, self._counts)


class _PrefixPart(StatefulSourcePartition[Message, int | None]):
    def __init__(
        self, part: StatefulSourcePartition[Message, int | None], end: int, counts: work.Counts
    ) -> None:
        self._part = part
        self._end = end
        self._counts = counts
        self._next = 0

    def next_batch(self) -> list[Message]:
        if self._next >= self._end:
            raise StopIteration
        messages = self._part.next_batch()
        if messages:
            self._counts.begin()
            self._next = messages[-1].offset + 1
            if self._next > self._end:
                messages = [message for message in messages if message.offset < self._end]
            self._counts.messages += len(messages)
        return messages

    def snapshot(self) -> int | None:
        return self._part.snapshot()

    def close(self) -> None:
        self._part.close()


class LiveSink(DynamicSink[Closed]):
    """Writes each batch of closed slices to Redis."""

    def __init__(self, options: argparse.Namespace, counts: work.Counts) -> None:
        self._options = options
        self._counts = counts

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "_LivePart":  # noqa: ARG002
        options = self._options
        live = work.LiveWriter(options.redis_url, options.prefix, self._counts)
        return _LivePart(live, options.until_ms)


class _LivePart(StatelessSinkPartition[Closed]):
    def __init__(self, live: work.LiveWriter, until_ms: int) -> None:
        self._live = live
        self._until_ms = until_ms

    def write_batch(self, items: list[Closed]) -> None:
        until_ms = self._until_ms
        self._live.write(
            (meter_id, end_ms, slice_) for meter_id, (end_ms, slice_) in items if end_ms <= until_ms
        )


def reader(counts: work.Counts) -> Callable[[list[Message]], Iterable[tuple[str, work.Reading]]]:
    """A mapper of batches: the readings on time, each with its meter."""
    on_time = counts.on_time

    def read(messages: list[Message]) -> Iterable[tuple[str, work.Reading]]:
        readings = []
        for message in messages:
            assert message.timestamp is not None
            reading = on_time(message.value, message.timestamp[1])
            if reading is not None:
                readings.append((reading.meter_id, reading))
        return readings

    return read


def run(
    peer: str,
    command: argparse.ArgumentParser,
    flow: Callable[[argparse.Namespace, work.Counts], Dataflow],
) -> None:
    """Run a flow as `python -m bytewax.run` does, in processes that exchange over sockets or, with
    --workers, threads."""
    command.add_argument("--workers", type=int, default=1, help="threads of each process")
    command.add_argument("--batch", type=int, default=BATCH, help="messages taken at a time")
    options = command.parse_args()
    addresses = _addresses(options.processes) if options.processes > 1 else None

    def process(number: int) -> None:
        work.spare_collector()
        counts = work.Counts(options.until_ms)
        cli_main(
            flow(options, counts),
            workers_per_process=options.workers,
            process_id=None if addresses is None else number,
            addresses=addresses,
            epoch_interval=EPOCH,
        )
        counts.print(peer)

    processes = [
        multiprocessing.Process(target=process, args=(number,))
        for number in range(options.processes)
    ]
    for started in processes:
        started.start()
    for started in processes:
        started.join()
    if any(started.exitcode for started in processes):
        raise SystemExit(1)


def _addresses(number: int) -> list[str]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    addresses = [f"127.0.0.1:{listener.getsockname()[1]}" for listener in sockets]
    for listener in sockets:
        listener.close()
    return addresses
