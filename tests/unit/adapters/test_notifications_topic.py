"""The notifier's topic, on a broker that librdkafka plays."""

from collections.abc import Iterator

import pytest
from confluent_kafka import Producer

from adapters.notifications_topic import (
    AnotherTopicError,
    NotificationsTopic,
    kept_notifications,
)
from contracts.settings import Settings
from contracts.topics import notifications


@pytest.fixture(scope="module")
def broker() -> Iterator[Settings]:
    """Settings of a broker that makes topics as they are written."""
    host = Producer({"bootstrap.servers": "none:1", "test.mock.num.brokers": 1, "log_level": 2})
    (known,) = host.list_topics(timeout=10).brokers.values()
    yield Settings(kafka_bootstrap=f"{known.host}:{known.port}")
    del host


def test_what_was_appended_is_read_in_its_order_with_what_was_removed(broker: Settings) -> None:
    settings = broker.model_copy(update={"namespace": "a"})
    topic = NotificationsTopic(settings)
    topic.append([(b"one", b"1"), (b"two", b"2")])
    topic.append([(b"one", None), (b"two", b"3")])

    assert list(topic.read()) == [
        (b"one", b"1"),
        (b"two", b"2"),
        (b"one", None),
        (b"two", b"3"),
    ]
    assert notifications(settings).config["cleanup.policy"] == "compact"


def test_who_opens_it_goes_on_where_it_ends(broker: Settings) -> None:
    settings = broker.model_copy(update={"namespace": "b"})
    NotificationsTopic(settings).append([(b"one", b"1")])
    second = NotificationsTopic(settings)
    second.append([(b"one", b"2")])

    assert list(second.read()) == [(b"one", b"1"), (b"one", b"2")]


def test_to_look_is_not_to_take_over(broker: Settings) -> None:
    settings = broker.model_copy(update={"namespace": "c"})
    topic = NotificationsTopic(settings)
    topic.append([(b"one", b"1")])
    assert list(kept_notifications(settings)) == [(b"one", b"1")]
    topic.append([(b"one", b"2")])

    assert list(kept_notifications(settings)) == [(b"one", b"1"), (b"one", b"2")]


def test_a_topic_that_ends_before_what_was_written_gets_nothing(broker: Settings) -> None:
    settings = broker.model_copy(update={"namespace": "d"})
    topic = NotificationsTopic(settings)
    topic.append([(b"one", b"1")])
    # As if that had been written to one that was longer and is gone.
    topic._written = 100

    with pytest.raises(AnotherTopicError, match="is another one of the same name"):
        topic.append([(b"one", b"2")])
