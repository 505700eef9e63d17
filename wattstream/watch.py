"""The live table: how the jobs are doing, what is the matter with the network, and what a consumer
reads back from Redis.

It fits a terminal of 80 columns and 24 lines.
"""

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from adapters import live_questions as ask
from adapters.flink import FlinkError, FlinkRest
from adapters.kafka import Offsets
from adapters.live_store import LiveStore
from adapters.progress import Behind
from contracts import topics
from contracts.alerts import Alert
from contracts.incidents import incidents
from contracts.live import Largest, LiveGroup, LiveMeter, Measure
from contracts.notes import Note
from contracts.settings import Settings
from infra.flink.health import Health, jobs_health
from infra.flink.held_back import HeldBack, Transactions
from wattstream.alert_tables import newest_open, open_alerts
from wattstream.fitting import Part, Picture, more
from wattstream.incident_tables import incident_lines
from wattstream.jobs_table import jobs_table, words
from wattstream.live_tables import (
    areas_table,
    largest_rows,
    largest_table,
    meters_in,
    meters_table,
)

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


@dataclass(frozen=True)
class Live:
    """What a consumer reads back from Redis."""

    meters: int
    """How many of them are live."""
    areas: Mapping[tuple[str, str], LiveGroup]
    """Those with the most meters, by commodity and geohash."""
    areas_live: int
    largest: Mapping[str, Mapping[Measure, Largest]]
    shown: Sequence[tuple[str, LiveMeter]]
    """Meters of those areas, by id."""
    slice_end_ms: int
    """Of the newest slice."""
    alerts: Sequence[Alert]
    """Open or closed."""
    notes: Mapping[str, Sequence[Note]]
    """Of the newest alerts that are open, by id."""


class Watch:
    """Reads progress and live state, and draws them; use it as a context manager."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._store = LiveStore(settings.redis)
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
        self._store.close()

    def require_jobs(self) -> None:
        """Raises:
        FlinkError: no job of the namespace is to run.
        """
        if not jobs_health(self._settings, self._flink, self._behind):
            raise FlinkError(
                f"no job of namespace {self._settings.namespace} runs; start them with "
                "`wattstream submit`"
            )

    def picture(self) -> Picture:
        """What is true now; the rate is since the picture before, and absent in the first."""
        progress = self._progress()
        self.jobs_well = bool(progress.jobs) and all(each.well for each in progress.jobs)
        now = time.monotonic()
        rate = None
        if self._before is not None:
            then, messages_then = self._before
            rate = (progress.messages - messages_then) / (now - then)
        self._before = (now, progress.messages)
        return drawn(self._settings, progress, rate, self._live())

    def _live(self) -> Live:
        namespace = self._settings.namespace
        areas = self._store.ask(ask.all_groups(namespace, "area"))
        newest_ms = max((each.slice_end_ms for each in areas.values()), default=0)
        # Those with the most meters, in the same order each time while that does not change.
        by_size = sorted(areas.items(), key=lambda each: (-meters_in(each[1]), each[0]))
        shown = dict(by_size[:AREAS_SHOWN])
        alerts = self._store.ask(ask.alerts(namespace))
        newest = [each.id for each in newest_open(alerts)[:ALERTS_SHOWN]]
        return Live(
            meters=sum(map(meters_in, areas.values())),
            areas=shown,
            areas_live=len(areas),
            largest=self._store.ask(ask.all_largest(namespace)),
            shown=self._shown_meters(shown),
            slice_end_ms=newest_ms,
            alerts=alerts,
            notes=self._store.ask(ask.notes(namespace, newest)),
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
            for meter in self._store.ask(
                ask.first_meters(self._settings.namespace, commodity, area, most)
            ).items()
        ]
        return found[:METERS_SHOWN]


def drawn(settings: Settings, progress: Progress, rate: float | None, live: Live) -> Picture:
    """All of it; of each part what people must see first stands first."""
    wrong = words(settings, progress.jobs, progress.held_back)
    told = incident_lines(incidents(live.alerts))
    open_ones = newest_open(live.alerts)
    large = largest_rows(live.largest, LARGEST_SHOWN)
    return Picture(
        [
            Part(len(wrong), lambda rows: summary(settings, progress, rate, live.meters, rows)),
            Part(len(told), lambda rows: Group(*told[:rows], *more(len(told) - rows, "incidents"))),
            Part(
                min(len(open_ones), ALERTS_SHOWN),
                lambda rows: open_alerts(open_ones, live.notes, rows),
            ),
            Part(len(live.areas), lambda rows: areas_table(live.areas, live.areas_live, rows)),
            Part(large, lambda rows: largest_table(live.largest, LARGEST_SHOWN, rows)),
            Part(
                len(live.shown),
                lambda rows: meters_table(
                    live.shown, live.meters, live.slice_end_ms, settings.slice_ms, rows
                ),
            ),
        ]
    )


def summary(
    settings: Settings,
    progress: Progress,
    rate: float | None,
    meters_live: int,
    most: int,
) -> RenderableType:
    """Numbers of the flow, its jobs, and so much of what is wrong with them."""
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
    left = more(len(wrong) - most, "`wattstream status` says what is wrong:" if not most else "")
    return Panel(
        Group(numbers, *jobs, *wrong[:most], *left),
        title=Text(f"WattStream, namespace {settings.namespace}"),
        subtitle=Text(f"Flink: {settings.flink_rest_url}"),
    )
