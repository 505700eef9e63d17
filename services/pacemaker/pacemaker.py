"""Writes heartbeats into partitions whose writer has gone quiet, so that the others go on, and
facts of feeds that nobody writes.

A heartbeat is a record of the log: both jobs, every run and verification see the same time.
"""

import logging
import threading
import time
from collections.abc import Collection, Mapping
from functools import partial

from confluent_kafka import KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import ListOffsetsResultInfo, OffsetSpec
from msgspec.json import Encoder

from adapters.kafka_clients import Admin, lasting_config
from contracts.facts import Feed
from contracts.reading import HEARTBEAT, PACED_HEADER
from contracts.settings import Settings
from contracts.time import SECOND_MS
from contracts.topics import facts, readings
from services.kafka_ticks import tick_until
from services.namespaces import is_ours, namespaces
from services.pacemaker import metrics
from services.pacemaker.feed import Watched
from services.pacemaker.quiet import Watch
from services.pacemaker.repeated import Repeated

LONGEST_TICK_S = 1.0
TICKS_PER_QUIET = 4
ANSWER_TIMEOUT_S = 5.0
DELIVERY_TIMEOUT_MS = 1_000
"""A heartbeat that waits longer is given up: its partition may be written again by then, or be
one of a new topic of the same name."""

_json = Encoder().encode

log = logging.getLogger("pacemaker")


def pace(settings: Settings, stop: threading.Event, *, only_this_namespace: bool = False) -> None:
    """Watch the readings topics of every namespace until `stop`, pace what goes quiet, and say
    facts of what nobody writes.

    A broker that does not answer is asked again; topics may appear and vanish meanwhile.
    """
    pacemaker = _Pacemaker(settings, only_this_namespace)
    tick_s = min(LONGEST_TICK_S, settings.quiet_s / TICKS_PER_QUIET)
    log.info(
        "watching %s at %s: a partition is quiet after %g s",
        readings(settings).name if only_this_namespace else "the readings of all namespaces",
        settings.kafka_bootstrap,
        settings.quiet_s,
    )
    tick_until(stop, pacemaker.tick, tick_s, log)
    log.info("stopped")


class _Pacemaker:
    """The watched topics, and the clients to ask and write with."""

    def __init__(self, settings: Settings, only_this_namespace: bool) -> None:
        self._settings = settings
        self._only = only_this_namespace
        self._admin = Admin(settings)
        self._producer = Producer(
            lasting_config(settings)
            | {"acks": "all", "message.timeout.ms": DELIVERY_TIMEOUT_MS, "linger.ms": 0}
        )
        self._watches: dict[str, Watch] = {}
        self._feeds: dict[str, Watched] = {}
        self._repeated = Repeated(settings)

    def tick(self) -> None:
        """Look once at all topics, and write what is due.

        Raises:
            KafkaException: no broker answers.
            BrokersLostError: begin anew.
        """
        self._producer.poll(0)
        self._repeated.poll()
        found = self._admin.topics(ANSWER_TIMEOUT_S)
        served = self._served(found)
        for gone in set(self._watches) - set(served):
            log.info("%s is gone", gone)
            del self._watches[gone]
            self._feeds.pop(gone, None)
            for settings in namespaces([gone], self._settings):
                metrics.forget(settings.namespace)
        places = [TopicPartition(topic, n) for topic in served for n in found[topic].partitions]
        if not places:
            return
        latest = dict(self._ask(places, OffsetSpec.latest()))
        newest = dict(self._ask(list(latest), OffsetSpec.max_timestamp()))
        # a partition that answered the first question only is not known whole
        ends = {place: latest[place].offset for place in newest}
        arrivals_ms = {place: info.timestamp for place, info in newest.items() if info.offset >= 0}
        at_s, wall_ms = time.monotonic(), round(time.time() * SECOND_MS)
        for topic in served:
            watch = self._watches.setdefault(topic, Watch(self._settings.quiet_s))
            paced = set(watch.paced)
            due = watch.see(at_s, _of(topic, ends), _of(topic, arrivals_ms))
            for partition in sorted(paced - watch.paced):
                log.info("%s partition %d is written again", topic, partition)
            for partition, arrival_ms in due.items():
                self._write(topic, partition, arrival_ms)
                metrics.HEARTBEATS.labels(served[topic].namespace).inc()
        self._producer.flush(ANSWER_TIMEOUT_S)
        self._look_at_feeds(served, ends, wall_ms)

    def _look_at_feeds(
        self, served: Mapping[str, Settings], ends: Mapping[TopicPartition, int], wall_ms: int
    ) -> None:
        """After heartbeats, which do not wait for it."""
        repeated = self._repeated.before(
            {(place.topic, place.partition): end for place, end in ends.items()}
        )
        for topic, settings in served.items():
            seen = self._watches[topic].latest.without(
                {n: number for (of, n), number in repeated.items() if of == topic}
            )
            feed = self._feeds.setdefault(topic, Watched(topic))
            fact = feed.see(seen, wall_ms)
            metrics.tell(settings.namespace, feed.silent_s)
            if fact is not None:
                self._say(settings, fact)
        self._producer.flush(ANSWER_TIMEOUT_S)

    def _served(self, found: Collection[str]) -> dict[str, Settings]:
        """The namespaces that there are, by their topics of readings."""
        asked = [self._settings] if self._only else namespaces(found, self._settings)
        return {readings(each).name: each for each in asked if is_ours(found, each)}

    def _ask(
        self, places: list[TopicPartition], spec: OffsetSpec
    ) -> list[tuple[TopicPartition, ListOffsetsResultInfo]]:
        """The answers there are: a partition may have no leader, or be gone by now."""
        if not places:
            return []
        asked = {TopicPartition(place.topic, place.partition): spec for place in places}
        answers = []
        with self._admin.asked() as client:
            promised = client.list_offsets(asked, request_timeout=ANSWER_TIMEOUT_S)
        for place, answer in promised.items():
            try:
                answers.append((place, answer.result()))
            except KafkaException as problem:
                log.debug("%s: %s", place, problem)
        return answers

    def _write(self, topic: str, partition: int, arrival_ms: int) -> None:
        watch = self._watches[topic]
        if partition not in watch.paced:
            log.info(
                "%s partition %d has been quiet for %g s: heartbeats from %s on",
                topic,
                partition,
                self._settings.quiet_s,
                _utc(arrival_ms),
            )
        self._producer.produce(
            topic,
            HEARTBEAT,
            partition=partition,
            timestamp=arrival_ms,
            headers={PACED_HEADER: b""},
            on_delivery=partial(_note, watch),
        )

    def _say(self, settings: Settings, fact: Feed) -> None:
        """One that does not arrive is not missed: the next one says all of it."""
        self._producer.produce(facts(settings).name, _json(fact), fact.subject.encode())


def _note(watch: Watch, problem: KafkaError | None, message: Message) -> None:
    if problem is None:
        watch.wrote(message.partition())
    else:
        log.warning(
            "%s partition %d did not take a heartbeat: %s",
            message.topic(),
            message.partition(),
            problem.str(),
        )


def _of(topic: str, values: Mapping[TopicPartition, int]) -> dict[int, int]:
    return {place.partition: value for place, value in values.items() if place.topic == topic}


def _utc(ms: int) -> str:
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1_000))
    return f"{seconds}.{ms % 1_000:03}Z"
