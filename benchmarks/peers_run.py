"""`wattstream bench peers`: the same work on the same log, by what a user would pick instead.

The work is `benchmarks/peers/README.md`'s: decode, 5 s windows for each meter, every closed window
to Redis. Ours is the hot job without its other branches; what it does beyond the peers (all that is
known of a meter from its first reading on, state that survives a kill, a newer slice never
overwritten) stays on. All run one after the other, several
times, so that what the machine does meanwhile hits all alike. Each reads for a minute or so: the
slower a peer, the less of the log, from its beginning. What a run costs before it is at full speed
(a JIT compiler, Python workers) weighs the same on all of them.
"""

import os
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context

from rich.console import Console
from rich.table import Table

from adapters.connect import redis_client
from adapters.flink import FlinkError, FlinkRest
from benchmarks import peer_programs
from benchmarks.cpu import cpu_s
from benchmarks.drain import drain, settled
from benchmarks.errors import BenchmarkError
from benchmarks.exclusive import alone
from benchmarks.peer_programs import Peer
from benchmarks.peers.expected import EVERY_WINDOW, Counts, expected, until
from benchmarks.readings_log import Plan, ReadingsLog, filled
from benchmarks.stages import STAGES
from contracts.settings import PROJECT, Settings
from contracts.topics import readings
from infra.provenance import origin
from infra.provision import erase
from infra.settings import StackSettings

RULES = ("slice_ms", "on_time_ms", "slack_ms", "clock_skew_ms")
"""Settings that the peers have as numbers."""
CHECKED = ("windows", "window_readings", "window_readings_squared")
OURS, CEILING = "live", "decode"
"""Stages: the same work, and reading and decoding alone."""


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
    """Of all services and of the peer's processes, their start included."""


def run(
    settings: Settings,
    plan: Plan,
    peers: Sequence[Peer],
    repeats: int,
    console: Console,
) -> Iterator[Heat]:
    """Let all have their turn, as often as `repeats` says.

    Raises:
        BenchmarkError, FlinkError: other jobs run, a rule of time is not the usual one, or a
            contestant fails.
    """
    for name in RULES:
        usual = Settings.model_fields[name].default
        if getattr(settings, name) != usual:
            raise BenchmarkError(
                f"WATTSTREAM_{name.upper()} is {getattr(settings, name)}, and the peers know only "
                f"{usual}: unset it"
            )
    with alone(settings, console, keep_readings=True):
        log = filled(settings, plan, console)
        parts = _all_counted(settings, log, plan, peers, console)
        for peer in peers:
            peer_programs.prepare(peer)
        for _ in range(repeats):
            for stage in (CEILING, OURS):
                yield _our_heat(settings, stage, log, parts[None].counts, console)
            for peer in peers:
                yield _peer_heat(settings, peer, parts[peer], console)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the log that is read, and what the windows must hold then."""

    ends: list[int]
    until_ms: int
    """End of the last window that counts."""
    counts: Counts


def _counted(settings: Settings, log: ReadingsLog, plan: Plan, peer: Peer | None) -> Part:
    """What a peer must count; ours reads all, and the log's last heartbeats close every window."""
    kafka, topic = settings.kafka_bootstrap, readings(settings).name
    share = 1.0 if peer is None else peer.share(plan.seconds)
    ends = [round(end * share) for end in log.ends]
    until_ms = EVERY_WINDOW if peer is None else until(kafka, topic, ends, peer.delay_ms)
    return Part(ends, until_ms, expected(kafka, topic, ends, until_ms))


def _all_counted(
    settings: Settings, log: ReadingsLog, plan: Plan, peers: Iterable[Peer], console: Console
) -> dict[Peer | None, Part]:
    """By peer, None for ours. Peers that read the same have the same part."""
    reads = {peer: (peer.share(plan.seconds), peer.delay_ms) for peer in peers}
    alike = {read: peer for peer, read in reads.items()}
    counted: list[Peer | None] = [None, *alike.values()]
    with (
        console.status("counting what the windows must hold"),
        # librdkafka's threads do not live through a fork.
        ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool,
    ):
        found = pool.map(partial(_counted, settings, log, plan), counted)
        parts = dict(zip(counted, found, strict=True))
    return parts | {peer: parts[alike[read]] for peer, read in reads.items()}


