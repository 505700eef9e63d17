import struct

import pytest

from adapters.progress import AS_COMMITTED, BEGINNING, lag, offsets_in
from contracts.settings import Settings
from contracts.topics import Topic, minutes, readings

FOR_EVER, UNTIL_NOW = -(2**63), 77


def split(topic: Topic, partition: int, offset: int, end: int = FOR_EVER) -> bytes:
    """A part of a topic as Flink's connector keeps it."""
    name = topic.name.encode()
    return struct.pack(f">H{len(name)}siqq", len(name), name, partition, offset, end)


@pytest.fixture
def topic() -> Topic:
    return readings(Settings(namespace="here", readings_partitions=3))


def test_each_partition_is_where_it_has_come_farthest(topic: Topic) -> None:
    content = b"".join(
        [
            *(b"\x00\x01", split(topic, 0, BEGINNING), split(topic, 1, BEGINNING)),
            *(b"state", split(topic, 1, 300), split(topic, 0, 2**40), split(topic, 2, 0), b"\x0a"),
        ]
    )

    assert offsets_in(content, topic) == [2**40, 300, 0]


def test_a_partition_may_not_have_been_begun(topic: Topic) -> None:
    content = split(topic, 1, AS_COMMITTED) + split(topic, 2, 10)

    assert offsets_in(content, topic) == [BEGINNING, AS_COMMITTED, 10]


def test_other_topics_and_other_bytes_say_nothing(topic: Topic) -> None:
    settings = Settings(namespace="here")
    others = (
        split(minutes(settings), 0, 5),
        split(Topic(f"{topic.name}-2", 3, {}), 0, 5),
        split(Topic(f"t{topic.name}", 3, {}), 0, 5),
        split(topic, 0, 5, UNTIL_NOW),
        split(topic, 0, 5)[:-1],
        topic.name.encode(),
    )

    assert offsets_in(b"".join(others), topic) is None


def test_lag_is_added_up_and_nowhere_negative() -> None:
    assert lag([5, 9, 0], [7, 3, 0]) == 2
