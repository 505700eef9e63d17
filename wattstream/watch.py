"""The live table: how the jobs are doing, and what a consumer reads back from Redis."""

import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import redis
from confluent_kafka import Consumer, TopicPartition
from rich.console import Group
from rich.panel import Panel
from rich.table import Table

from adapters.connect import kafka_config, redis_client
from adapters.flink import CheckpointAge, FlinkRest
from adapters.redis_live import areas, count_meters, meters_of_area
from contracts import topics
from contracts.live import LiveArea, LiveMeter
from contracts.settings import Settings

AREAS_SHOWN, METERS_SHOWN = 5, 10
UNITS = {"electricity": ("W", "Wh"), "gas": ("l/h", "l"), "water": ("l/h", "l")}


@dataclass(frozen=True)
class Progress:
    """Where the flow stands: messages and rejects since the topics began, the rest since the jobs
    were last (re)started."""

    messages: int
    rejected: int
    hot_lag: int
    cold_lag: int
    slices: int
    late: int
    checkpoints: dict[str, CheckpointAge]
    """By job."""


class Watch:
    """Reads progress and live state, and draws them; use it as a context manager."""

    def __init__(self, settings: Settings, jobs: dict[str, str]) -> None:
        self._settings = settings
        self._jobs = jobs
        self._redis: redis.Redis = redis_client(settings.redis)
        self._flink = FlinkRest(settings)
        self._kafka = Consumer(kafka_config(settings) | {"group.id": f"{settings.namespace}-watch"})
        self._before: tuple[float, int] | None = None

    def __enter__(self) -> "Watch":
        return self

    def __exit__(self, *_: object) -> None:
        self._kafka.close()
        self._flink.close()
        self._redis.close()

    def picture(self) -> Group:
        """What is true now; the rate is since the picture before, and absent in the first."""
        progress = self._progress()
        now = time.monotonic()
        rate = None
        if self._before is not None:
            then, messages_then = self._before
            rate = (progress.messages - messages_then) / (now - then)
        self._before = (now, progress.messages)
        return Group(self._summary(progress, rate), self._areas_table(), self._meters_table())

    def _progress(self) -> Progress:
        settings = self._settings
        return Progress(
            messages=self._end_offset(topics.readings(settings)),
            rejected=self._end_offset(topics.rejects(settings)),
            hot_lag=self._lag("hot"),
            cold_lag=self._lag("cold"),
            slices=self._slices(),
            late=self._total("cold", "WindowAggregate", "numRecordsIn"),
            checkpoints={
                job: self._flink.checkpoint_age(job_id) for job, job_id in self._jobs.items()
            },
        )

    def _lag(self, job: str) -> int:
        return self._total(job, "Source", r".*\.pendingRecords")

    def _slices(self) -> int:
        return self._total("hot", "WindowAggregate", r"MeterWindowAggregate\.slices")

    def _total(self, job: str, task: str, metric: str) -> int:
        return sum(self._flink.totals(self._jobs[job], task, metric).values())

    def _end_offset(self, topic: topics.Topic) -> int:
        ends = (
            self._kafka.get_watermark_offsets(TopicPartition(topic.name, partition), timeout=10)[1]
            for partition in range(topic.partitions)
        )
        return sum(ends)

    def _summary(self, progress: Progress, rate: float | None) -> Panel:
        table = Table.grid(padding=(0, 3))
        for _ in range(4):
            table.add_column(justify="right", style="bold")
            table.add_column()
        table.add_row(
            "" if rate is None else f"{rate:,.0f}",
            "messages/s",
            f"{progress.messages:,}",
            "messages",
            f"{progress.hot_lag:,}",
            "behind (hot)",
            f"{progress.cold_lag:,}",
            "behind (cold)",
        )
        table.add_row(
            f"{progress.slices:,}",
            "slices",
            f"{progress.late:,}",
            "late",
            f"{progress.rejected:,}",
            "rejected",
            f"{count_meters(self._redis, self._settings):,}",
            "meters live",
        )
        table.add_row(
            *(
                cell
                for job, checkpoint in progress.checkpoints.items()
                for cell in (age_text(checkpoint), f"{job} saved")
            )
        )
        return Panel(
            table,
            title=f"WattStream, namespace {self._settings.namespace}",
            subtitle=f"Flink: {self._settings.flink_rest_url}",
        )

    def _areas_table(self) -> Table:
        table = Table(title="Areas, latest slice (Redis)", expand=True)
        for heading in ("area", "commodity"):
            table.add_column(heading)
        for heading in ("meters", "demand", "slice ends"):
            table.add_column(heading, justify="right")
        for (commodity, area), total in self._shown_areas():
            table.add_row(
                area,
                commodity,
                f"{total.meters:,}",
                f"{total.demand:,.0f} {UNITS[commodity][0]}",
                _clock(total.slice_end_ms),
            )
        return table

    def _meters_table(self) -> Table:
        table = Table(title="Meters, latest slice (Redis)", expand=True)
        for heading in ("meter", "geohash", "commodity"):
            table.add_column(heading)
        for heading in ("mean demand", "register", "received / expected", "last reading"):
            table.add_column(heading, justify="right")
        for meter_id, meter in self._shown_meters():
            demand_unit, register_unit = UNITS[meter.commodity]
            table.add_row(
                meter_id,
                meter.geohash,
                meter.commodity,
                f"{meter.demand:,.1f} {demand_unit}",
                f"{meter.register:,.1f} {register_unit}",
                f"{meter.readings} / {meter.expected}",
                _clock(meter.last_ms),
            )
        return table

    def _shown_meters(self) -> list[tuple[str, LiveMeter]]:
        """About as many of each area shown."""
        shown = list(dict.fromkeys(area for (_, area), _ in self._shown_areas()))
        most = math.ceil(METERS_SHOWN / max(len(shown), 1))
        found = [
            meter
            for area in shown
            for meter in meters_of_area(self._redis, self._settings, area, most).items()
        ]
        return found[:METERS_SHOWN]

    def _shown_areas(self) -> list[tuple[tuple[str, str], LiveArea]]:
        """The areas with the most meters, the same order each time while that does not change."""
        found = areas(self._redis, self._settings).items()
        return sorted(found, key=lambda each: (-each[1].meters, each[0]))[:AREAS_SHOWN]


def age_text(checkpoint: CheckpointAge) -> str:
    """The age in seconds, red if a checkpoint is overdue."""
    text = f"{checkpoint.age_ms / 1000:,.0f} s"
    return f"[red]{text}[/red]" if checkpoint.overdue else text


def _clock(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}"
