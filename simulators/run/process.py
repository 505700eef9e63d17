"""One of the processes of a run: it generates, encodes and sends what its partitions get.

The schedule is open-loop: each record has a time at which it is due, which does not move when the
broker is slow. A process that cannot keep up says how far it is behind.
"""

import math
import signal
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np
import numpy.typing as npt

from contracts.reading import CLOSING_HEARTBEAT, HEARTBEAT
from contracts.settings import Settings
from simulators.demand.values import make_fleet, values
from simulators.faults.choice import resolve
from simulators.faults.kinds import FaultOptions
from simulators.fleet import registry
from simulators.fleet.plan import FleetPlan
from simulators.network.conditions import Network
from simulators.network.pauses import written
from simulators.network.schedule import Kind
from simulators.run.messages import Messages, messages_of
from simulators.run.traffic import Arrivals, Traffic, partitions_of, traffic
from simulators.sending.sender import Sender
from simulators.supply.supplied import with_supply

SENT_AT_ONCE_S = 0.1
"""A paced run sends what is due in this much real time together."""
LARGEST_POST = 20_000
REPORT_EVERY_S = 0.3
CLOSING_MS = 5_000
"""Much less than for how long a writer that says that it closes is taken to do so."""
LONGEST_SILENCE_S = 5.0
"""On the wall, in a run that waits: a partition without a record for much longer is taken for one
without a writer."""


@dataclass(frozen=True, slots=True)
class Work:
    """What all processes of a run have in common."""

    settings: Settings
    run: str
    registry: Path
    network: Network
    faults: tuple[FaultOptions, ...]
    plan: FleetPlan
    processes: int
    partitions: tuple[int, ...]
    speed: float
    """Simulated seconds per second, or infinity."""
    step_ms: int
    record: bool
    settle: bool
    real_time: bool
    """Arrival is the wall clock: to settle, time must pass."""


@dataclass(frozen=True, slots=True)
class Start:
    """The moment at which all processes begin."""

    begin_ms: int
    end_ms: float
    """Simulated; meters read before it."""
    wall_s: float
    """`time.time()` when `begin_ms` is."""


@dataclass(slots=True)
class Progress:
    """How far a process is."""

    process: int
    counts: list[int] = field(default_factory=lambda: [0] * len(Kind))
    """Records posted, by Kind."""
    acknowledged: int = 0
    backlog: int = 0
    arrival_ms: int = 0
    """Of the latest reading posted."""
    newest_ms: int = 0
    """Of the latest record posted, heartbeats included."""
    behind_s: float = 0.0
    worst_behind_s: float = 0.0
    finished_s: float | None = None
    """`time.time()` when Kafka had answered for all readings."""
    recording: Path | None = None
    error: Exception | None = None


