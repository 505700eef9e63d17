"""Repeats the registry of meters in the log of readings, so that one log says all.

A meter is announced in its own partition of the readings: when its entry is new or changed, when it
is removed, and once a day, for readers that begin late. Where producers stamp the arrival, each
partition has one writer, and it is not this one: only namespaces whose broker does are served.
"""

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicCollection,
    TopicPartition,
)

from adapters.connect import kafka_config, storing_config
from adapters.kafka import stamped_by
from adapters.kafka_clients import Admin
from contracts.reading import INGEST_HEADER
from contracts.settings import Settings
from contracts.time import MINUTE_MS
from contracts.topics import meters, readings
from services.ingest.due import Announcements, Due, EntryError
from services.kafka_ticks import tick_until
from services.namespaces import is_ours, namespaces

TICK_S = 1.0
ANSWER_TIMEOUT_S = 5.0
DELIVERY_TIMEOUT_S = 30.0
AT_ONCE = 1_000
KEPT_EACH_MS = MINUTE_MS

log = logging.getLogger("ingest")


def ingest(settings: Settings, stop: threading.Event, *, only_this_namespace: bool = False) -> None:
    """Announce the meters of every namespace until `stop`.

    A broker that does not answer is asked again; topics may appear and vanish meanwhile. What was
    announced is kept with the group `<namespace>-ingest`: nothing is left out after a restart, and
    what was under way may come twice.
    """
    service = _Ingest(settings, only_this_namespace)
    log.info(
        "announcing %s at %s",
        meters(settings).name if only_this_namespace else "the meters of all namespaces",
        settings.kafka_bootstrap,
    )
    try:
        tick_until(stop, service.tick, TICK_S, log)
    finally:
        service.close()
    log.info("stopped")


class _Ingest:
    """The namespaces that are served, and the client to ask with."""

    def __init__(self, settings: Settings, only_this_namespace: bool) -> None:
        self._settings = settings
        self._only = only_this_namespace
        self._admin = Admin(settings)
        self._served: dict[str, _Namespace] = {}
        self._left_alone: dict[str, str] = {}
        """Id of the readings topic of each namespace that is not served."""
        self._problems: dict[str, str] = {}
        """The last of each namespace that has one."""

    def tick(self) -> None:
        """Look once at all namespaces, and announce what is due.

        Raises:
            KafkaException: no broker answers.
        """
        found = self._admin.topics(ANSWER_TIMEOUT_S)
        asked = [self._settings] if self._only else namespaces(found, self._settings)
        there = {each.namespace: each for each in asked if is_ours(found, each)}
        for gone in set(self._served) - set(there):
            log.info("%s is gone", gone)
            self._served.pop(gone).close()
        for name, settings in there.items():
            try:
                self._tick(name, settings)
                self._problems.pop(name, None)
            except KafkaException as problem:
                said = problem.args[0].str()
                if self._problems.get(name) != said:
                    log.warning("%s: %s; asked again each second", name, said)
                self._problems[name] = said
                # begins anew with what is kept
                if (served := self._served.pop(name, None)) is not None:
                    served.close()

    def _tick(self, name: str, settings: Settings) -> None:
        topic_id = self._id_of(readings(settings).name)
        if self._left_alone.get(name) == topic_id:
            return
        served = self._served.get(name)
        if served is not None and served.readings_id != topic_id:
            log.info("%s is another one of the same name", readings(settings).name)
            self._served.pop(name).close()
            served = None
        if served is None:
            with self._admin.asked() as client:
                stamps = stamped_by(client, readings(settings).name)
            if stamps != "LogAppendTime":
                log.info(
                    "%s has arrivals by its producers (CreateTime), so each partition has one "
                    "writer: that one announces its meters, nobody does here",
                    readings(settings).name,
                )
                self._left_alone[name] = topic_id
                return
            served = self._served[name] = _Namespace(settings, topic_id, _now_ms())
        served.tick(_now_ms())

    def _id_of(self, topic: str) -> str:
        with self._admin.asked() as client:
            asked = client.describe_topics(
                TopicCollection([topic]), request_timeout=ANSWER_TIMEOUT_S
            )
            return str(asked[topic].result().topic_id)

    def close(self) -> None:
        """Let the clients go."""
        for served in self._served.values():
            served.close()


