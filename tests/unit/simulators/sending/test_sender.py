import signal
import threading
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from contracts.recording import SCHEMA
from simulators.errors import OptionError, TopicError
from simulators.sending.paced_offsets import make_room
from simulators.sending.partitions import refuse_broker_stamps, refuse_older
from simulators.sending.recorder import Record, Recorder
from simulators.signals import stop_on_interrupt

HELD_MS = 1_359_676_800_000
RECORDS = [
    Record(0, 1_000, b"MAC1", b"{}"),
    Record(1, 1_001, None, b'{"heartbeat":true}'),
    Record(0, 1_002, b"MAC1", None),
]


def test_time_may_begin_up_to_the_slack_before_what_a_partition_holds() -> None:
    refuse_older("t", {0: HELD_MS - 1_000, 1: 5}, {0: HELD_MS}, slack_ms=1_000)


def test_older_arrivals_are_refused_with_both_times_and_the_ways_on() -> None:
    with pytest.raises(TopicError) as error:
        refuse_older(
            "ns.readings", {0: HELD_MS, 3: HELD_MS - 1_001}, {0: 1, 3: HELD_MS}, slack_ms=1_000
        )
    for part in (
        "partition 3 of ns.readings",
        "2013-02-01T00:00:00.000+00:00",
        "2013-01-31T23:59:58.999+00:00",
        "wattstream reset",
        "--namespace",
        "WATTSTREAM_NAMESPACE",
    ):
        assert part in str(error.value)


def test_a_topic_whose_broker_stamps_is_refused_with_the_way_on() -> None:
    refuse_broker_stamps("ns.readings", "CreateTime")
    with pytest.raises(TopicError) as error:
        refuse_broker_stamps("ns.readings", "LogAppendTime")
    for part in (
        "ns.readings has message.timestamp.type=LogAppendTime",
        "--namespace",
        "WATTSTREAM_READINGS_TIMESTAMP_TYPE=CreateTime",
    ):
        assert part in str(error.value)


def test_a_recording_holds_what_was_added(tmp_path: Path) -> None:
    path = tmp_path / "new" / "run-0.parquet"
    with Recorder(path) as recorder:
        recorder.add(RECORDS[:2], [10, 4])
        assert not path.exists()
        recorder.add(RECORDS[2:], [11])
    table = pq.read_table(path)
    assert table.schema == SCHEMA
    assert list(zip(*table.to_pydict().values(), strict=True)) == [
        (0, 10, 1_000, b"MAC1", b"{}"),
        (1, 4, 1_001, None, b'{"heartbeat":true}'),
        (0, 11, 1_002, b"MAC1", None),
    ]


def test_a_recording_makes_room_for_what_was_paced(tmp_path: Path) -> None:
    path = tmp_path / "run-0.parquet"
    counted = [(0, 10), (1, 10), (0, 11), (0, 12), (0, 13)]
    with Recorder(path) as recorder:
        records = [Record(partition, 1_000, None, b"{}") for partition, _ in counted]
        recorder.add(records, [offset for _, offset in counted])
    make_room(path, {0: [10, 11, 14, 16]})
    table = pq.read_table(path)
    assert table.schema == SCHEMA
    moved = list(zip(table["partition"].to_pylist(), table["offset"].to_pylist(), strict=True))
    assert moved == [(0, 12), (1, 10), (0, 13), (0, 15), (0, 17)]
    assert list(tmp_path.iterdir()) == [path]


def test_a_recording_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "run-0.parquet"
    path.write_bytes(b"precious")
    with pytest.raises(OptionError, match="there already"):
        Recorder(path)
    assert path.read_bytes() == b"precious"


def test_a_run_that_sent_nothing_leaves_no_recording(tmp_path: Path) -> None:
    with Recorder(tmp_path / "run-0.parquet"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_the_first_interrupt_is_a_wish_and_the_second_a_command() -> None:
    # A shell that runs the tests in the background has them ignore it.
    outside = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), stop_on_interrupt() as stop:
            signal.raise_signal(signal.SIGINT)
            assert stop.is_set()
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, outside)


def test_outside_the_main_thread_the_caller_stops_the_run() -> None:
    given = threading.Event()
    seen: list[threading.Event] = []

    def run() -> None:
        with stop_on_interrupt(given) as stop:
            seen.append(stop)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [given]
