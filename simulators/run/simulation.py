"""Runs a simulated fleet in parallel processes: live, at a target rate, or as fast as possible."""

import math
import multiprocessing
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from rich.console import Console

from contracts.reading import CLOSING_HEARTBEAT, MAX_TS_MS
from contracts.settings import Settings
from contracts.time import MINUTE_MS
from contracts.topics import readings
from simulators.demand.values import make_fleet, values
from simulators.errors import OptionError, SendError, TopicError
from simulators.faults.choice import resolve
from simulators.faults.effects import Fault
from simulators.faults.kinds import FaultOptions
from simulators.fleet import registry as registries
from simulators.fleet.cadence import readings_per_second
from simulators.fleet.plan import FleetPlan, make_registry
from simulators.fleet.registry import Registry
from simulators.network.conditions import Network
from simulators.network.pauses import check_partitions
from simulators.network.schedule import Kind
from simulators.options import network_of, parse_duration
from simulators.run.devices import with_devices
from simulators.run.labels import labels, write_labels
from simulators.run.process import Progress, Start, Work, work
from simulators.run.summary import Summary, load_bar, summarize
from simulators.run.traffic import LONGEST_STEP_MS
from simulators.sending.closing import pass_time
from simulators.sending.partitions import admin_client, partition_count
from simulators.sending.publishing import publish
from simulators.sending.sender import Sender
from simulators.signals import stop_on_interrupt
from simulators.supply.supplied import with_supply

ACCELERATED_START = datetime(2026, 1, 5, 18, tzinfo=UTC)
"""When a run that is not in real time begins if nothing else is said: a Monday evening."""
RECORDS_PER_STEP = 50_000
STEP_MS = 1_000
HEADSTART_S = 1.0
"""From the moment at which all processes are ready to the first reading."""
MARGIN_MS = 2_000
"""Real time beyond the last window's end, for the jobs to have seen it."""
TICK_S = 0.2
LIVE_LATE_S = (10.0, 40.0)
"""Late readings of a run in real time come while it still runs, or while it settles."""
LATE_S = (60.0, 3 * 86_400.0)


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a fleet, whatever it was described by."""

    name: str
    """Last part of the names of its files."""
    plan: FleetPlan
    network: Network
    faults: tuple[FaultOptions, ...] = ()
    start: datetime | None = None
    """Simulated; None is now for a run in real time, ACCELERATED_START for others."""
    seconds: float | None = None
    """Simulated; until stopped if None."""
    rate: float | None = None
    """Readings a second: infinity is as fast as possible, None is as fast as the meters read."""
    processes: int = 1
    record: bool = True
    """Without a recording there is no verification."""
    partitions: tuple[int, ...] | None = None
    """Only meters of these partitions send, and nobody writes to the others; None is all."""
    settle: bool | None = None
    """Deliver what is under way at the end and close all windows; None: unless in real time."""
    customers: Mapping[str, str] = field(default_factory=dict)
    """Of meters that are somebody's: who is billed for each."""

    def __post_init__(self) -> None:
        if self.seconds is not None and not 0 < self.seconds < math.inf:
            raise OptionError(f"--seconds is {self.seconds}: give a number above 0")
        if self.rate is not None and not self.rate > 0:
            raise OptionError(f"--rate is {self.rate}: give `max` or readings a second")
        if self.processes < 1:
            raise OptionError(f"--processes is {self.processes}: give 1 or more")
        if self.start is not None and (self.start.tzinfo is None or self.start.microsecond):
            raise OptionError(f"--start is {self.start}: give whole seconds and a time zone")
        if self.start is not None:
            end_ms = (self.start.timestamp() + (self.seconds or 0)) * 1_000
            if self.start.timestamp() < 0 or end_ms > MAX_TS_MS:
                raise OptionError(f"--start is {self.start}: give a run between 1970 and 2100")


def load_run(
    settings: Settings,
    plan: FleetPlan,
    *,
    seconds: float | None = None,
    rate: float | None = None,
    processes: int = 1,
    start: datetime | None = None,
    late: float = 0.0,
    late_max: str | None = None,
    repeat: float = 0.0,
    malformed: float = 0.0,
    settle: bool | None = None,
    record: bool = True,
    partitions: tuple[int, ...] | None = None,
) -> Run:
    """A run described by the options of the command line.

    Args:
        seconds: with a finite rate by the clock on the wall, else by the meters' clocks.
        late_max: largest lateness, such as `6h`; None is LIVE_LATE_S, or 3 days unless live.

    Raises:
        OptionError: a value that cannot be used.
    """
    live = rate is None
    lateness = LIVE_LATE_S if live else LATE_S
    longest_s = lateness[1]
    if late_max is not None:
        longest_s = parse_duration("--late-max", late_max).total_seconds()
    network = network_of(
        settings,
        seed=plan.seed,
        late=late,
        repeat=repeat,
        malformed=malformed,
        late_min_s=max(lateness[0], settings.on_time_ms / 1_000),
        late_max_s=max(longest_s, 2 * settings.on_time_ms / 1_000),
    )
    if seconds is not None and rate is not None and math.isfinite(rate):
        seconds *= rate / readings_per_second(make_registry(plan))
    return Run(
        "fleet",
        plan,
        network,
        start=start,
        seconds=seconds,
        rate=rate,
        processes=processes,
        partitions=partitions,
        settle=settle,
        record=record,
    )


