"""The notifier's topic, on a broker that librdkafka plays."""

from collections.abc import Iterator

import pytest

from adapters import notifications_topic
from adapters.connect import kafka_config
from adapters.notifications_topic import (
    AnotherTopicError,
    NotificationsTopic,
    kept_notifications,
)
from contracts.settings import Settings
from contracts.topics import notifications
from tests.support.played_broker import played_broker


@pytest.fixture(scope="module")
def broker() -> Iterator[Settings]:
    """Settings of a broker that makes topics as they are written."""
    with played_broker() as settings:
        yield settings


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


def test_more_is_appended_at_once_than_a_producer_holds(
    broker: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = broker.model_copy(update={"namespace": "e"})
    monkeypatch.setattr(
        notifications_topic,
        "kafka_config",
        lambda its: kafka_config(its) | {"queue.buffering.max.messages": 10},
    )
    records = [(f"{n}".encode(), b"1") for n in range(200)]

    NotificationsTopic(settings).append(records)

    assert list(kept_notifications(settings)) == records


def test_a_topic_that_ends_before_what_was_written_gets_nothing(broker: Settings) -> None:
    settings = broker.model_copy(update={"namespace": "d"})
    topic = NotificationsTopic(settings)
    topic.append([(b"one", b"1")])
    # As if that had been written to one that was longer and is gone.
    topic._written = 100

    with pytest.raises(AnotherTopicError, match="is another one of the same name"):
        topic.append([(b"one", b"2")])
