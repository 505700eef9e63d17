"""Digests live state and the registry of every namespace, look by look.

It writes nothing that cannot be made again, and nobody waits for it: who goes on after a crash
begins with what Redis and the topics have.
"""

import logging
import math
import threading
import time
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import redis
from confluent_kafka import KafkaException
from msgspec import DecodeError

from adapters.connect import redis_client
from adapters.kafka import Offsets
from adapters.kafka_clients import Admin
from contracts.settings import Settings
from contracts.topics import readings
from services.digest.meters_topic import AnotherTopicError, MetersTopic, Record
from services.digest.namespace import Digested
from services.namespaces import is_ours, namespaces

TICK_S = 1.0
OFFSETS_EACH_S = 5.0
"""Jobs commit after each checkpoint, every ten seconds."""
ANSWER_TIMEOUT_S = 5.0

LONGEST_WAIT_S = 10.0
"""To begin anew costs reading the whole registry; after a failure it is waited for twice as long as
after the one before."""

HOT = "hot"
"""The job that writes live state."""
BROKER = "Kafka"


log = logging.getLogger("digest")


def digest(settings: Settings, stop: threading.Event) -> None:
    """Digest every namespace until `stop`.

    Kafka and Redis are asked again when they do not answer; without Kafka the namespaces that are
    known are digested on, without what is new in their registries. Topics may appear and vanish
    meanwhile.
    """
    service = _Digest(settings)
    log.info("digesting all namespaces that Kafka has at %s", settings.kafka_bootstrap)
    while not stop.is_set():
        service.tick()
        stop.wait(TICK_S)
    service.close()
    log.info("stopped")


@dataclass
class _Served:
    """A namespace that is served."""

    partitions: int
    """Of the readings."""
    registry: MetersTopic
    digested: Digested
    read: list[Record] = field(default_factory=list)
    """Of the registry, and not written yet: the broker may fall silent before the end."""

    def follow_registry(self) -> None:
        """Write what is new in it.

        Raises:
            KafkaException: the broker does not answer.
            AnotherTopicError: begin anew.
            RedisError: Redis does not answer, or refuses; likewise.
        """
        for part in self.registry.new():
            self.read += part
        self.digested.take(self.read)
        self.read.clear()


class _Wait(NamedTuple):
    """Until when a namespace that failed is left alone, on the monotonic clock."""

    wait_s: float
    until_s: float


class _Digest:
    """The namespaces that are served, and the clients to ask with."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._admin = Admin(settings)
        self._offsets = Offsets(settings)
        self._offsets_s = -math.inf
        self._redis: redis.Redis = redis_client(settings.redis)
        self._served: dict[str, _Served] = {}
        self._problems: dict[str, str] = {}
        """The last of each namespace that has one, and of the broker."""
        self._waits: dict[str, _Wait] = {}

    def tick(self) -> None:
        """Look once at all namespaces."""
        try:
            self._find()
            answers = True
            self._well(BROKER)
        except KafkaException as problem:
            self._warn(BROKER, problem.args[0].str())
            answers = False
        now_s = time.monotonic()
        offsets_due = answers and now_s - self._offsets_s >= OFFSETS_EACH_S
        if offsets_due:
            self._offsets_s = now_s
        for name in list(self._served):
            self._look(name, answers, offsets_due)

    def close(self) -> None:
        """Let the clients go."""
        for served in self._served.values():
            served.registry.close()
        self._redis.close()

    def _find(self) -> None:
        """Raises:
        KafkaException: no broker answers.
        """
        found = self._admin.topics(ANSWER_TIMEOUT_S)
        there = {
            each.namespace: each
            for each in namespaces(found, self._settings)
            if is_ours(found, each)
        }
        for name in set(self._served) - set(there):
            log.info("%s is gone", name)
            self._forget(name)
        for name, settings in there.items():
            wait = self._waits.get(name)
            if name not in self._served and (wait is None or time.monotonic() >= wait.until_s):
                log.info("%s is digested", name)
                self._served[name] = _Served(
                    len(found[readings(settings).name].partitions),
                    MetersTopic(settings),
                    Digested(settings, self._redis),
                )

    def _look(self, name: str, kafka_answers: bool, offsets_due: bool) -> None:
        served = self._served[name]
        try:
            if kafka_answers:
                try:
                    served.follow_registry()
                    if offsets_due:
                        self._look_at_offsets(served)
                    self._well(f"{name}: registry")
                except KafkaException as problem:
                    self._warn(f"{name}: registry", problem.args[0].str())
            served.digested.tick()
            self._waits.pop(name, None)
            self._well(name)
        except (redis.RedisError, DecodeError, AnotherTopicError) as problem:
            self._warn(name, str(problem))
            self._forget(name)
            before = self._waits.get(name, _Wait(TICK_S / 2, 0.0))
            wait_s = min(2 * before.wait_s, LONGEST_WAIT_S)
            self._waits[name] = _Wait(wait_s, time.monotonic() + wait_s)

    def _look_at_offsets(self, served: _Served) -> None:
        settings = served.digested.settings
        topic = replace(readings(settings), partitions=served.partitions)
        (offsets,) = self._offsets.committed(settings.job_name(HOT), [topic])
        served.digested.read_on.see(offsets, time.time_ns() // 1_000_000)

    def _forget(self, name: str) -> None:
        served = self._served.pop(name)
        served.registry.close()
        self._offsets.forget(served.digested.settings.job_name(HOT))

    def _warn(self, who: str, problem: str) -> None:
        if self._problems.get(who) != problem:
            log.warning("%s: %s; tried again", who, problem)
        self._problems[who] = problem

    def _well(self, who: str) -> None:
        if self._problems.pop(who, None) is not None:
            log.info("%s is well again", who)
