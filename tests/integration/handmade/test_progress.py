"""What a checkpoint says of how far the log was read, without Kafka's commits, which come late."""

import pytest

from adapters.flink import FlinkRest
from adapters.kafka import topic_ends
from adapters.progress import certainly_read
from contracts.reading import Reading
from contracts.settings import Settings
from contracts.topics import area_minutes, minutes, readings
from tests.support.send import record, send
from tests.support.verify import assert_equal, verified


def test_it_is_in_the_checkpoint(
    by_hand: Settings, midnight_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = Reading("read", "gcpvj0du", "electricity", midnight_ms, 1, 1.0, 1.0)
    send(by_hand, "progress", [record(by_hand, reading, 500)])
    assert_equal(verified(by_hand))
    monkeypatch.setattr("adapters.progress.committed_offsets", lambda *_: [-1] * 4)

    topics = {
        "hot": [readings(by_hand)],
        "cold": [readings(by_hand)],
        "history": [minutes(by_hand), area_minutes(by_hand)],
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
