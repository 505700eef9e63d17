"""What is in the stores: all of them, read one after another."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

import confluent_kafka
import orjson
import polars as pl
import pyarrow as pa
import redis
from cassandra import DriverException
from cassandra.cluster import NoHostAvailable
from rich.console import Console

from adapters.archive.errors import ArchiveError
from adapters.kafka import topic_ends
from contracts.settings import Settings, without_password
from verification.errors import VerificationError
from verification.oracle.log import Served, Topic
from verification.rows import (
    AlertKey,
    AlertVersion,
    AreaMinute,
    DayFact,
    FactKey,
    FeederFact,
    FeederMinuteFact,
    HourFact,
    JudgedFact,
    LargestKey,
    LargestTotal,
    LiveGroupKey,
    LiveGroupTotal,
    LiveKey,
    LiveValue,
    Minute,
    Reject,
    RejectKey,
)
from verification.stores.archive import read_archive
from verification.stores.detected import read_alerts, read_facts
from verification.stores.history import History
from verification.stores.live import read_largest, read_live, read_live_groups
from verification.stores.rejects import read_rejects
from verification.stores.served import served_at

_ERRORS = (
    DriverException,
    NoHostAvailable,
    redis.RedisError,
    orjson.JSONDecodeError,
    confluent_kafka.KafkaException,
    TimeoutError,
    pa.ArrowException,
    ArchiveError,
    OSError,
)


@dataclass(frozen=True)
class Found:
    """Contents of the stores, keyed as `verification.stores` says."""

    minutes_by_meter: dict[tuple[int, int, str, str, int, int], Minute]
    minutes_by_area: dict[tuple[str, str, str, int, int], Minute]
    periods_by_meter: dict[tuple[int, str, str, str, int, int], Minute]
    area_minutes: dict[tuple[str, str, str, int], AreaMinute]
    live: dict[LiveKey, LiveValue]
    live_groups: dict[LiveGroupKey, LiveGroupTotal]
    largest: dict[LargestKey, LargestTotal]
    facts: list[tuple[FactKey, FeederFact]]
    feeder_minutes: list[tuple[FactKey, FeederMinuteFact]]
    meter_hours: list[tuple[FactKey, HourFact]]
    judged_hours: list[tuple[FactKey, JudgedFact]]
    feeder_days: list[tuple[FactKey, DayFact]]
    alerts: list[tuple[AlertKey, AlertVersion]]
    rejects: list[tuple[RejectKey, Reject]]
    archive: pl.DataFrame


def read_back(settings: Settings, console: Console) -> Found:
    """Read every store in full.

    Raises:
        VerificationError: a store does not answer or holds something unreadable; says which.
    """
    cassandra = f"Cassandra at {settings.cassandra.address}"
    with (
        _reading(console, f"{cassandra}, keyspace {settings.namespace}"),
        closing(History(settings)) as history,
    ):
        minutes_by_meter = history.minutes_by_meter()
        minutes_by_area = history.minutes_by_area()
        periods_by_meter = history.periods_by_meter()
        area_minutes = history.area_minutes()
    with _reading(console, f"Redis at {without_password(settings.redis.url)}"):
        live = read_live(settings)
        live_groups = read_live_groups(settings)
        largest = read_largest(settings)
    with _reading(console, f"the facts at {settings.kafka_bootstrap}"):
        facts = read_facts(settings)
    with _reading(console, f"the alerts at {settings.kafka_bootstrap}"):
        alerts = read_alerts(settings)
    with _reading(console, f"the rejects at {settings.kafka_bootstrap}"):
        rejects = read_rejects(settings)
    with _reading(console, f"the archive in {settings.archive_address}"):
        archive = read_archive(settings)
    return Found(
        minutes_by_meter,
        minutes_by_area,
        periods_by_meter,
        area_minutes,
        live,
        live_groups,
        largest,
        facts.feeders,
        facts.feeder_minutes,
        facts.meter_hours,
        facts.judged_hours,
        facts.feeder_days,
        alerts,
        rejects,
        archive,
    )


def read_topic(settings: Settings, console: Console) -> Topic:
    """How far the readings topic goes, and a way to ask for what services wrote there.

    Raises:
        VerificationError: Kafka does not answer, now or when it is asked.
    """
    store = f"the readings topic at {settings.kafka_bootstrap}"

    def served(partition: int, offsets: Sequence[int]) -> dict[int, Served]:
        with _reading(console, store):
            return served_at(settings, partition, offsets)

    with _reading(console, store):
        return Topic(topic_ends(settings), served)


@contextmanager
def _reading(console: Console, store: str) -> Iterator[None]:
    try:
        with console.status(f"reading {store}"):
            yield
    except _ERRORS as error:
        raise VerificationError(
            f"cannot read {store}: {error}\nIs it up, and has this namespace been submitted? See "
            "`wattstream status`"
        ) from error
