"""Runs the small fleet in real time: every meter reads once a second, arrival is the wall clock."""

import heapq
import math
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress, TaskID

from contracts.reading import HEARTBEAT, encode
from contracts.settings import MINUTE_MS, Settings
from contracts.topics import partition_of
from simulators.errors import OptionError
from simulators.fleet import Fleet, make_fleet
from simulators.network import Network, corrupt, fates
from simulators.partitions import iso
from simulators.recorder import Record
from simulators.schedule import Kind, deliveries
from simulators.sender import Sender
from simulators.stopping import stop_on_interrupt
from simulators.summary import Summary, progress_bar, summarize

TICK_S = 0.1
HEARTBEAT_EVERY_MS = 1_000
LATE_MIN_MS, LATE_MAX_MS = 10_000, 40_000
"""Late readings of a live run come while it still runs, or while it settles."""
MARGIN_MS = 2_000
"""Real time beyond the last window's end, for the jobs to have seen it."""


def run_fleet(
    settings: Settings,
    *,
    meters: int = 100,
    seconds: float | None = None,
    seed: int = 1,
    late: float = 0.0,
    repeat: float = 0.0,
    malformed: float = 0.0,
    settle: bool = False,
    console: Console,
    stop: threading.Event | None = None,
) -> Summary:
    """Send readings of a made-up fleet for `seconds`, or until Ctrl-C or `stop`.

    What the network still holds at the end (readings under way or late) is lost, unless the run
    settles: then it waits for those, and goes on with heartbeats until every window is closed,
    about two minutes in all.

    Raises:
        OptionError, TopicError: nothing was sent; the message says what to change.
        SendError: Kafka failed; what it took is in the recording.
    """
    if seconds is not None and not 0 < seconds < math.inf:
        raise OptionError(f"--seconds is {seconds}: give a number above 0")
    network = Network(
        seed=seed,
        on_time_limit_ms=settings.on_time_limit_ms,
        late=late,
        repeat=repeat,
        malformed=malformed,
        late_min_ms=max(LATE_MIN_MS, settings.on_time_ms),
        late_max_ms=max(LATE_MAX_MS, 2 * settings.on_time_ms),
    )
    fleet = make_fleet(meters, seed)
    run = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}-fleet"
    with (
        stop_on_interrupt(stop) as stopping,
        Sender(settings, run) as sender,
        progress_bar(console) as progress,
    ):
        partition = [partition_of(meter, sender.partition_count) for meter in fleet.meter_ids]
        live = _Live(
            settings, network, fleet, np.array(partition, dtype=np.int32), sender, progress
        )
        return live.run(seconds, settle, stopping)


