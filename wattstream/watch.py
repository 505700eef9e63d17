"""The live table: how the jobs are doing, what is the matter with the network, and what a consumer
reads back from Redis.

It fits a terminal of 80 columns.
"""

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import redis
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from adapters.connect import redis_client
from adapters.flink import FlinkError, FlinkRest
from adapters.kafka import Offsets
from adapters.progress import Behind
from adapters.redis_alerts import alerts_time_ms, read_alerts
from adapters.redis_live import count_meters, groups, largest, meters_of_area
from adapters.redis_notes import read_notes
from contracts import topics
from contracts.incidents import incidents
from contracts.live import LiveMeter
from contracts.settings import Settings
from infra.flink.health import Health, jobs_health
from infra.flink.held_back import HeldBack, Transactions
from wattstream.alert_tables import newest_open, open_alerts
from wattstream.incident_tables import incident_lines
from wattstream.jobs_table import jobs_table, words
from wattstream.live_tables import areas_table, largest_table, meters_in, meters_table

ALERTS_SHOWN, AREAS_SHOWN, METERS_SHOWN, LARGEST_SHOWN = 3, 5, 10, 3


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
        areas = groups(self._redis, self._settings, "area")
        newest_ms = max((each.slice_end_ms for each in areas.values()), default=0)
        # Those with the most meters, in the same order each time while that does not change.
        by_size = sorted(areas.items(), key=lambda each: (-meters_in(each[1]), each[0]))
        shown = dict(by_size[:AREAS_SHOWN])
        return Group(
            summary(self._settings, progress, rate, live),
            self._alerts(newest_ms),
            areas_table(shown),
            largest_table(largest(self._redis, self._settings), LARGEST_SHOWN),
            meters_table(self._shown_meters(shown), newest_ms, self._settings.slice_ms),
        )

    def _alerts(self, newest_ms: int) -> RenderableType:
        """Incidents that are open, and the newest alerts that are."""
        namespace = self._settings.namespace
        found = read_alerts(self._redis, namespace)
        now_ms = max(newest_ms, alerts_time_ms(self._redis, namespace) or 0)
        shown = [each.id for each in newest_open(found)[:ALERTS_SHOWN]]
        notes = read_notes(self._redis, namespace, shown)
        return Group(
            *incident_lines(incidents(found)), open_alerts(found, now_ms, notes, ALERTS_SHOWN)
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
            late=self._total(ids.get("hot"), r"MeterWindowAggregate\.late"),
            jobs=jobs,
            held_back=self._transactions.look(),
        )

    def _total(self, job_id: str | None, metric: str) -> int:
        if job_id is None:
            return 0
        return sum(self._flink.totals(job_id, "WindowAggregate", metric).values())

    def _shown_meters(self, areas: Iterable[tuple[str, str]]) -> list[tuple[str, LiveMeter]]:
        """About as many of each area."""
        shown = list(areas)
        most = math.ceil(METERS_SHOWN / max(len(shown), 1))
        found = [
            meter
            for commodity, area in shown
            for meter in meters_of_area(self._redis, self._settings, commodity, area, most).items()
        ]
        return found[:METERS_SHOWN]


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
        Group(numbers, Text(), *jobs, *wrong),
        title=Text(f"WattStream, namespace {settings.namespace}"),
        subtitle=Text(f"Flink: {settings.flink_rest_url}"),
    )
