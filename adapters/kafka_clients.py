"""Clients of Kafka that outlive its restarts.

A broker that has just started, or that its controller takes for dead, may answer that there is no
broker. librdkafka lets go then of all that it knew, and where its threads come in an unlucky order
it never looks for one again (its issue 5301): every call fails from then on, and nothing comes. So
who asks gets another client, and who is sent things is told to begin again.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import orjson
from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, TopicMetadata

from adapters.connect import kafka_config
from contracts.errors import OperationError
from contracts.settings import Settings
from contracts.time import SECOND_MS

NOBODY_ANSWERS = (KafkaError._TRANSPORT, KafkaError._TIMED_OUT, KafkaError._ALL_BROKERS_DOWN)
LOOK_MS = 10_000
LOOKS = 2
"""So often in a row a client has no broker: one that is about to look again has one at once."""
NOT_OF_THE_CLUSTER = ("logical", "internal")
"""What librdkafka says of brokers that only stand for others."""


class BrokersLostError(OperationError):
    """A client that finds no broker any more, though there may be some: make another one."""


class Admin:
    """An administrator's session. After nobody answered, the next to ask has another client."""

    def __init__(self, settings: Settings) -> None:
        self._config = kafka_config(settings) | {"reconnect.backoff.max.ms": SECOND_MS}
        self._client = AdminClient(self._config)

    @contextmanager
    def asked(self) -> Iterator[AdminClient]:
        """The client of now, to ask something, and to wait for the answer within."""
        try:
            yield self._client
        except KafkaException as problem:
            if problem.args[0].code() in NOBODY_ANSWERS:
                self._client = AdminClient(self._config)
            raise

    def topics(self, timeout_s: float) -> Mapping[str, TopicMetadata]:
        """All topics, by name.

        Raises:
            confluent_kafka.KafkaException: no broker answers.
        """
        with self.asked() as client:
            topics: Mapping[str, TopicMetadata] = client.list_topics(timeout=timeout_s).topics
        return topics


def lasting_config(settings: Settings) -> dict[str, Any]:
    """librdkafka configuration of a consumer or producer that is polled for as long as it lives:
    a poll raises BrokersLostError where it would wait for ever."""
    return kafka_config(settings) | {
        "reconnect.backoff.max.ms": SECOND_MS,
        "statistics.interval.ms": LOOK_MS,
        "stats_cb": _Watch(settings.kafka_bootstrap),
    }


def let_go(consumer: Consumer) -> None:
    """Close a consumer of such a configuration, which may say once more that it lost Kafka."""
    with suppress(BrokersLostError):
        consumer.close()


class _Watch:
    """Sees by a client's statistics whether it knows a broker."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._without = 0

    def __call__(self, statistics: str) -> None:
        brokers = orjson.loads(statistics)["brokers"].values()
        knows_one = any(each["source"] not in NOT_OF_THE_CLUSTER for each in brokers)
        self._without = 0 if knows_one else self._without + 1
        if self._without >= LOOKS:
            raise BrokersLostError(
                f"the client of Kafka at {self._bootstrap} knows no broker any more and looks for "
                "none: it must be made anew, as by starting this again"
            )
