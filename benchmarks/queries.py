"""`wattstream bench queries`: how fast the API answers beside a live fleet, and what that takes.

Requests come by a schedule (`benchmarks.query_load`), and streams are held beside them, while all
jobs keep up with a fleet: first nothing is asked, then the same load is put on the API with and
without priority for it and Redis (`infra.local.priority`).
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import httpx
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from adapters.connect import async_redis_client
from adapters.redis_access import keep
from benchmarks.errors import BenchmarkError
from benchmarks.exclusive import alone
from benchmarks.live_fleet import LiveFleet, live
from benchmarks.query_history import fill, with_history
from benchmarks.query_load import Asked, Load, RunningLoad
from benchmarks.query_mix import ENDPOINTS, PAST_DAYS, World
from benchmarks.query_streams import Heard
from benchmarks.query_watch import Watched, watch
from contracts.access import MOST_PER_SECOND, new_credential
from contracts.settings import PROJECT, Settings
from contracts.time import DAY_MS
from infra.local import priority, processes
from infra.local.services import TABLE
from infra.provenance import origin
from infra.settings import StackSettings
from simulators.fleet.registry import Registry

CADENCE = "5s"
ZONE = ZoneInfo("Europe/London")
"""Of the fleet's meters."""
WARM_UP_S = 15.0
"""Of a load: connections are made, and statements prepared."""
STEADY_S = 60.0
"""Of the fleet, and of Cassandra after the history was written."""
READY_S = 240.0
STREAMS_A_TOKEN = 4
TOPICS = "fleet,areas:electricity@4,top,alerts"
"""What the control room listens to."""
LEAST_BARS = 40
"""Of a day by half-hours, which must have history for its time to say anything."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of a fleet."""

    meters: int
    per_second: float
    streams: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Answers:
    """How one endpoint answered."""

    kind: str
    bar_ms: float
    asked: int
    errors: int
    """Answers of another status than 200, and those that did not come."""
    p50_ms: float
    p99_ms: float
    max_ms: float

    @property
    def passes(self) -> bool:
        """Whether all came, and 99 % of them in time."""
        return self.asked > 0 and not self.errors and self.p99_ms <= self.bar_ms


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds."""

    p50_ms: float
    p99_ms: float
    samples: int


@dataclass(frozen=True, slots=True)
class Streams:
    """How streams did."""

    asked_for: int
    opened: int
    lost: int
    events_per_s: float
    mib_per_s: float
    slice_to_client: Spread | None
    """From the end of a slice to what the fleet drew in it, at the client."""
    server_to_client: Spread | None
    """From the look of the server at its clock to the client: what the stream itself takes."""

    @property
    def well(self) -> bool:
        """Whether all were open to the end."""
        return self.opened == self.asked_for and not self.lost


@dataclass(frozen=True, slots=True)
class Trial:
    """A time in which something was asked, or nothing."""

    nices: dict[str, int]
    """How nice each service's session was that has priority, or none."""
    answers: list[Answers]
    """Empty if nothing was asked."""
    behind_p99_ms: float | None
    """How much after they were due 99 % of the requests were sent at most."""
    streams: Streams | None
    watched: Watched

    @property
    def name(self) -> str:
        """In words."""
        if not self.answers:
            return "nothing asked"
        return "with priority" if any(self.nices.values()) else "without priority"

    @property
    def passes(self) -> bool:
        """Whether all endpoints were fast enough, and no stream was lost."""
        well = self.streams is None or self.streams.well
        return well and all(each.passes for each in self.answers)


def fast_enough(trials: Sequence[Trial]) -> bool:
    """Whether the load was answered in time as the stack is set up; what it is without priority is
    told, and no bar."""
    loaded = [each for each in trials if each.answers]
    return bool(loaded) and loaded[0].passes


