"""How far ahead of the broker's clock a producer may stamp a reading."""

import time
from collections.abc import Iterator

import pytest
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

from adapters.connect import kafka_config
from contracts.reading import HEARTBEAT
from contracts.settings import Settings
from contracts.time import DAY_MS, MINUTE_MS
from contracts.topics import TIMESTAMP_AHEAD, readings
from infra.provision import provision_topics
from simulators.errors import SendError
from simulators.sending.recorder import Record
from simulators.sending.sender import Sender
from tests.support.namespaces import fresh_topics


@pytest.fixture(scope="module")
def empty(broker: Settings) -> Iterator[Settings]:
    """Settings of a namespace without jobs."""
    with fresh_topics(broker, "test_stamps") as settings:
        yield settings


def now_ms() -> int:
    """Of the wall."""
    return round(time.time() * 1_000)


def test_an_arrival_too_far_ahead_is_refused_and_one_within_the_bound_taken(
    empty: Settings,
) -> None:
    ahead_ms = empty.arrival_ahead_ms
    with Sender(empty, "ahead") as sender:
        sender.send([Record(0, now_ms() + ahead_ms - MINUTE_MS, None, HEARTBEAT)])
        with pytest.raises(SendError, match=r"300 s ahead.*WATTSTREAM_ARRIVAL_AHEAD_MS"):
            sender.send([Record(1, now_ms() + ahead_ms + MINUTE_MS, None, HEARTBEAT)])

    with Sender(empty, "ahead-again") as sender:
        sender.send([Record(1, now_ms() - 10 * 365 * DAY_MS, None, HEARTBEAT)])


def test_the_bound_of_a_topic_that_is_there_becomes_that_of_the_settings(empty: Settings) -> None:
    admin = AdminClient(kafka_config(empty))
    resource = ConfigResource(ConfigResource.Type.TOPIC, readings(empty).name)
    resource.add_incremental_config(
        ConfigEntry(TIMESTAMP_AHEAD, "3600000", incremental_operation=AlterConfigOpType.SET)
    )
    admin.incremental_alter_configs([resource])[resource].result(120)

    provision_topics(empty)

    found = admin.describe_configs([resource])[resource].result(120)
    assert found[TIMESTAMP_AHEAD].value == str(empty.arrival_ahead_ms)
