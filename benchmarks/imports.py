"""`wattstream bench imports`: a file of half-hours, from its first byte until all of it is in
history.

The importer is the command itself, in a process of its own, so that its CPU time and memory are
those that its users have; what the services take is told beside it. All readings are late, so each
is a correction. Time goes on as where others write, too, by heartbeats: the last corrections come
when their windows close, which is `closing_s` of the time until history has all.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from rich.console import Console, Group
from rich.table import Table

from adapters.connect import cassandra_session
from adapters.energy import energy_from_history
from adapters.kafka import topic_ends
from adapters.readings_writer import ReadingsWriter
from benchmarks.cpu import cpu_s
from benchmarks.errors import BenchmarkError
from benchmarks.exclusive import alone
from benchmarks.files import FIRST_DAY, HALF_HOURS, nmi, write_nem12
from contracts.energy import Counting, Span
from contracts.history import keyspace
from contracts.settings import PROJECT, Settings
from contracts.time import DAY_MS, SECOND_MS
from infra.flink import submission
from infra.provenance import origin
from infra.provision import erase, provision
from infra.settings import StackSettings
from verification.wait import wait_until_settled

COMMAND = Path(sys.executable).with_name("wattstream")
GEOHASH = "r1r0f"
BEAT_S = 1.0
LOOKED_AT = 3
"""Meters whose energy is asked of history at the end."""
SAID = 2_000
"""Of what a command said that failed, the last so many characters."""
MARKET = timezone(timedelta(hours=10))


@dataclass(frozen=True, slots=True)
class Pass:
    """The importer once, as a process."""

    what: str
    values: int
    seconds: float
    """From its start to its end."""
    cpu_s: float
    peak_mib: float

    @property
    def values_per_s(self) -> float:
        """The rate."""
        return self.values / self.seconds


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was measured."""

    meters: int
    days: int
    file_bytes: int
    passes: tuple[Pass, ...]
    in_history_s: float
    """From the importer's start until history has all, `closing_s` included."""
    closing_s: float
    cpu_s_per_million: dict[str, float]
    """CPU seconds per million readings until then, by service."""
    right: bool
    """Whether history says of some meters what the file says."""

    @property
    def values(self) -> int:
        """In the file."""
        return self.meters * self.days * HALF_HOURS


def run(settings: Settings, meters: int, days: int, console: Console) -> Outcome:
    """Import so many meters and days into a namespace that is emptied before and afterwards.

    Raises:
        BenchmarkError: other jobs run, the namespace is no benchmark's, or the importer failed.
        NotSettledError: a job stands still before history has all.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with (
        alone(settings, console, keep_readings=False),
        TemporaryDirectory(prefix="bench-imports-", dir=settings.data_dir) as folder,
    ):
        erase(settings)
        provision(settings)
        path = Path(folder) / "half-hours.csv"
        taken_wh = write_nem12(path, meters, days)
        values = meters * days * HALF_HOURS
        submission.submit(settings, console, {})
        stack = StackSettings()
        into = ("--geohash", GEOHASH, "-n", settings.namespace)
        read = once("read, nothing sent", values, [path, "--check", *into])
        before, began_s = cpu_s(stack), time.monotonic()
        with beating(settings):
            sent = once("read, sent, acknowledged", values, [path, *into])
            time.sleep(settings.closing_ms / SECOND_MS)
        wait_until_settled(settings, topic_ends(settings), console)
        in_history_s = time.monotonic() - began_s
        used = {name: spent - before.get(name, 0.0) for name, spent in cpu_s(stack).items()}
        again = once("again: all known", values, [path, *into])
        some = sorted({0, meters // 2, meters - 1})[:LOOKED_AT]
        found = _in_history_wh(settings, [nmi(each) for each in some], days)
        return Outcome(
            meters,
            days,
            path.stat().st_size,
            (read, sent, again),
            in_history_s,
            settings.closing_ms / SECOND_MS,
            {name: used[name] / values * 1e6 for name in sorted(used)},
            found == [taken_wh[each] for each in some],
        )


def once(what: str, values: int, arguments: Sequence[object]) -> Pass:
    """Run `wattstream import`, and say what it took.

    Raises:
        BenchmarkError: not all of the file could be used, or it failed.
    """
    command = [str(COMMAND), "import", *map(str, arguments)]
    with TemporaryFile("w+") as said:
        began_s = time.monotonic()
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        seconds = time.monotonic() - began_s
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise BenchmarkError(
                f"`{' '.join(command)}` ended with {process.returncode}: {said.read()[-SAID:]}"
            )
    return Pass(what, values, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


@contextmanager
def beating(settings: Settings) -> Iterator[None]:
    """Heartbeats into every partition, as where somebody else writes, too."""
    stop = threading.Event()

    def beat() -> None:
        writer = ReadingsWriter(settings)
        while not stop.wait(BEAT_S):
            writer.pass_time(everywhere=True)
            writer.poll(0)
        writer.flush(BEAT_S)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _in_history_wh(settings: Settings, meters: Sequence[str], days: int) -> list[int]:
    """What history says that meters took."""
    begin = datetime.combine(FIRST_DAY, datetime.min.time(), MARKET)
    begin_ms = round(begin.timestamp()) * SECOND_MS
    span = Span(begin_ms, begin_ms + days * DAY_MS)
    counting = Counting(kind="interval", cadence_ms=DAY_MS // HALF_HOURS)
    session = cassandra_session(settings.cassandra)
    try:
        return [
            energy_from_history(
                session, keyspace(settings), meter, "electricity", span, counting
            ).amount
            // 1_000
            for meter in meters
        ]
    finally:
        session.cluster.shutdown()


def content(outcome: Outcome, command: str) -> dict[str, object]:
    """The outcome as JSON has it."""
    passes = [asdict(each) | {"values_per_s": each.values_per_s} for each in outcome.passes]
    in_all = {"values": outcome.values, "passes": passes}
    return {**origin(command, PROJECT), **asdict(outcome), **in_all}


def tables(outcome: Outcome) -> Group:
    """The outcome on a terminal of 80 columns."""
    rate = outcome.values / outcome.in_history_s
    importer = Table(
        title=f"{outcome.days:,} days of {outcome.meters:,} meters: {outcome.values:,} readings, "
        f"{outcome.file_bytes / 2**20:,.0f} MiB",
        caption=f"in history after {outcome.in_history_s:,.0f} s ({rate:,.0f}/s), of which "
        f"{outcome.closing_s:,.0f} s close the last windows; what it says of some meters is "
        + ("right" if outcome.right else "WRONG"),
        box=None,
        padding=(0, 2, 0, 0),
        header_style="dim",
    )
    importer.add_column("importer", no_wrap=True)
    for heading in ("s", "values/s", "CPU s", "MiB"):
        importer.add_column(heading, justify="right", no_wrap=True)
    for each in outcome.passes:
        importer.add_row(
            each.what,
            f"{each.seconds:,.1f}",
            f"{each.values_per_s:,.0f}",
            f"{each.cpu_s:,.1f}",
            f"{each.peak_mib:,.0f}",
        )
    services = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    services.add_column("service", no_wrap=True)
    services.add_column("CPU s a million readings", justify="right", no_wrap=True)
    for name, seconds in outcome.cpu_s_per_million.items():
        if seconds >= LEAST_CPU_S:
            services.add_row(name, f"{seconds:,.2f}")
    return Group(importer, services)


LEAST_CPU_S = 0.01
"""Of a million readings, that is shown."""
