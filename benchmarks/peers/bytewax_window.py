# /// script
# requires-python = ">=3.11,<3.12"
# dependencies = ["bytewax[kafka]==0.21.1", "confluent-kafka==2.16.1", "msgspec==0.22.0",
#     "redis[hiredis]==8.1.0"]
# ///
"""Bytewax with its own windows: an event clock and tumbling windows for each meter.

The clock of a meter is the latest event time of its own readings. Left alone, it also moves on with
the clock on the wall, which would make a replay's good readings late; so its wall clock stands
still. That a reading is late by its arrival is judged before, since the clock knows no arrival.
"""

import argparse
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import bytewax.operators as op
import bytewax_io
import work
from bytewax.dataflow import Dataflow
from bytewax.operators.windowing import EventClock, TumblingWindower, fold_window

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def flow(options: argparse.Namespace, counts: work.Counts) -> Dataflow:
    """The dataflow of one process."""
    dataflow = Dataflow("live")
    messages = op.input("kafka", dataflow, bytewax_io.Prefix(options, counts))
    readings = op.flat_map_batch("read", messages, bytewax_io.reader(counts))
    windows = fold_window(
        "slices",
        readings,
        EventClock(
            ts_getter=_time,
            wait_for_system_duration=timedelta(milliseconds=work.DELAY_MS),
            now_getter=lambda: EPOCH,
            to_system_utc=lambda _: None,
        ),
        TumblingWindower(length=timedelta(milliseconds=work.SLICE_MS), align_to=EPOCH),
        builder=lambda: None,
        folder=_fold,
        merger=_merge,
        ordered=False,
    )
    closed = op.flat_map_batch("closed", windows.down, _closed)
    op.output("redis", closed, bytewax_io.LiveSink(options, counts))
    return dataflow


def _time(reading: work.Reading) -> datetime:
    return datetime.fromtimestamp(reading.ts / 1000, UTC)


def _fold(slice_: work.Slice | None, reading: work.Reading) -> work.Slice:
    if slice_ is None:
        return work.begin(reading)
    slice_.add(reading)
    return slice_


def _merge(*_: work.Slice | None) -> work.Slice | None:
    raise AssertionError("tumbling windows never merge")


def _closed(
    windows: list[tuple[str, tuple[int, work.Slice]]],
) -> Iterable[bytewax_io.Closed]:
    return [
        (meter_id, ((number + 1) * work.SLICE_MS, slice_)) for meter_id, (number, slice_) in windows
    ]


if __name__ == "__main__":
    bytewax_io.run("bytewax_window", work.parser(__doc__), flow)