def work(
    job: Work, process: int, orders: Connection, reports: Connection, stop: Event, leave: Event
) -> None:
    """Body of a process: says that it is ready, waits for its Start, works, and reports.

    Args:
        stop: set when meters shall stop reading.
        leave: set when everybody is done; until then a real-time run keeps time going.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    progress = Progress(process)
    try:
        _Process(job, process, orders, reports, stop, leave, progress).run()
    except Exception as error:  # the parent raises it again
        progress.error = error
    reports.send(progress)


@dataclass(slots=True)
class _Process:
    job: Work
    process: int
    orders: Connection
    reports: Connection
    stop: Event
    leave: Event
    progress: Progress
    reported_s: float = 0.0
    measuring: bool = True
    """Meters still read; what only has to be delivered need not wait for its time."""
    read_until_ms: int = 0
    """End of the time in which they did so far."""
    posted_s: dict[int, float] = field(default_factory=dict)
    """`time.time()` of the last record in each partition."""

    def run(self) -> None:
        job = self.job
        fleet = make_fleet(registry.load(job.registry))
        with Sender(job.settings, job.run, self.process, self._own(), record=job.record) as sender:
            partition = partitions_of(fleet.registry, sender.partition_count)
            messages = messages_of(fleet.registry)
            self.reports.send(self.progress)
            start: Start | None = self.orders.recv()
            if start is None:
                return
            sender.refuse_older(dict.fromkeys(sender.partitions, start.begin_ms))
            fleet = with_supply(fleet, job.plan, job.faults, start.begin_ms)
            faults = resolve(
                job.faults,
                fleet.registry,
                lambda meter, ts_ms: values(fleet, meter, ts_ms),
                seed=job.plan.seed,
                begin_ms=start.begin_ms,
            )
            flow = traffic(
                fleet,
                job.network.model_copy(update={"begin_ms": start.begin_ms}),
                faults,
                job.settings,
                partition,
                sender.partitions,
                start.begin_ms,
                start.end_ms,
                job.step_ms,
                job.plan,
            )
            if flow.registry is not fleet.registry:
                messages = messages_of(flow.registry)
            self._send_all(flow, messages, sender, start)
            sender.finish()
            self._report(sender, finished=True)
            if job.settle and job.real_time:
                self._keep_time(flow, sender, start)
        if (recording := sender.recording) is not None and recording.exists():
            self.progress.recording = recording

    def _own(self) -> Sequence[int]:
        return self.job.partitions[self.process :: self.job.processes]

    def _send_all(self, flow: Traffic, messages: Messages, sender: Sender, start: Start) -> None:
        """Send step after step; the next one is made while this one goes out."""

        def made() -> tuple[int, bool, Arrivals, list[bytes], list[bytes | None]] | None:
            reading = flow.meters_read() and not self.stop.is_set()
            if not reading and not (self.job.settle and flow.last_arrival_ms() is not None):
                return None
            if not reading and not self.job.real_time:
                flow.skip()
            number = flow.next_step
            arrivals = flow.next(measure=reading)
            return number, reading, arrivals, messages.keys(arrivals), messages.values(arrivals)

        self._beat_everywhere(start.begin_ms, sender, start)
        with ThreadPoolExecutor(1) as pool:
            coming = pool.submit(made)
            while (step := coming.result()) is not None:
                coming = pool.submit(made)
                number, reading, arrivals, keys, texts = step
                begin_ms = start.begin_ms + number * flow.step_ms
                end_ms = begin_ms + flow.step_ms
                before = 0
                if reading:
                    self.read_until_ms = int(min(end_ms, start.end_ms))
                    before = int(np.searchsorted(arrivals.plan.arrival_ms, self.read_until_ms))
                    self._send(arrivals, keys, texts, sender, start, range(before))
                send = self._send
                if not reading or end_ms > start.end_ms:
                    self._close(sender, start)
                    send = self._deliver
                send(arrivals, keys, texts, sender, start, range(before, len(arrivals)))
                if self.measuring or self.job.real_time:
                    self._send_heartbeats(arrivals, end_ms - 1, sender, start)
                if (parent := parent_process()) is not None and not parent.is_alive():
                    raise SystemExit("the run's main process is gone")

    def _send(
        self,
        arrivals: Arrivals,
        keys: list[bytes],
        texts: list[bytes | None],
        sender: Sender,
        start: Start,
        rows: range,
    ) -> None:
        plan = arrivals.plan
        begin = rows.start
        while begin < rows.stop:
            end = min(begin + LARGEST_POST, rows.stop)
            if math.isfinite(self.job.speed):
                together_ms = plan.arrival_ms[begin] + self.job.speed * SENT_AT_ONCE_S * 1_000
                end = min(end, int(np.searchsorted(plan.arrival_ms, together_ms, side="right")))
            self._wait(int(plan.arrival_ms[end - 1]), sender, start)
            part = slice(begin, end)
            sender.post(plan.partition[part], plan.arrival_ms[part], keys[part], texts[part])
            self.posted_s |= dict.fromkeys(np.unique(plan.partition[part]).tolist(), time.time())
            kinds = np.bincount(plan.kind[part], minlength=len(Kind)).tolist()
            self.progress.counts = [
                sum(both) for both in zip(self.progress.counts, kinds, strict=True)
            ]
            self.progress.arrival_ms = int(plan.arrival_ms[end - 1])
            self.progress.newest_ms = self.progress.arrival_ms
            self._report(sender)
            begin = end

    def _deliver(
        self,
        arrivals: Arrivals,
        keys: list[bytes],
        texts: list[bytes | None],
        sender: Sender,
        start: Start,
        rows: range,
    ) -> None:
        """What is still under way when meters read no more. It would be a sign that the writer is
        there, and they would be missed: before and after some of it the writer says once more that
        it closes, in its partition. That depends on nothing else, so that any number of processes
        writes the same."""
        arrival_ms, partition = arrivals.plan.arrival_ms, arrivals.plan.partition
        window = (arrival_ms - start.begin_ms) // CLOSING_MS
        begin = rows.start
        while begin < rows.stop:
            end = int(np.searchsorted(window[: rows.stop], window[begin], side="right"))
            part = slice(begin, end)
            of, first = np.unique(partition[part], return_index=True)
            _, last = np.unique(partition[part][::-1], return_index=True)
            self._wait(int(arrival_ms[begin]), sender, start)
            self._post_heartbeats(of.tolist(), arrival_ms[part][first], sender)
            self._send(arrivals, keys, texts, sender, start, range(begin, end))
            self._post_heartbeats(of.tolist(), arrival_ms[part][::-1][last], sender)
            begin = end

    def _send_heartbeats(
        self, arrivals: Arrivals, arrival_ms: int, sender: Sender, start: Start
    ) -> None:
        """In each partition with a writer that had nothing else in the step, at its end."""
        silent = np.setdiff1d(sender.partitions, arrivals.plan.partition).tolist()
        self._wait(arrival_ms, sender, start)
        self._post_heartbeats(self._written(silent, arrival_ms, start), arrival_ms, sender)

    def _say_alive(self, sender: Sender, start: Start) -> None:
        """A heartbeat, at the newest arrival there is, in each partition without a record for
        long: the partition of a run slower than its meters has a writer all the same, unless it is
        dead."""
        now_s = time.time()
        silent = [
            partition
            for partition in sender.partitions
            if now_s - self.posted_s.setdefault(partition, now_s) > LONGEST_SILENCE_S
        ]
        run_ms = start.begin_ms + int((now_s - start.wall_s) * 1_000 * self.job.speed)
        alive = self._written(silent, run_ms, start)
        self._post_heartbeats(alive, max(self.progress.newest_ms, start.begin_ms), sender)

    def _close(self, sender: Sender, start: Start) -> None:
        """Say that meters read no more: they are not out."""
        if self.measuring:
            self.measuring = False
            self._beat_everywhere(max(self.read_until_ms - 1, start.begin_ms), sender, start)

    def _beat_everywhere(self, arrival_ms: int, sender: Sender, start: Start) -> None:
        partitions = self._written(list(sender.partitions), arrival_ms, start)
        self._post_heartbeats(partitions, arrival_ms, sender)

    def _written(self, partitions: Sequence[int], at_ms: int, start: Start) -> list[int]:
        return written(self.job.network.dead_writers, partitions, start.begin_ms, at_ms)

    def _post_heartbeats(
        self, partitions: Sequence[int], arrival_ms: int | npt.NDArray[np.int64], sender: Sender
    ) -> None:
        """One for each, at its time or at the same."""
        number = len(partitions)
        if not number:
            return
        arrivals_ms = np.broadcast_to(np.asarray(arrival_ms, dtype=np.int64), number).copy()
        sender.post(
            np.array(partitions, dtype=np.int32),
            arrivals_ms,
            [None] * number,
            [HEARTBEAT if self.measuring else CLOSING_HEARTBEAT] * number,
        )
        self.posted_s |= dict.fromkeys(partitions, time.time())
        self.progress.newest_ms = int(arrivals_ms.max())
        self.progress.counts[Kind.HEARTBEAT] += number
        self._report(sender)

    def _keep_time(self, flow: Traffic, sender: Sender, start: Start) -> None:
        """Heartbeats while other processes still send, and until windows are closed."""
        self._close(sender, start)
        while not self.leave.is_set():
            nothing = flow.next(measure=False)
            arrival_ms = start.begin_ms + flow.next_step * flow.step_ms - 1
            self._send_heartbeats(nothing, arrival_ms, sender, start)
        sender.finish()

    def _wait(self, arrival_ms: int, sender: Sender, start: Start) -> None:
        """Until a record that arrives then is due; notes how far behind the run is."""
        delivering = self.stop.is_set() or not self.measuring
        if math.isinf(self.job.speed) or (delivering and not self.job.real_time):
            return
        due_s = start.wall_s + (arrival_ms - start.begin_ms) / 1_000 / self.job.speed
        while (early_s := due_s - time.time()) > 0:
            self._say_alive(sender, start)
            time.sleep(min(early_s, REPORT_EVERY_S))
        self.progress.behind_s = -early_s
        self.progress.worst_behind_s = max(self.progress.worst_behind_s, -early_s)

    def _report(self, sender: Sender, *, finished: bool = False) -> None:
        now_s = time.time()
        if not finished and now_s - self.reported_s < REPORT_EVERY_S:
            return
        self.reported_s = now_s
        self.progress.acknowledged = sender.acknowledged
        self.progress.backlog = sender.backlog
        if finished:
            self.progress.finished_s = now_s
        self.reports.send(self.progress)
