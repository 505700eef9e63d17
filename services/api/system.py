"""How the platform does: each part is asked, and none is waited for longer than a screen may be."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import psycopg
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from adapters.connect import kafka_config
from adapters.flink import FlinkError, FlinkRest, Job
from adapters.progress import Behind
from contracts.alerts import FEED_KINDS, Alert
from contracts.jobs import JOBS
from contracts.settings import Settings
from contracts.time import MINUTE_MS
from services.api.answers.shapes import Clock, moment
from services.api.answers.system import Feed, JobNow, Store, StoreName, System
from services.api.clock import StreamClock
from services.api.database import asked
from services.api.history.release import Release
from services.api.parts import Parts

ANSWER_TIMEOUT_S = 3.0
"""For each part."""
KAFKA_TIMEOUT_S = ANSWER_TIMEOUT_S
"""Its client waits for all of it, also where nobody listens."""
LATELY_MS = 5 * MINUTE_MS
LOOK_EACH_S = 5.0


@dataclass(frozen=True, slots=True)
class Looked:
    """What somebody saw."""

    at_ms: int
    stores: list[Store]
    jobs: list[JobNow] | None


async def looked_at(parts: Parts, namespace: str) -> Looked:
    """What is known of all parts of a namespace: they are asked each 5 s at most."""
    settings = parts.of_namespace(namespace)
    return await parts.kept.get(("system", namespace), lambda: look(parts, settings), LOOK_EACH_S)


def system_now(
    looked: Looked, alerts: Iterable[Alert], clock: StreamClock, streams_open: int
) -> System:
    """How the platform does, as it is answered."""
    return System(
        clock=Clock.of(clock),
        looked_at=moment(looked.at_ms),
        stores=looked.stores,
        jobs=looked.jobs,
        feed=[
            Feed(
                alert_id=each.id,
                subject=each.subject,
                since=moment(each.onset_ms),
                text=each.evidence.text,
            )
            for each in alerts
            if each.kind in FEED_KINDS and each.state != "closed"
        ],
        streams_open=streams_open,
    )


async def look(parts: Parts, settings: Settings) -> Looked:
    """Ask all parts."""
    flink: dict[str, list[JobNow]] = {}

    async def jobs() -> None:
        flink["jobs"] = await parts.flink.run(_jobs, settings)

    stores = await asyncio.gather(
        _asked("Redis", lambda: _pinged(parts)),
        _asked("Cassandra", lambda: parts.history.ask(Release())),
        _asked("PostgreSQL", lambda: asked(parts, settings.namespace, _selected)),
        _asked("Kafka", lambda: parts.kafka.run(_topics, settings)),
        _asked("Flink", jobs),
    )
    return Looked(parts.now_ms(), list(stores), flink.get("jobs"))


async def _pinged(parts: Parts) -> None:
    await parts.live.client.ping()


async def _asked(name: StoreName, ask: Callable[[], Awaitable[Any]]) -> Store:
    begun_s = time.perf_counter()
    try:
        await asyncio.wait_for(ask(), ANSWER_TIMEOUT_S)
    except Exception:  # Each client raises its own.
        return Store(name=name, answers=False, took_ms=None)
    took_ms = (time.perf_counter() - begun_s) * 1_000
    return Store(name=name, answers=True, took_ms=round(took_ms, 1))


def _selected(connection: psycopg.Connection) -> None:
    connection.execute("SELECT 1")


def _topics(settings: Settings) -> None:
    AdminClient(kafka_config(settings)).list_topics(timeout=KAFKA_TIMEOUT_S)


def _jobs(settings: Settings) -> list[JobNow]:
    with FlinkRest(settings, ANSWER_TIMEOUT_S) as flink:
        behind = Behind(settings, flink)
        return [_job(settings, flink, behind, kind) for kind in JOBS]


def _job(settings: Settings, flink: FlinkRest, behind: Behind, kind: str) -> JobNow:
    name = settings.job_name(kind)
    job = flink.find(name)
    if job is None or not job.alive:
        return JobNow(
            name=name,
            state="ABSENT" if job is None else job.state,
            runs=False,
            checkpoint_age_ms=None,
            checkpoint_overdue=None,
            failures_lately=None,
            behind_records=None,
        )
    checkpoint = flink.checkpoint_age(job.id)
    return JobNow(
        name=name,
        state=job.state,
        runs=job.state == "RUNNING" and job.all_tasks_run,
        checkpoint_age_ms=checkpoint.age_ms,
        checkpoint_overdue=checkpoint.overdue,
        failures_lately=sum(each.ago_ms <= LATELY_MS for each in flink.failures(job)),
        behind_records=_behind(behind, kind, job),
    )


def _behind(behind: Behind, kind: str, job: Job) -> int | None:
    try:
        return behind.records(kind, job)
    except (FlinkError, KafkaException):
        return None
