"""A producer's transaction that stays open: what it holds back is told, and for how long it may."""

import time
from collections.abc import Iterator

import pytest
from confluent_kafka import KafkaError, KafkaException, Producer

from adapters.connect import kafka_config
from adapters.kafka import Offsets
from contracts.reading import HEARTBEAT
from contracts.settings import Settings
from contracts.time import MINUTE_MS
from contracts.topics import readings
from infra.flink.held_back import Transactions
from tests.support.namespaces import fresh_topics


@pytest.fixture(scope="module")
def empty(broker: Settings) -> Iterator[Settings]:
    """Settings of a namespace without jobs."""
    with fresh_topics(broker, "test_transactions") as settings:
        yield settings


def transactional(settings: Settings, timeout_ms: int) -> Producer:
    """A producer whose transactions the broker ends after this long."""
    return Producer(
        kafka_config(settings)
        | {
            "transactional.id": f"{settings.namespace}-{time.time_ns()}",
            "transaction.timeout.ms": timeout_ms,
        }
    )


def now_ms() -> int:
    """Of the wall."""
    return round(time.time() * 1_000)


def test_no_transaction_may_hold_time_up_for_longer_than_a_minute(empty: Settings) -> None:
    with pytest.raises(KafkaException) as refused:
        transactional(empty, MINUTE_MS + 1).init_transactions(120)

    assert refused.value.args[0].code() == KafkaError.INVALID_TRANSACTION_TIMEOUT
    transactional(empty, MINUTE_MS).init_transactions(120)


def test_what_an_open_transaction_holds_back_is_told(empty: Settings) -> None:
    topic = readings(empty)
    producer = transactional(empty, MINUTE_MS)
    transactions = Transactions(empty, Offsets(empty))
    producer.init_transactions(120)
    producer.begin_transaction()
    for _ in range(3):
        producer.produce(topic.name, HEARTBEAT, None, 2, timestamp=now_ms())
    assert producer.flush(120) == 0

    # At the first look it may just be about to end.
    assert transactions.look() is None
    told = transactions.look()

    assert told is not None
    assert told.by_partition == {2: 3}
    assert f"3 records of {topic.name}" in told.advice
    assert "partition 2" in told.advice
    producer.commit_transaction(120)
    # The mark that ends it is written after the answer.
    deadline = time.monotonic() + 120
    while transactions.look() is not None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
