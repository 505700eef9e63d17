"""The way of real readings into the log: stored once each, told where, in the partition of their
meter.

Several writers share a topic if its broker stamps the arrival. Where producers do, arrivals of two
would go back, so such a topic has one.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from confluent_kafka import KafkaError, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient

from adapters.connect import kafka_config, storing_config
from adapters.kafka import Offsets, stamped_by
from adapters.kafka_clients import BrokersLostError, lasting_config
from adapters.kept_records import ends_of
from adapters.own_records import OwnRecord, own_records
from contracts.errors import OperationError
from contracts.reading import HEARTBEAT, ID_HEADER, Reading, encode
from contracts.settings import Settings
from contracts.topics import MAX_MESSAGE_BYTES, Topic, partition_of, readings

QUIET_S = 1.0
"""After so long without a record of its own a partition is told that time goes on."""
WAITS_MS = 2_147_483_647
"""For a broker that is away: what was taken from elsewhere is not given up."""
RETRY_S = 0.1
FENCE_S = 30.0
"""For what a writer of before had on its way to be in the log."""


class Stored(NamedTuple):
    """Where in the log a record is, and when it arrived, epoch ms."""

    partition: int
    offset: int
    arrival_ms: int


OnStored = Callable[[Stored], None]


class ProducersTimeError(OperationError):
    """A topic that has one writer, which stamps the arrival."""


def refuse_producers_time(settings: Settings, stamps: str, *, sole_writer: bool) -> None:
    """Refuse a topic of readings whose producers stamp the arrival, except to its only writer.

    Raises:
        ProducersTimeError: says how to get a topic that several may write.
    """
    if stamps != "LogAppendTime" and not sole_writer:
        raise ProducersTimeError(
            f"{readings(settings).name} has message.timestamp.type={stamps}: arrivals are stamped "
            "by its producers, and those of two would go back. Write into another namespace "
            "(--namespace, WATTSTREAM_NAMESPACE) that `wattstream provision` made with "
            "WATTSTREAM_READINGS_TIMESTAMP_TYPE=LogAppendTime, or say that nobody else writes "
            "there (sole writer)"
        )


class ReadingsWriter:
    """Writes readings, and other records that belong to them, in the order in which it is told to.

    What Kafka has not answered is tried again for ever. Callbacks run where `poll` or `flush` is
    called, or within a call that waits for room. One that was refused for good is in `failed`, and
    its callback is never called.

    Args:
        sole_writer: Whether nobody else writes readings there.
        gathers_ms: So long a record may wait for others, where it may wait longer than usual: to
            send them together costs less.

    Raises:
        OperationError: there is no such topic, or its arrivals are stamped by several producers.
        confluent_kafka.KafkaException: no broker answers.
    """

    def __init__(
        self, settings: Settings, *, sole_writer: bool = False, gathers_ms: int | None = None
    ) -> None:
        self._settings = settings
        self.topic = readings(settings)
        self.partitions = len(ends_of(settings, self.topic))
        self.stamps = stamped_by(AdminClient(kafka_config(settings)), self.topic.name)
        refuse_producers_time(settings, self.stamps, sole_writer=sole_writer)
        self.failed: KafkaError | None = None
        self._partition: dict[str, int] = {}
        self._written_s = dict.fromkeys(range(self.partitions), 0.0)
        self._newest_ms = 0
        if self.stamps != "LogAppendTime":
            self._newest_ms = _newest_ms(settings, self.topic, self.partitions)
        self._producer = Producer(
            storing_config(settings)
            | lasting_config(settings)
            | {
                "delivery.timeout.ms": WAITS_MS,
                # Before compression; the broker counts after it.
                "message.max.bytes": MAX_MESSAGE_BYTES,
            }
            | ({} if gathers_ms is None else {"linger.ms": gathers_ms})
        )

    def write(self, reading: Reading, record_id: str, stored: OnStored | None = None) -> None:
        """Hand a reading over.

        Args:
            record_id: What `adapters.own_records` finds it by: the writer's name, then which of its
                records this is.
        """
        meter_id = reading.meter_id
        partition = self._partition.get(meter_id)
        if partition is None:
            partition = self._partition[meter_id] = partition_of(meter_id, self.partitions)
        self._put_reading(
            partition, meter_id, encode(reading), {ID_HEADER: record_id.encode()}, stored
        )

    def put(
        self,
        topic: Topic,
        key: str | None,
        value: bytes,
        headers: Mapping[str, bytes],
        stored: OnStored | None = None,
    ) -> None:
        """Hand a record of another topic over; its broker stamps it."""
        self._produce(topic.name, -1, key, value, headers, 0, stored)

    def pass_time(self, stored: OnStored | None = None, *, everywhere: bool = False) -> None:
        """Tell partitions into which this one has not written for QUIET_S, or all, that time goes
        on."""
        now_s = time.monotonic()
        for partition, written_s in self._written_s.items():
            if everywhere or now_s - written_s >= QUIET_S:
                self._put_reading(partition, None, HEARTBEAT, {}, stored)

    def records_of_before(self, name: str, since: Sequence[int]) -> Iterator[OwnRecord]:
        """What is in the log of a writer of that name that was killed: once a heartbeat is in each
        partition, so is what it had on its way.

        Args:
            since: As of `adapters.own_records`.

        Raises:
            OperationError: Kafka does not take a heartbeat, or says nothing for a long time.
            confluent_kafka.KafkaException: no broker answers.
        """
        self.pass_time(everywhere=True)
        if self.flush(FENCE_S):
            raise OperationError(
                f"Kafka at {self._settings.kafka_bootstrap} does not take a heartbeat"
            )
        return own_records(self._settings, name, since)

    def poll(self, timeout_s: float) -> None:
        """Wait so long for answers, and tell of those that came.

        Raises:
            OperationError: Kafka refused a record for good, or is lost (BrokersLostError).
        """
        self._producer.poll(timeout_s)
        self._refuse_failures()

    def flush(self, timeout_s: float) -> int:
        """Wait so long for all answers; how many are missing.

        Raises:
            OperationError: Kafka refused a record for good, or is lost (BrokersLostError).
        """
        unanswered: int = self._producer.flush(timeout_s)
        self._refuse_failures()
        return unanswered

    def close(self, timeout_s: float) -> int:
        """Wait so long for all answers, then give up what has none: without that it is tried again
        behind the back of whoever writes next.

        Returns:
            How many records nobody knows of whether they are stored. Their callbacks are never
            called.
        """
        try:
            unanswered: int = self._producer.flush(timeout_s)
        except BrokersLostError:
            unanswered = len(self._producer)
        self._producer.purge()
        with suppress(BrokersLostError):
            self._producer.flush(timeout_s)
        return unanswered

    def __len__(self) -> int:
        return len(self._producer)

    def _put_reading(
        self,
        partition: int,
        key: str | None,
        value: bytes,
        headers: Mapping[str, bytes],
        stored: OnStored | None,
    ) -> None:
        arrival_ms = 0
        if self.stamps != "LogAppendTime":
            # The clock on the wall may be set back.
            self._newest_ms = max(self._newest_ms, time.time_ns() // 1_000_000)
            arrival_ms = self._newest_ms
        self._written_s[partition] = time.monotonic()
        self._produce(self.topic.name, partition, key, value, headers, arrival_ms, stored)

    def _produce(
        self,
        topic: str,
        partition: int,
        key: str | None,
        value: bytes,
        headers: Mapping[str, bytes],
        arrival_ms: int,
        stored: OnStored | None,
    ) -> None:
        while True:
            try:
                self._producer.produce(
                    topic,
                    value,
                    key,
                    partition,
                    on_delivery=partial(self._answered, stored),
                    timestamp=arrival_ms,
                    headers=dict(headers),
                )
                return
            except BufferError:
                self._producer.poll(RETRY_S)
            except KafkaException as problem:
                self.failed = self.failed or problem.args[0]
                return

    def _answered(
        self, stored: OnStored | None, problem: KafkaError | None, message: Message
    ) -> None:
        if problem is not None:
            self.failed = self.failed or problem
        elif stored is not None:
            partition, offset = message.partition(), message.offset()
            assert partition is not None
            assert offset is not None
            stored(Stored(partition, offset, message.timestamp()[1]))

    def _refuse_failures(self) -> None:
        if self.failed is not None:
            raise OperationError(
                f"Kafka did not take a record for {self.topic.name} or what belongs to it: "
                f"{self.failed.str()}; nothing after it counts as stored"
            )


def _newest_ms(settings: Settings, topic: Topic, partitions: int) -> int:
    """The largest arrival that any partition has: time goes on from there."""
    there = replace(topic, partitions=partitions)
    return max(0, *(at or 0 for at in Offsets(settings).newest_arrivals(there)))