@dataclass(slots=True)
class _Namespace:
    """One registry on its way into one topic of readings."""

    settings: Settings
    readings_id: str
    """Of the topic, which may be another one of the same name some day."""
    daily_ms: int
    """What is due once a day up to then is announced."""
    announcements: Announcements = field(default_factory=Announcements)
    position: int = 0
    failed: KafkaError | None = None
    consumer: Consumer = field(init=False)
    producer: Producer = field(init=False)
    kept: int = field(init=False)
    """Entries before this offset are announced, and that is remembered."""
    kept_ms: int = field(init=False)
    """When that was."""

    def __post_init__(self) -> None:
        config = kafka_config(self.settings) | {"reconnect.backoff.max.ms": 1_000}
        self.consumer = Consumer(
            config
            | {
                "group.id": f"{self.settings.namespace}-ingest",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
            }
        )
        self.producer = Producer(
            storing_config(self.settings)
            | {
                "reconnect.backoff.max.ms": 1_000,
                "delivery.timeout.ms": int(DELIVERY_TIMEOUT_S * 1_000),
                "delivery.report.only.error": True,
                "on_delivery": self._note,
            }
        )
        self.kept_ms = self.daily_ms
        self._remember()
        self.consumer.assign([TopicPartition(self.registry, 0, OFFSET_BEGINNING)])

    @property
    def registry(self) -> str:
        """The topic of meters."""
        return meters(self.settings).name

    def tick(self, now_ms: int) -> None:
        """Announce what is due.

        Raises:
            KafkaException: Kafka did not give or not take all; nothing of it counts as announced.
        """
        number = self._announce(self._changed())
        number += self._announce(self.announcements.again(self.daily_ms, now_ms))
        unanswered = self.producer.flush(DELIVERY_TIMEOUT_S)
        if self.failed is not None or unanswered:
            problem = self.failed or KafkaError(KafkaError._MSG_TIMED_OUT)
            raise KafkaException(problem)
        if number:
            log.info("%s: %d of %d meters", self.registry, number, len(self.announcements))
        self.daily_ms = now_ms
        if number or self.position > self.kept or now_ms - self.kept_ms >= KEPT_EACH_MS:
            self._keep()

    def close(self) -> None:
        """Let the clients go."""
        self.consumer.close()

    def _changed(self) -> Iterable[Due]:
        """What follows from the entries that are new in the topic of meters."""
        place = TopicPartition(self.registry, 0)
        _, end = self.consumer.get_watermark_offsets(place, timeout=ANSWER_TIMEOUT_S)
        while self.position < end:
            messages = self.consumer.consume(AT_ONCE, timeout=ANSWER_TIMEOUT_S)
            for message in messages:
                problem = message.error()
                if problem is not None and problem.code() == KafkaError._PARTITION_EOF:
                    # the last records may be none that a consumer is given
                    self.position = max(self.position, message.offset() or 0)
                    continue
                if problem is not None:
                    raise KafkaException(problem)
                if (due := self._take(message)) is not None:
                    yield due
            if not messages:
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT))

    def _take(self, message: Message) -> Due | None:
        offset = message.offset()
        assert offset is not None
        self.position = offset + 1
        key, entry = message.key(), message.value()
        try:
            meter_id = (key or b"").decode() if isinstance(key, bytes) or key is None else key
            entry = entry.encode() if isinstance(entry, str) else entry
            if offset < self.kept:
                self.announcements.known(meter_id, entry)
                return None
            return self.announcements.changed(meter_id, entry)
        except (EntryError, UnicodeDecodeError) as problem:
            log.warning("%s offset %d is not announced: %s", self.registry, offset, problem)
            return None

    def _announce(self, due: Iterable[Due]) -> int:
        topic, number = readings(self.settings).name, 0
        for meter_id, value in due:
            while True:
                try:
                    self.producer.produce(topic, value, meter_id, headers={INGEST_HEADER: b""})
                    break
                except BufferError:
                    self.producer.poll(0.1)
            number += 1
        return number

    def _note(self, problem: KafkaError | None, _: Message) -> None:
        if problem is not None:
            self.failed = self.failed or problem

    def _remember(self) -> None:
        """Go on from what was announced into this topic of readings, and not into another one."""
        place = TopicPartition(self.registry, 0)
        (kept,) = self.consumer.committed([place], timeout=ANSWER_TIMEOUT_S)
        _, end = self.consumer.get_watermark_offsets(place, timeout=ANSWER_TIMEOUT_S)
        topic_id, _, daily_ms = (kept.metadata or "").partition(" ")
        if 0 <= kept.offset <= end and topic_id == self.readings_id:
            self.kept, self.daily_ms = kept.offset, int(daily_ms)
        else:
            self.kept = 0

    def _keep(self) -> None:
        self.kept, self.kept_ms = self.position, self.daily_ms
        note = f"{self.readings_id} {self.daily_ms}"
        place = TopicPartition(self.registry, 0, self.position, note)
        self.consumer.commit(offsets=[place], asynchronous=False)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
