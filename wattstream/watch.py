"""The live table: how the jobs are doing, and what a consumer reads back from Redis.

It fits a terminal of 80 columns.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import redis
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from adapters.connect import redis_client
from adapters.flink import FlinkError, FlinkRest
from adapters.kafka import Offsets
from adapters.progress import Behind
from adapters.redis_live import areas, count_meters, meters_of_area
from contracts import topics
from contracts.live import LiveArea, LiveMeter
from contracts.settings import Settings
from infra.flink.health import Health, jobs_health
from infra.flink.held_back import HeldBack, Transactions
from wattstream.jobs_table import jobs_table, words

AREAS_SHOWN, METERS_SHOWN = 5, 10
UNITS = {"electricity": ("W", "Wh"), "gas": ("l/h", "l"), "water": ("l/h", "l")}


@dataclass(frozen=True)
class Progress:
    """Where the flow stands: messages and rejects since the topics began, the rest since the jobs
    were last (re)started."""

    messages: int
    rejected: int
    slices: int
    late: int
    jobs: Sequence[Health]
    """None of them if the namespace has no job that is to run."""
    held_back: HeldBack | None


class Watch:
    """Reads progress and live state, and draws them; use it as a context manager."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._redis: redis.Redis = redis_client(settings.redis)
        self._flink = FlinkRest(settings)
        self._offsets = Offsets(settings)
        self._behind = Behind(settings, self._flink)
        self._transactions = Transactions(settings, self._offsets)
        self._before: tuple[float, int] | None = None
        self.jobs_well = True
        """Whether all jobs did their work in the last picture."""

    def __enter__(self) -> "Watch":
        return self

    def __exit__(self, *_: object) -> None:
        self._flink.close()
        self._redis.close()

    def require_jobs(self) -> None:
        """Raises:
        FlinkError: no job of the namespace is to run.
        """
        if not jobs_health(self._settings, self._flink, self._behind):
            raise FlinkError(
                f"no job of namespace {self._settings.namespace} runs; start them with "
                "`wattstream submit`"
            )

    def picture(self) -> Group:
        """What is true now; the rate is since the picture before, and absent in the first."""
        progress = self._progress()
        self.jobs_well = bool(progress.jobs) and all(each.well for each in progress.jobs)
        now = time.monotonic()
        rate = None
        if self._before is not None:
            then, messages_then = self._before
            rate = (progress.messages - messages_then) / (now - then)
        self._before = (now, progress.messages)
        live = count_meters(self._redis, self._settings)
        shown = dict(self._shown_areas())
        return Group(
            summary(self._settings, progress, rate, live),
            areas_table(shown),
            meters_table(self._shown_meters(shown)),
        )

    def _progress(self) -> Progress:
        settings = self._settings
        jobs = jobs_health(settings, self._flink, self._behind)
        messages, rejected = self._offsets.ends(
            [topics.readings(settings), topics.rejects(settings)]
        )
        ids = {each.kind: each.job.id for each in jobs if each.job is not None}
        return Progress(
            messages=sum(messages),
            rejected=sum(rejected),
            slices=self._total(ids.get("hot"), r"MeterWindowAggregate\.slices"),
            late=self._total(ids.get("cold"), "numRecordsIn"),
            jobs=jobs,
            held_back=self._transactions.look(),
        )

    def _total(self, job_id: str | None, metric: str) -> int:
        if job_id is None:
            return 0
        return sum(self._flink.totals(job_id, "WindowAggregate", metric).values())

    def _shown_meters(
        self, shown_areas: dict[tuple[str, str], LiveArea]
    ) -> list[tuple[str, LiveMeter]]:
        """About as many of each area shown."""
        shown = list(dict.fromkeys(area for _, area in shown_areas))
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


def summary(
    settings: Settings, progress: Progress, rate: float | None, meters_live: int
) -> RenderableType:
    """Numbers of the flow, its jobs, and what is wrong with them."""
    numbers = Table.grid(padding=(0, 2))
    for _ in range(3):
        numbers.add_column(justify="right", style="bold", overflow="fold")
        numbers.add_column(overflow="fold")
    numbers.add_row(
        "" if rate is None else f"{rate:,.0f}",
        "messages/s",
        f"{progress.messages:,}",
        "messages",
        f"{progress.rejected:,}",
        "rejected",
    )
    numbers.add_row(
        f"{progress.slices:,}",
        "slices",
        f"{progress.late:,}",
        "late",
        f"{meters_live:,}",
        "meters live",
    )
    jobs = [jobs_table(progress.jobs)] if progress.jobs else [Text("no job runs", style="red")]
    wrong = words(settings, progress.jobs, progress.held_back)
    return Panel(
        Group(numbers, Text(), *jobs, *map(Text.from_markup, wrong)),
        title=f"WattStream, namespace {settings.namespace}",
        subtitle=f"Flink: {settings.flink_rest_url}",
    )


def areas_table(shown: dict[tuple[str, str], LiveArea]) -> Table:
    """Areas by commodity and geohash."""
    table = _table("Areas, latest slice (Redis)")
    for heading in ("area", "commodity"):
        table.add_column(heading, overflow="fold")
    for heading in ("meters", "demand", "slice ends, UTC"):
        table.add_column(heading, justify="right", overflow="fold")
    for (commodity, area), total in shown.items():
        table.add_row(
            area,
            commodity,
            f"{total.meters:,}",
            f"{total.demand:,.0f} {UNITS[commodity][0]}",
            f"{_utc(total.slice_end_ms):%Y-%m-%d %H:%M:%S}",
        )
    return table


def meters_table(shown: Sequence[tuple[str, LiveMeter]]) -> Table:
    """Meters by id."""
    table = _table("Meters, latest slice (Redis), mean demand")
    table.add_column("meter", overflow="fold")
    table.add_column("commodity", no_wrap=True)
    for heading in ("demand", "register", "received", "last, UTC"):
        table.add_column(heading, justify="right", no_wrap=True)
    for meter_id, meter in shown:
        demand_unit, register_unit = UNITS[meter.commodity]
        table.add_row(
            meter_id,
            meter.commodity,
            f"{meter.demand:,.0f} {demand_unit}",
            f"{meter.register:,.0f} {register_unit}",
            f"{meter.readings} of {meter.expected}",
            f"{_utc(meter.last_ms):%m-%d %H:%M:%S}",
        )
    return table


def _table(title: str) -> Table:
    return Table(title=title, expand=True, box=None, padding=(0, 1, 0, 0), header_style="dim")


def _utc(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, UTC)