def run(settings: Settings, plan: Plan, console: Console) -> Iterator[Trial]:
    """Nothing asked, the load with priority, and without it where there is any.

    Raises:
        BenchmarkError, FlinkError: other jobs run, one of these fails, or the API does not answer
            as it must.
    """
    registries: list[Registry] = []
    with (
        alone(settings, console, keep_readings=False),
        live(
            settings,
            plan.meters,
            console,
            cadence=CADENCE,
            prepare=partial(_prepare, settings, registries, console),
        ) as running,
    ):
        world = world_of(registries[0])
        tokens = make_tokens(settings, -(-plan.streams // STREAMS_A_TOKEN) or 1)
        load = Load(
            settings.api.url,
            tuple(tokens),
            world,
            plan.per_second,
            plan.streams,
            TOPICS,
            WARM_UP_S,
            plan.seconds,
        )
        await_answers(load, len(registries[0]), READY_S, running.fleet.raise_error, console)
        with console.status("the fleet gets steady"):
            time.sleep(STEADY_S)
        yield _idle(settings, plan, running, console)
        yield _loaded(settings, load, running, console)
        with without_priority() as had_any:
            if had_any:
                yield _loaded(settings, load, running, console)


def _prepare(
    settings: Settings, registries: list[Registry], console: Console, registry: Registry
) -> None:
    registries.append(registry)
    ids = world_of(registry).with_history
    now_ms = time.time_ns() // 1_000_000
    with console.status(f"history of {len(ids):,} meters"):
        rows = fill(settings, ids, now_ms - (PAST_DAYS + 2) * DAY_MS, now_ms)
    console.print(f"{rows:,} rows of history for {len(ids):,} meters")


def world_of(registry: Registry) -> World:
    """What may be asked of a fleet.

    Raises:
        BenchmarkError: it is so small that no meter has history.
    """
    electric = registry.is_commodity("electricity") & ~registry.is_export
    ids = [each.decode() for each in registry.meter_id[electric].tolist()]
    found = with_history(ids)
    if not found:
        raise BenchmarkError(
            f"none of {len(ids):,} meters would have history: give --meters 2000 or more"
        )
    areas = sorted({each.decode() for each in registry.area[electric].tolist()})
    return World(tuple(ids), tuple(areas), tuple(found), datetime.now(ZONE).date())


def make_tokens(settings: Settings, number: int) -> list[str]:
    """Tokens of operators, who may ask as often as anybody may."""

    async def make() -> list[str]:
        client, texts = async_redis_client(settings.redis), []
        try:
            for each in range(number):
                credential, text = new_credential(
                    settings.namespace,
                    "token",
                    name=f"load {each}",
                    role="operator",
                    now_ms=time.time_ns() // 1_000_000,
                    per_second=MOST_PER_SECOND,
                )
                await keep(client, settings.namespace, credential)
                texts.append(text)
        finally:
            await client.aclose()
        return texts

    return asyncio.run(make())


def await_answers(
    load: Load, meters: int, timeout_s: float, check: Callable[[], None], console: Console
) -> None:
    """Wait until all that is asked has an answer that says something.

    Args:
        meters: How many the fleet must know.
        check: Raises what must end it.

    Raises:
        BenchmarkError: it does not come to that.
    """
    deadline_s = time.monotonic() + timeout_s
    headers = {"Authorization": f"Bearer {load.tokens[0]}"}
    with (
        httpx.Client(base_url=load.url, headers=headers, timeout=30.0) as client,
        console.status("the API gets to know the fleet"),
    ):
        while (reason := _missing(client, load.world, meters)) is not None:
            check()
            if time.monotonic() > deadline_s:
                raise BenchmarkError(f"the API does not answer as it must: {reason}")
            time.sleep(1.0)


def _missing(client: httpx.Client, world: World, meters: int) -> str | None:
    try:
        fleet = client.get("/v1/fleet/now").raise_for_status().json()
        known = sum(each["known"] for each in fleet["items"])
        if fleet["clock"]["state"] != "current" or known < meters:
            return f"{known:,} of {meters:,} meters, stream {fleet['clock']['state']}"
        for meter in (world.meters[0], world.meters[-1]):
            client.get(f"/v1/meters/{meter}/now").raise_for_status()
        client.get(f"/v1/areas/{world.areas[0]}/now").raise_for_status()
        yesterday = world.today.fromordinal(world.today.toordinal() - 1)
        span = f"start={yesterday}T00:00:00&end={world.today}T00:00:00"
        day = client.get(f"/v1/meters/{world.with_history[0]}/energy?{span}").raise_for_status()
        bars = sum(each["energy_wh"] is not None for each in day.json()["items"])
        return None if bars >= LEAST_BARS else f"a day of history has {bars} half-hours"
    except httpx.HTTPError as error:
        return str(error)


def _idle(settings: Settings, plan: Plan, running: LiveFleet, console: Console) -> Trial:
    with console.status("nothing is asked"):
        watched = watch(settings, plan.seconds, running.fleet.raise_error)
    return Trial(nices(), [], None, None, watched)


def _loaded(settings: Settings, load: Load, running: LiveFleet, console: Console) -> Trial:
    how = nices()
    what = f"{load.per_second:,.0f} requests/s, {load.streams} streams, nice {how}"
    with console.status(what), RunningLoad(load) as under_way:
        watched = watch(settings, load.seconds, running.fleet.raise_error)
        asked, heard = under_way.outcome()
    return trial_of(how, asked, heard, load.seconds, watched)


def trial_of(
    how: Mapping[str, int], asked: Asked, heard: Heard, seconds: float, watched: Watched
) -> Trial:
    """What came of a load."""
    ms = asked.seconds * 1_000
    behind = asked.behind_s * 1_000
    return Trial(
        dict(how),
        [_answers(place, asked, ms) for place in range(len(ENDPOINTS))],
        float(np.percentile(behind, 99)) if len(behind) else None,
        Streams(
            heard.asked_for,
            heard.opened,
            heard.lost,
            heard.events / seconds,
            heard.body_bytes / 2**20 / seconds,
            _spread(heard.slice_to_client_ms),
            _spread(heard.server_to_client_ms),
        ),
        watched,
    )


def _answers(place: int, asked: Asked, ms: NDArray[np.float64]) -> Answers:
    endpoint, own = ENDPOINTS[place], asked.endpoint == place
    p50, p99, most = (
        np.percentile(ms[own], (50, 99, 100)).tolist() if own.any() else (0.0, 0.0, 0.0)
    )
    return Answers(
        endpoint.kind,
        endpoint.bar_ms,
        int(own.sum()),
        int((asked.status[own] != 200).sum()),
        p50,
        p99,
        most,
    )


def _spread(samples: Sequence[float]) -> Spread | None:
    if not samples:
        return None
    p50, p99 = np.percentile(samples, (50, 99)).tolist()
    return Spread(p50, p99, len(samples))


def nices() -> dict[str, int]:
    """How nice each service is that may go first or last."""
    return {name: nice for name, (_, nice) in _sessions().items()}


@contextmanager
def without_priority() -> Iterator[bool]:
    """All services alike, and as before afterwards; whether that is another state."""
    before = _sessions()
    try:
        for pid, _ in before.values():
            priority.give(pid, 0)
        yield any(nice for _, nice in before.values())
    finally:
        for pid, nice in before.values():
            priority.give(pid, nice)


def _sessions() -> dict[str, tuple[int, int]]:
    """Process and niceness of the services that may have another one than others have."""
    found, stack = {}, StackSettings()
    for name in TABLE:
        process = processes.running(stack.record(name))
        if process is not None and name in PRIORITISED:
            with suppress(ProcessLookupError):
                found[name] = process.pid, priority.nice_of(process.pid)
    return found


PRIORITISED = ("redis", "api", "cassandra", "flink-taskmanager")


def content(plan: Plan, trials: Sequence[Trial], command: str) -> dict[str, object]:
    """The outcome as JSON has it."""
    return {
        **origin(command, PROJECT),
        "plan": asdict(plan),
        "trials": [
            {
                "name": each.name,
                "passes": each.passes,
                **asdict(each),
                "jobs_cpu_s_per_million": each.watched.jobs_cpu_s_per_million,
            }
            for each in trials
        ],
    }


def tables(trials: Sequence[Trial]) -> Iterator[Table]:
    """Every trial on a terminal of 80 columns: answers, then what the trials took."""
    for trial in trials:
        if trial.answers:
            yield _answers_table(trial)
    if trials:
        yield _taken_table(trials)


def _answers_table(trial: Trial) -> Table:
    shown = Table(title=f"answers in ms, {trial.name}", caption=_caption(trial))
    shown.add_column("asked for")
    for column in ("times", "errors", "p50", "p99", "most", "bar"):
        shown.add_column(column, justify="right")
    for each in trial.answers:
        shown.add_row(
            each.kind,
            f"{each.asked:,}",
            f"{each.errors:,}",
            f"{each.p50_ms:.1f}",
            f"{each.p99_ms:.1f}",
            f"{each.max_ms:.1f}",
            f"{each.bar_ms:.0f}",
            style=None if each.passes else "red",
        )
    return shown


def _caption(trial: Trial) -> str:
    lines = [", ".join(f"{name} {nice:+d}" for name, nice in trial.nices.items())]
    if trial.behind_p99_ms is not None:
        lines.append(f"99 % of the requests were sent within {trial.behind_p99_ms:.1f} ms")
    if (streams := trial.streams) is not None:
        lines.append(
            f"{streams.opened} of {streams.asked_for} streams open, {streams.lost} lost, "
            f"{streams.events_per_s:,.0f} events/s"
        )
        for what, spread in (
            ("end of a slice to client", streams.slice_to_client),
            ("server to client", streams.server_to_client),
        ):
            if spread is not None:
                lines.append(f"{what}: p50 {spread.p50_ms:,.0f} ms, p99 {spread.p99_ms:,.0f} ms")
    return "\n".join(lines)


def _taken_table(trials: Sequence[Trial]) -> Table:
    shown = Table(title="processors taken, and what the jobs read")
    shown.add_column("")
    for each in trials:
        shown.add_column(each.name, justify="right")
    names = sorted({name for each in trials for name in each.watched.cores})
    for name in names:
        shown.add_row(name, *(f"{each.watched.cores.get(name, 0.0):.2f}" for each in trials))
    shown.add_section()
    shown.add_row("readings/s sent", *(f"{each.watched.sent_per_s:,.0f}" for each in trials))
    for job in trials[0].watched.read_per_s:
        shown.add_row(
            f"readings/s read by {job}",
            *(f"{each.watched.read_per_s[job]:,.0f}" for each in trials),
        )
        shown.add_row(
            f"{job} behind at the end", *(f"{each.watched.behind[job]:,}" for each in trials)
        )
    shown.add_row(
        "CPU s of jobs per million readings",
        *(f"{each.watched.jobs_cpu_s_per_million:.1f}" for each in trials),
    )
    return shown
