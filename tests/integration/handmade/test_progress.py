"""What a job says of itself: how far its checkpoint has read the log, without the commits in Kafka,
which come late; and how many readings it has counted.
"""

from typing import TYPE_CHECKING

import pytest

from adapters.flink import FlinkRest
from adapters.kafka import topic_ends
from adapters.progress import certainly_read
from benchmarks.peers_run import our_windows
from contracts.reading import Reading
from contracts.settings import Settings
from contracts.topics import area_minutes, minutes, periods, readings
from tests.support.send import record, send
from tests.support.verify import assert_equal

if TYPE_CHECKING:
    from verification.report import Report


def write(by_hand: Settings, midnight_ms: int) -> None:
    """A reading on time and one that is late."""
    records = [
        record(
            by_hand,
            Reading("read", "gcpvj0du", "electricity", midnight_ms + seq, seq, 1.0, 1.0),
            late_ms,
        )
        for seq, late_ms in enumerate((500, by_hand.on_time_ms))
    ]
    send(by_hand, "progress", records)


def test_the_oracle_finds_the_same(report: "Report") -> None:
    assert_equal(report)


def test_benchmarks_find_how_many_readings_were_in_windows(
    by_hand: Settings, report: "Report"
) -> None:
    windows, readings_in_windows = our_windows(by_hand)

    assert readings_in_windows == report.counts.on_time
    assert windows
    assert 0 < windows <= readings_in_windows


@pytest.mark.usefixtures("report")
def test_how_far_a_job_has_read_is_in_its_checkpoint(
    by_hand: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.progress.Offsets.committed", lambda *_: [[-1] * 4])

    topics = {
        "hot": [readings(by_hand)],
        "cold": [readings(by_hand)],
        "history": [minutes(by_hand), periods(by_hand), area_minutes(by_hand)],
    }
    with FlinkRest(by_hand) as flink:
        for kind, read_topics in topics.items():
            job = flink.find(by_hand.job_name(kind))
            assert job is not None
            for topic in read_topics:
                ends = topic_ends(by_hand, topic)
                assert sum(ends) > 0
                told = certainly_read(by_hand, flink, job, topic)
                assert told is not None
                # A partition without a record is not begun.
                assert [at for at, end in zip(told, ends, strict=True) if end] == list(
                    filter(None, ends)
                )