def run_simulation(
    settings: Settings, run: Run, console: Console, stop: threading.Event | None = None
) -> Summary:
    """Run a fleet until its end, Ctrl-C or `stop`.

    The registry goes to `<fleets_dir>/<run>.parquet` and to the topic of meters; what is sent to a
    recording per process, the labels of what was wrong beside them.

    Raises:
        OptionError, TopicError: nothing was sent; the message says what to change.
        SendError: Kafka failed.
    """
    if run.processes > settings.readings_partitions:
        raise OptionError(
            f"--processes is {run.processes}: each needs a partition of its own, and there are "
            f"{settings.readings_partitions} (WATTSTREAM_READINGS_PARTITIONS)"
        )
    check_partitions(run.network.dead_writers, settings.readings_partitions)
    topic = readings(settings).name
    partitions = partition_count(admin_client(settings), topic, settings)
    if partitions != settings.readings_partitions:
        raise TopicError(
            f"{topic} has {partitions} partitions and the settings say "
            f"{settings.readings_partitions}: set WATTSTREAM_READINGS_PARTITIONS={partitions}"
        )
    with console.status(f"{run.plan.meters:,} meters"):
        registry = with_devices(make_registry(run.plan), _begins_ms(run))
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}-{run.name}"
        path = settings.fleets_dir / f"{name}.parquet"
        registries.save(registry, path)
        publish(settings, registry, run.customers)
    with stop_on_interrupt(stop) as stopping:
        return _Crew(settings, run, name, registry, path, console).work(stopping)


