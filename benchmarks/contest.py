"""`wattstream bench peers`: the same work on the same log, by what a user would pick instead.

The work is `benchmarks/peers/README.md`'s: decode, 5 s windows for each meter, every closed window
to Redis. Ours is the hot job without history and areas; what it does beyond the peers (state that
survives a kill, a newer slice never overwritten) stays on. All run one after the other, several
times, so that what the machine does meanwhile hits all alike.
"""

import os
import shutil
import signal
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from benchmarks.company import refuse_company
from benchmarks.drain import drain
from benchmarks.errors import BenchmarkError
from benchmarks.log import Log, Plan, filled
from benchmarks.peers.expected import Figures, expected, until
from benchmarks.stages import STAGES
from benchmarks.usage import cpu_s
from contracts.endpoints import redis_client
from contracts.flink_rest import FlinkError, FlinkRest
from contracts.settings import PROJECT, Settings
from contracts.topics import readings
from infra import stack
from infra.provenance import origin
from infra.provision import erase, provision
from infra.settings import StackSettings

PEERS = Path(__file__).parent / "peers"
TIMEOUT_S = 900.0
CHECKED = ("windows", "window_readings", "window_readings_squared")
OURS, CEILING = "live", "decode"
"""Stages: the same work, and reading and decoding alone."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A program of `benchmarks/peers`."""

    name: str
    script: str
    arguments: tuple[str, ...]
    share: float
    """Of the log, from its beginning: so much as takes it a minute or two."""
    kind: str
    """`loop` is written by hand, `engine` is a stream engine's."""
    delay_ms: int = 5_001
    """How far behind its end a window closes at the latest."""


PEER_PROGRAMS = (
    Peer("loop, 1 process", "loop.py", ("--processes", "1"), 1, "loop"),
    Peer("loop, 2 processes", "loop.py", ("--processes", "2"), 1, "loop"),
    Peer(
        "loop with msgspec, 2 processes",
        "loop.py",
        ("--processes", "2", "--decoder", "msgspec"),
        1,
        "tuned loop",
    ),
    Peer("bytewax, its windows", "bytewax_window.py", ("--processes", "2"), 0.25, "engine"),
    Peer(
        "bytewax, windows by hand by meter",
        "bytewax_stateful.py",
        ("--processes", "2", "--key", "meter"),
        0.5,
        "engine",
    ),
    Peer(
        "bytewax, windows by hand by partition",
        "bytewax_stateful.py",
        ("--processes", "2", "--key", "partition"),
        1,
        "tuned loop",
    ),
    Peer("quixstreams", "quixstreams_peer.py", ("--processes", "2"), 0.25, "engine"),
    Peer("pathway", "pathway_peer.py", ("--processes", "1"), 0.25, "engine"),
)


@dataclass(frozen=True, slots=True)
class Heat:
    """One run of one contestant."""

    contestant: str
    kind: str
    events: int
    events_per_s: float
    exact: bool
    """Every window held the readings that it must."""
    cpu_s_per_million: float
    """Of all services, and of the peer's processes."""


def run(
    settings: Settings,
    plan: Plan,
    peers: Sequence[Peer],
    repeats: int,
    console: Console,
) -> list[Heat]:
    """Let all have their turn, as often as `repeats` says.

    Raises:
        BenchmarkError, FlinkError: one fails.
    """
    stack.up(settings, console)
    refuse_company(settings)
    log = filled(settings, plan, console)
    wanted = _Wanted(settings, log)
    heats: list[Heat] = []
    for _ in range(repeats):
        for stage in (CEILING, OURS):
            heats.append(_our_heat(settings, stage, log, wanted, console))
            _tell(heats[-1], console)
        for peer in peers:
            heats.append(_peer_heat(settings, peer, wanted, console))
            _tell(heats[-1], console)
    return heats


class _Wanted:
    """What the windows of a part of the log must hold, counted once."""

    def __init__(self, settings: Settings, log: Log) -> None:
        self._kafka, self._topic = settings.kafka_bootstrap, readings(settings).name
        self._log = log
        self._known: dict[tuple[float, int], tuple[list[int], int, Figures]] = {}

    def of(self, share: float, delay_ms: int) -> tuple[list[int], int, Figures]:
        """Ends of the partitions, end of the last window that counts, and the figures."""
        key = share, delay_ms
        if key not in self._known:
            ends = [round(end * share) for end in self._log.ends]
            until_ms = until(self._kafka, self._topic, ends, delay_ms)
            self._known[key] = ends, until_ms, expected(self._kafka, self._topic, ends, until_ms)
        return self._known[key]


def _our_heat(settings: Settings, stage: str, log: Log, wanted: _Wanted, console: Console) -> Heat:
    erase(settings, keep_readings=True)
    provision(settings)
    outcome = drain(settings, STAGES[stage], log, console)
    exact = True
    if stage == OURS:
        _, _, figures = wanted.of(1, 0)
        exact = _our_windows(settings) == (figures.windows, figures.window_readings)
    erase(settings, keep_readings=True)
    return Heat(
        f"WattStream, {stage}",
        "ceiling" if stage == CEILING else "ours",
        outcome.events,
        outcome.events_per_s,
        exact and outcome.late_dropped == 0,
        sum(outcome.cpu_s_per_million.values()),
    )


