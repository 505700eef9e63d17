# /// script
# requires-python = ">=3.11,<3.12"
# dependencies = ["bytewax[kafka]==0.21.1", "confluent-kafka==2.16.1", "msgspec==0.22.0",
#     "redis[hiredis]==8.1.0"]
# ///
"""Bytewax with windows made by hand: open slices in dicts, in plain Python.

Keyed by meter, as its documentation has it, a meter's own event time closes its slices. Keyed by
partition, whole batches go to one state for each partition, and the arrival closes slices, so
heartbeats count too: the loop of `loop.py` with bytewax around it.
"""

import argparse
from collections.abc import Callable
from itertools import groupby
from operator import attrgetter

import bytewax.operators as op
import bytewax_io
import work
from bytewax.dataflow import Dataflow
from bytewax.operators import StatefulBatchLogic

Arrived = tuple[int, list[work.Reading]]
"""The last arrival of a batch, and its readings on time."""


class MeterSlices(StatefulBatchLogic[work.Reading, tuple[int, work.Slice], None]):
    """The open slices of a meter."""

    def __init__(self) -> None:
        self._slices: dict[int, work.Slice] = {}
        self._now_ms = 0

    def on_batch(self, values: list[work.Reading]) -> tuple[list[tuple[int, work.Slice]], bool]:
        slices = self._slices
        now_ms = self._now_ms
        for reading in values:
            ts = reading.ts
            end_ms = ts - ts % work.SLICE_MS + work.SLICE_MS
            slice_ = slices.get(end_ms)
            if slice_ is None:
                slices[end_ms] = work.begin(reading)
            else:
                slice_.add(reading)
            if ts > now_ms:
                now_ms = ts
        self._now_ms = now_ms
        return self._closed(now_ms - work.DELAY_MS), False

    def on_eof(self) -> tuple[list[tuple[int, work.Slice]], bool]:
        return self._closed(max(self._slices, default=0)), False

    def _closed(self, now_ms: int) -> list[tuple[int, work.Slice]]:
        ends = sorted(end_ms for end_ms in self._slices if end_ms <= now_ms)
        return [(end_ms, self._slices.pop(end_ms)) for end_ms in ends]

    def snapshot(self) -> None:
        return None


class PartitionSlices(StatefulBatchLogic[Arrived, bytewax_io.Closed, None]):
    """The open slices of all meters of a partition."""

    def __init__(self) -> None:
        self._windows: dict[int, dict[str, work.Slice]] = {}

    def on_batch(self, values: list[Arrived]) -> tuple[list[bytewax_io.Closed], bool]:
        windows = self._windows
        arrival_ms = 0
        for arrival_ms, readings in values:  # noqa: B007
            for reading in readings:
                end_ms = reading.ts - reading.ts % work.SLICE_MS + work.SLICE_MS
                meters = windows.get(end_ms)
                if meters is None:
                    meters = windows[end_ms] = {}
                slice_ = meters.get(reading.meter_id)
                if slice_ is None:
                    meters[reading.meter_id] = work.begin(reading)
                else:
                    slice_.add(reading)
        now_ms = arrival_ms - work.DELAY_MS
        return [
            (meter_id, (end_ms, slice_))
            for end_ms in sorted(end_ms for end_ms in windows if end_ms <= now_ms)
            for meter_id, slice_ in windows.pop(end_ms).items()
        ], False

    def snapshot(self) -> None:
        return None


def flow(options: argparse.Namespace, counts: work.Counts) -> Dataflow:
    """The dataflow of one process."""
    dataflow = Dataflow("live")
    messages = op.input("kafka", dataflow, bytewax_io.Prefix(options, counts))
    if options.key == "meter":
        readings = op.flat_map_batch("read", messages, bytewax_io.reader(counts))
        closed = op.stateful_batch("slices", readings, lambda _: MeterSlices())
    else:
        batches = op.flat_map_batch("read", messages, _batch_reader(counts))
        slices = op.stateful_batch("slices", batches, lambda _: PartitionSlices())
        closed = op.key_rm("meters", slices)
    op.output("redis", closed, bytewax_io.LiveSink(options, counts))
    return dataflow


def _batch_reader(
    counts: work.Counts,
) -> Callable[[list[bytewax_io.Message]], list[tuple[str, Arrived]]]:
    read = bytewax_io.reader(counts)

    def read_batch(messages: list[bytewax_io.Message]) -> list[tuple[str, Arrived]]:
        batches = []
        # Bytewax may join what several partitions gave.
        for partition, group in groupby(messages, attrgetter("partition")):
            of_partition = list(group)
            timestamp = of_partition[-1].timestamp
            assert timestamp is not None
            readings = [reading for _, reading in read(of_partition)]
            # Bytewax hashes keys to workers: four bare numbers would all go to the same of two.
            batches.append((f"readings-{partition}", (timestamp[1], readings)))
        return batches

    return read_batch


if __name__ == "__main__":
    command = work.parser(__doc__)
    command.add_argument("--key", choices=("meter", "partition"), default="meter")
    bytewax_io.run("bytewax_stateful", command, flow)