@dataclass(slots=True)
class _Crew:
    """The processes of a run and what they reported."""

    settings: Settings
    run: Run
    name: str
    registry: Registry
    path: Path
    console: Console

    def work(self, stopping: threading.Event) -> Summary:
        """Start the processes, follow them, and sum up."""
        context = multiprocessing.get_context("spawn")
        stop, leave = context.Event(), context.Event()
        job = self._job()
        members: list[tuple[BaseProcess, Connection, Connection]] = []
        try:
            for number in range(self.run.processes):
                orders, told = context.Pipe()
                reports, reporting = context.Pipe()
                process = context.Process(
                    target=work, args=(job, number, told, reporting, stop, leave), daemon=True
                )
                process.start()
                told.close()
                reporting.close()
                members.append((process, orders, reports))
            with self.console.status("the processes get ready"):
                for _, _, reports in members:
                    _received(reports)
            start = self._start()
            for _, orders, _ in members:
                orders.send(start)
            return self._follow(members, job, start, stop, leave, stopping)
        finally:
            stop.set()
            leave.set()
            for member, orders, _ in members:
                orders.close()
                member.join(TICK_S)
                if member.is_alive():
                    member.terminate()

    def _job(self) -> Work:
        run = self.run
        natural = readings_per_second(self.registry)
        speed = 1.0 if run.rate is None else run.rate / natural
        seconds = max(1, round(RECORDS_PER_STEP / natural))
        step_ms = STEP_MS if run.rate is None else min(seconds * STEP_MS, LONGEST_STEP_MS)
        if math.isfinite(speed):
            # About a second on the wall: heartbeats and Ctrl-C wait for the end of a step.
            step_ms = max(STEP_MS, min(step_ms, int(speed) * STEP_MS))
        real_time = run.rate is None
        return Work(
            settings=self.settings,
            run=self.name,
            registry=self.path,
            network=run.network,
            faults=run.faults,
            plan=run.plan,
            processes=run.processes,
            partitions=self._partitions(),
            speed=speed,
            step_ms=step_ms,
            record=run.record,
            settle=not real_time if run.settle is None else run.settle,
            real_time=real_time,
        )

    def _partitions(self) -> tuple[int, ...]:
        return self.run.partitions or tuple(range(self.settings.readings_partitions))

    def _start(self) -> Start:
        begin_ms = _begins_ms(self.run)
        live = self.run.start is None and self.run.rate is None
        wall_s = begin_ms / 1_000 if live else time.time()
        seconds = math.inf if self.run.seconds is None else self.run.seconds
        return Start(begin_ms, begin_ms + seconds * 1_000, wall_s)

    def _write_labels(self, start: Start, until_ms: float) -> None:
        seed = self.run.plan.seed
        faults: tuple[Fault, ...] = ()
        if self.run.faults:
            fleet = make_fleet(self.registry)
            fleet = with_supply(fleet, self.run.plan, self.run.faults, start.begin_ms)
            faults = resolve(
                self.run.faults,
                self.registry,
                lambda meter, ts_ms: values(fleet, meter, ts_ms),
                seed=seed,
                begin_ms=start.begin_ms,
            )
        network = self.run.network.model_copy(update={"begin_ms": start.begin_ms})
        table = labels(faults, network, self.registry, seed, self.settings.readings_partitions)
        write_labels(table, until_ms, self.settings.recordings_dir / f"{self.name}-labels.parquet")

    def _follow(
        self,
        members: Sequence[tuple[BaseProcess, Connection, Connection]],
        job: Work,
        start: Start,
        stop: Event,
        leave: Event,
        stopping: threading.Event,
    ) -> Summary:
        """Show how far the processes are until all have ended."""
        seen = {number: Progress(number) for number in range(len(members))}
        open_reports = {reports: number for number, (_, _, reports) in enumerate(members)}
        span_s = None if math.isinf(start.end_ms) else (start.end_ms - start.begin_ms) / 1_000
        with load_bar(self.console) as bar:
            task = bar.add_task(self.run.name, total=span_s, **self._shown(seen, start, span_s))
            while open_reports:
                if stopping.is_set():
                    stop.set()
                for reports in wait(list(open_reports), TICK_S):
                    assert isinstance(reports, Connection)
                    number = open_reports[reports]
                    try:
                        seen[number] = reports.recv()
                    except EOFError:
                        del open_reports[reports]
                        if seen[number].finished_s is None and seen[number].error is None:
                            raise SendError(f"process {number} of the run ended early") from None
                    if (error := seen[number].error) is not None:
                        raise error
                if self._all_closed(seen, start):
                    leave.set()
                bar.update(task, **self._shown(seen, start, span_s))
        return self._summary(job, start, list(seen.values()), stopping.is_set())

    def _all_closed(self, seen: dict[int, Progress], start: Start) -> bool:
        """Whether every process has sent its readings, and every window of theirs is closed."""
        if any(each.finished_s is None for each in seen.values()):
            return False
        rules = self.settings
        last_ms = max(start.begin_ms, *(each.arrival_ms for each in seen.values()))
        windows_ms = (MINUTE_MS, rules.correction_window_ms)
        end_ms = max(_next(last_ms, window_ms) for window_ms in windows_ms)
        # They close with the last slice that reaches into them.
        closed_ms = _next(end_ms - 1, rules.slice_ms) + rules.on_time_ms
        now_ms = start.begin_ms + (time.time() - start.wall_s) * 1_000
        return now_ms > closed_ms + MARGIN_MS

    def _shown(
        self, seen: dict[int, Progress], start: Start, span_s: float | None
    ) -> dict[str, Any]:
        sent = sum(sum(each.counts) for each in seen.values())
        acknowledged = sum(each.acknowledged for each in seen.values())
        arrival_ms = max(start.begin_ms, *(each.arrival_ms for each in seen.values()))
        behind_s = max(each.behind_s for each in seen.values())
        backlog = sum(each.backlog for each in seen.values())
        elapsed_s = max(time.time() - start.wall_s, TICK_S)
        done_s = (arrival_ms - start.begin_ms) / 1_000
        return {
            "completed": done_s if span_s is None else min(done_s, span_s),
            "sent": sent,
            "rate": acknowledged / elapsed_s,
            "backlog": backlog,
            "behind_s": max(behind_s, 0.0),
        }

    def _summary(
        self, job: Work, start: Start, ended: list[Progress], interrupted: bool
    ) -> Summary:
        counts = [sum(each.counts[kind] for each in ended) for kind in range(len(Kind))]
        last_ms = max(start.begin_ms, *(each.arrival_ms for each in ended))
        finished_s = max(each.finished_s or 0.0 for each in ended)
        self._write_labels(start, last_ms if interrupted else start.end_ms)
        recordings = [each.recording for each in ended if each.recording is not None]
        if job.settle and not job.real_time:
            with Sender(
                self.settings,
                self.name,
                self.run.processes,
                self._partitions(),
                record=self.run.record,
            ) as sender:
                newest_ms = max(last_ms, *(each.newest_ms for each in ended))
                counts[Kind.HEARTBEAT] += pass_time(sender, newest_ms, CLOSING_HEARTBEAT)
            if sender.recording is not None:
                recordings.append(sender.recording)
        return summarize(
            counts,
            first_arrival_ms=start.begin_ms,
            last_arrival_ms=last_ms,
            seconds=finished_s - start.wall_s,
            recordings=recordings,
            interrupted=interrupted,
            behind_s=max(each.worst_behind_s for each in ended),
        )


def _begins_ms(run: Run) -> int:
    """When a run begins that is ready; one in real time begins when its processes are."""
    if run.start is None and run.rate is None:
        return math.ceil(time.time() + HEADSTART_S) * 1_000
    return round((run.start or ACCELERATED_START).timestamp()) * 1_000


def _received(reports: Connection) -> Progress:
    try:
        progress: Progress = reports.recv()
    except EOFError:
        raise SendError("a process of the run ended before it began to send") from None
    if progress.error is not None:
        raise progress.error
    return progress


def _next(ms: int, length_ms: int) -> int:
    """The end of the window of this length that `ms` is in."""
    return (ms // length_ms + 1) * length_ms