def _our_heat(
    settings: Settings, stage: str, log: ReadingsLog, counts: Counts, console: Console
) -> Heat:
    outcome = drain(settings, STAGES[stage], log, console)
    exact = True
    if stage == OURS:
        exact = outcome.late_dropped == 0 and our_windows(settings) == (
            counts.windows,
            counts.window_readings,
        )
    # The peers run without our jobs beside them.
    erase(settings, keep_readings=True)
    return Heat(
        f"WattStream, {stage}",
        "ceiling" if stage == CEILING else "ours",
        outcome.events,
        outcome.events_per_s,
        exact and not outcome.late_dropped,
        sum(outcome.cpu_s_per_million.values()),
    )


def our_windows(settings: Settings) -> tuple[int | None, int | None]:
    """Windows that the job closed, and readings that went into them: as each window is a meter's
    slice and each reading is in one, more cannot go wrong than one reading in place of another."""
    with FlinkRest(settings) as rest:
        job_id = rest.running(settings.job_name("hot"))
        if job_id is None:
            raise FlinkError(f"{settings.job_name('hot')} is gone")
        windows, readings = (
            settled(rest, [job_id], "WindowAggregate", rf"MeterWindowAggregate\.{metric}")
            for metric in ("slices", "onTime")
        )
    return windows, readings


def _peer_heat(settings: Settings, peer: Peer, part: Part, console: Console) -> Heat:
    prefix = f"{settings.namespace}:peer"
    with redis_client(settings.redis) as client:
        if keys := list(client.scan_iter(f"{prefix}*", count=1_000)):
            client.unlink(*keys)
    arguments = [
        *("--bootstrap", settings.kafka_bootstrap),
        *("--topic", readings(settings).name),
        *("--redis-url", settings.redis.url),
        *("--prefix", prefix),
        *("--ends", ",".join(map(str, part.ends))),
        *("--until-ms", str(part.until_ms)),
    ]
    stack_settings = StackSettings()
    before_s = _all_cpu_s(stack_settings)
    with console.status(peer.name):
        lines = peer_programs.run(peer, arguments)
    used_s = _all_cpu_s(stack_settings) - before_s
    began = min(line["first_s"] for line in lines if line["first_s"] is not None)
    finished = max(line["last_s"] for line in lines if line["last_s"] is not None)
    events = sum(line["messages"] for line in lines)
    return Heat(
        peer.name,
        peer.kind,
        events,
        events / (finished - began),
        all(sum(line[name] for line in lines) == getattr(part.counts, name) for name in CHECKED),
        used_s / events * 1e6,
    )


def _all_cpu_s(stack_settings: StackSettings) -> float:
    """CPU seconds of all services, and of the children of this process that have ended."""
    own = os.times()
    return sum(cpu_s(stack_settings).values()) + own.children_user + own.children_system


def line(heat: Heat) -> str:
    """A heat as it is told when it is over."""
    exact = "" if heat.exact else ", and its windows do not hold what they must"
    return f"{heat.contestant}: {heat.events_per_s:,.0f} events/s{exact}"


def ratios(heats: Sequence[Heat]) -> dict[str, list[float]]:
    """By contestant: our rate divided by its, in each repeat in which both had their turn."""
    rates: dict[str, list[float]] = {}
    for heat in heats:
        rates.setdefault(heat.contestant, []).append(heat.events_per_s)
    ours = rates.get(f"WattStream, {OURS}", [])
    return {
        name: [our / peer for our, peer in zip(ours, theirs, strict=False)]
        for name, theirs in rates.items()
    }


def least_ratio(heats: Sequence[Heat], kind: str) -> float | None:
    """The median ratio to the best of a kind of contestant; None if none took part."""
    names = {heat.contestant for heat in heats if heat.kind == kind}
    told = [ratio for name, ratio in ratios(heats).items() if name in names and ratio]
    return min(map(statistics.median, told), default=None)


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
    for name, ratio in ratios(heats).items():
        own = by_name[name]
        shown.add_row(
            name,
            f"{statistics.median(heat.events_per_s for heat in own):,.0f}",
            f"{statistics.median(heat.cpu_s_per_million for heat in own):.1f}",
            f"{statistics.median(ratio):.2f} ({min(ratio):.2f} to {max(ratio):.2f})"
            if ratio
            else "-",
            "yes" if all(heat.exact for heat in own) else "NO",
        )
    return shown