def _our_windows(settings: Settings) -> tuple[int, int]:
    """Windows that the job closed, and readings that went into them."""
    with FlinkRest(settings) as rest:
        job_id = rest.running(settings.job_name("hot"))
        if job_id is None:
            raise FlinkError(f"{settings.job_name('hot')} is gone")
        counts = [
            sum(rest.totals(job_id, "WindowAggregate", rf".*WindowAggregate.*\.{metric}").values())
            for metric in ("numRecordsOut", "numRecordsIn")
        ]
    return counts[0], counts[1]


def _peer_heat(settings: Settings, peer: Peer, wanted: _Wanted, console: Console) -> Heat:
    ends, until_ms, figures = wanted.of(peer.share, peer.delay_ms)
    prefix = f"{settings.namespace}:peer"
    with redis_client(settings) as client:
        if keys := list(client.scan_iter(f"{prefix}*", count=1_000)):
            client.unlink(*keys)
    command = [
        _uv(),
        "run",
        "--quiet",
        "--script",
        str(PEERS / peer.script),
        *("--bootstrap", settings.kafka_bootstrap),
        *("--topic", readings(settings).name),
        *("--redis-url", settings.redis_url),
        *("--prefix", prefix),
        *("--ends", ",".join(map(str, ends))),
        *("--until-ms", str(until_ms)),
        *peer.arguments,
    ]
    stack_settings = StackSettings()
    before = _cpu_s(stack_settings)
    with console.status(peer.name):
        said = _output(peer, command)
    used_s = _cpu_s(stack_settings) - before
    lines = [orjson.loads(line) for line in said.splitlines() if line.startswith("{")]
    began = min(line["first_s"] for line in lines if line["first_s"] is not None)
    finished = max(line["last_s"] for line in lines if line["last_s"] is not None)
    events = sum(line["messages"] for line in lines)
    return Heat(
        peer.name,
        peer.kind,
        events,
        events / (finished - began),
        all(sum(line[name] for line in lines) == getattr(figures, name) for name in CHECKED),
        used_s / events * 1e6,
    )


def _cpu_s(stack_settings: StackSettings) -> float:
    """CPU seconds of all services, and of the children of this process that have ended."""
    own = os.times()
    return sum(cpu_s(stack_settings).values()) + own.children_user + own.children_system


def _uv() -> str:
    """Where the set-up found or put it."""
    return shutil.which("uv") or str(StackSettings().local_dir / "uv" / "bin" / "uv")


def _output(peer: Peer, command: Sequence[str]) -> str:
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        said, complained = process.communicate(timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise BenchmarkError(f"{peer.name} has not ended within {TIMEOUT_S:.0f} s") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.returncode != 0:
        raise BenchmarkError(f"{peer.name} failed: {complained.strip()[-2_000:]}")
    return said


def _tell(heat: Heat, console: Console) -> None:
    exact = "" if heat.exact else ", and its windows do not hold what they must"
    console.print(f"{heat.contestant}: {heat.events_per_s:,.0f} events/s{exact}")


def ratios(heats: Sequence[Heat]) -> dict[str, list[float]]:
    """By contestant: our rate divided by its, in each repeat."""
    rates: dict[str, list[float]] = {}
    for heat in heats:
        rates.setdefault(heat.contestant, []).append(heat.events_per_s)
    ours = rates[f"WattStream, {OURS}"]
    return {
        name: [our / its for our, its in zip(ours, theirs, strict=True)]
        for name, theirs in rates.items()
    }


def least_ratio(heats: Sequence[Heat], kind: str) -> float | None:
    """The median ratio to the best of a kind of contestant; None if none took part."""
    names = {heat.contestant for heat in heats if heat.kind == kind}
    return min((statistics.median(ratios(heats)[name]) for name in names), default=None)


def content(heats: Sequence[Heat], plan: Plan, command: str) -> dict[str, object]:
    """The outcome as JSON has it."""
    return {
        **origin(command, PROJECT),
        "log": asdict(plan),
        "times_the_best_engine": least_ratio(heats, "engine"),
        "times_the_loop": least_ratio(heats, "loop"),
        "times_the_tuned_loop": least_ratio(heats, "tuned loop"),
        "ratios": ratios(heats),
        "heats": [asdict(heat) for heat in heats],
    }


def table(heats: Sequence[Heat]) -> Table:
    """Every contestant on a terminal: medians, and the spread of the ratios."""
    by_name: Mapping[str, list[Heat]] = {
        name: [heat for heat in heats if heat.contestant == name]
        for name in dict.fromkeys(heat.contestant for heat in heats)
    }
    shown = Table(title="the same work, the same log")
    shown.add_column("contestant")
    for column in ("events/s", "CPU s per million", "ours is so many times", "windows exact"):
        shown.add_column(column, justify="right")
    for name, its in by_name.items():
        ratio = ratios(heats)[name]
        shown.add_row(
            name,
            f"{statistics.median(heat.events_per_s for heat in its):,.0f}",
            f"{statistics.median(heat.cpu_s_per_million for heat in its):.1f}",
            f"{statistics.median(ratio):.2f} ({min(ratio):.2f} to {max(ratio):.2f})",
            "yes" if all(heat.exact for heat in its) else "NO",
        )
    return shown