@dataclass(slots=True)
class _Live:
    """A run in progress: what is under way in the network, and the clock of the partitions."""

    settings: Settings
    network: Network
    fleet: Fleet
    partition: NDArray[np.int32]
    """Of each meter of the fleet."""
    sender: Sender
    progress: Progress
    under_way: list[tuple[int, int, Kind, Record]] = field(default_factory=list)
    """A heap by arrival; the number keeps the order of equal arrivals."""
    number: int = 0
    counts: list[int] = field(default_factory=lambda: [0] * len(Kind))
    first_ms: int = 0
    now_ms: int = 0
    last_reading_ms: int = 0
    busy_ms: dict[int, int] = field(default_factory=dict)
    """When each partition had its latest record."""

    def run(self, seconds: float | None, settle: bool, stop: threading.Event) -> Summary:
        """Measure and deliver until the end, then settle if wanted."""
        self.first_ms = first_ms = self._tick()
        self.busy_ms = dict.fromkeys(self.sender.partitions, 0)
        self.sender.refuse_older(dict.fromkeys(self.sender.partitions, first_ms))
        end_ms = math.inf if seconds is None else first_ms + int(seconds * 1_000)
        task = self.progress.add_task("fleet", total=seconds, sent=0, at=iso(first_ms), rate=0.0)
        next_s = first_ms // 1_000 + 1
        while self.now_ms < end_ms and not stop.is_set():
            while next_s * 1_000 <= min(self.now_ms, end_ms):
                self._measure(next_s)
                next_s += 1
            self._deliver()
            self._show(task)
            stop.wait(TICK_S)
            self._tick()
        interrupted = stop.is_set()
        if settle:
            self._settle(next_s * 1_000, task)
        return summarize(
            self.counts,
            first_arrival_ms=first_ms,
            last_arrival_ms=self.last_reading_ms,
            seconds=(self.now_ms - first_ms) / 1_000,
            recording=self.sender.recording,
            interrupted=interrupted,
        )

    def _tick(self) -> int:
        """Read the wall clock, which never goes back here."""
        self.now_ms = max(self.now_ms, time.time_ns() // 1_000_000)
        return self.now_ms

    def _measure(self, t_s: int) -> None:
        """Hand the readings of a second to the network."""
        values = [encode(reading) for reading in self.fleet.readings(t_s)]
        ts = np.full(len(values), t_s * 1_000, dtype=np.int64)
        seq = np.full(len(values), t_s, dtype=np.uint64)
        plan = deliveries(ts, self.partition, fates(self.network, self.fleet.meter_hash, seq))
        for row, arrival_ms, partition, kind, corruption in zip(
            plan.reading.tolist(),
            plan.arrival_ms.tolist(),
            plan.partition.tolist(),
            plan.kind.tolist(),
            plan.corruption.tolist(),
            strict=True,
        ):
            value = values[row] if corruption < 0 else corrupt(values[row], corruption)
            record = Record(partition, arrival_ms, self.fleet.meter_ids[row].encode(), value)
            heapq.heappush(self.under_way, (arrival_ms, self.number, Kind(kind), record))
            self.number += 1

    def _deliver(self) -> None:
        """Send what has arrived by now, and heartbeats where nothing came for a while."""
        records = list(self._arrived())
        self.busy_ms.update((record.partition, self.now_ms) for record in records)
        if records:
            self.last_reading_ms = self.now_ms
        for partition, busy_ms in self.busy_ms.items():
            if self.now_ms - busy_ms >= HEARTBEAT_EVERY_MS:
                records.append(Record(partition, self.now_ms, None, HEARTBEAT))
                self.counts[Kind.HEARTBEAT] += 1
                self.busy_ms[partition] = self.now_ms
        if records:
            self.sender.send(records)

    def _arrived(self) -> Iterator[Record]:
        while self.under_way and self.under_way[0][0] <= self.now_ms:
            _, _, kind, record = heapq.heappop(self.under_way)
            self.counts[kind] += 1
            yield record._replace(arrival_ms=self.now_ms)

    def _settle(self, last_ts_ms: int, task: TaskID) -> None:
        """Wait for what is under way, then until its minute and correction windows are closed."""
        while True:
            last_ms = max([self.last_reading_ms, *(item[0] for item in self.under_way)])
            end_ms = self._windows_closed_ms(last_ts_ms, last_ms)
            left_s = (end_ms - self.now_ms) / 1_000
            if left_s <= 0:
                return
            self.progress.update(task, description=f"closing windows, {left_s:.0f} s left")
            self._deliver()
            self._show(task)
            time.sleep(TICK_S)
            self._tick()

    def _windows_closed_ms(self, last_ts_ms: int, last_arrival_ms: int) -> int:
        rules = self.settings
        minute_closed = _next(last_ts_ms, MINUTE_MS) + rules.on_time_ms
        corrections_closed = _next(last_arrival_ms, rules.correction_window_ms) + rules.slack_ms
        return max(minute_closed, corrections_closed) + MARGIN_MS

    def _show(self, task: TaskID) -> None:
        elapsed_s = (self.now_ms - self.first_ms) / 1_000
        sent = sum(self.counts)
        self.progress.update(
            task,
            completed=elapsed_s,
            sent=sent,
            at=iso(self.now_ms),
            rate=sent / max(elapsed_s, TICK_S),
        )


def _next(ms: int, length_ms: int) -> int:
    """The end of the window of this length that `ms` is in."""
    return (ms // length_ms + 1) * length_ms
