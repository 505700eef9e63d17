"""`wattstream bench`: the command line of the benchmarks."""

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console, Group, RenderableType

from adapters.terminal import terminal
from contracts.settings import Settings
from simulators.errors import OptionError, check_known

SHOWN = 20
"""Entries of a list on a terminal, unless all are asked for."""

app = typer.Typer(help="Measure this build on this machine.", no_args_is_help=True)

Namespace = Annotated[
    str, typer.Option("--namespace", "-n", help="Of the benchmark alone: it is emptied.")
]
AsJson = Annotated[bool, typer.Option("--json", help="The result on standard output, as JSON.")]


@app.command()
def pipeline(
    meters: Annotated[int, typer.Option(min=1, help="Meters that read once a second.")] = 100_000,
    seconds: Annotated[int, typer.Option(min=60, help="Seconds of log time.")] = 120,
    scenario: Annotated[
        str | None,
        typer.Option(help="In place of them, one of `wattstream scenarios`, or a TOML file."),
    ] = None,
    stage: Annotated[
        list[str] | None, typer.Option(help="Only this one; may be given more than once.")
    ] = None,
    verify: Annotated[
        bool, typer.Option(help="Compare the stores with the oracle at the end.")
    ] = True,
    as_json: AsJson = False,
    namespace: Namespace = "bench",
) -> None:
    """Drain a log with the product's jobs: each branch more, then all of them."""
    from benchmarks import pipeline as benchmark
    from benchmarks.readings_log import Plan, ScenarioPlan
    from benchmarks.stages import STAGES

    check_known("--stage", stage or (), STAGES)
    plan = Plan(meters, seconds) if scenario is None else ScenarioPlan(scenario)
    outcome = benchmark.run(
        Settings(namespace=namespace),
        plan,
        [STAGES[name] for name in stage or STAGES],
        _console(as_json),
        check=verify,
    )
    if as_json:
        _print_json(benchmark.content(outcome, _command()))
    else:
        terminal().print(*benchmark.tables(outcome))
    raise typer.Exit(1 if outcome.verified is False else 0)


@app.command()
def sustained(
    lowest: Annotated[int, typer.Option(min=1_000, help="Meters that read each second.")] = 20_000,
    highest: Annotated[int, typer.Option(min=1_000, help="Meters.")] = 120_000,
    step: Annotated[int, typer.Option(min=1_000, help="Between one fleet and the next.")] = 10_000,
    as_json: AsJson = False,
    namespace: Namespace = "bench_live",
) -> None:
    """Find the highest rate at which all jobs keep up with a live fleet on this machine."""
    from benchmarks import sustained as benchmark

    if highest < lowest:
        raise OptionError(f"--highest is {highest}: give --lowest ({lowest}) or more")
    meters: int | None = None
    trials: list[benchmark.Trial] = []
    with _reported(
        as_json,
        lambda: benchmark.content(meters, trials, _command()),
        lambda: benchmark.table(meters, trials),
    ):
        meters = benchmark.run(
            Settings(namespace=namespace), lowest, highest, step, trials, _console(as_json)
        )


@app.command()
def latency(
    rate: Annotated[int, typer.Option(min=100, help="What `bench sustained` found.")],
    slice_ms: Annotated[
        list[int] | None, typer.Option(help="Only this one; may be given more than once.")
    ] = None,
    on_time_ms: Annotated[
        list[int] | None, typer.Option(help="Only this bound; may be given more than once.")
    ] = None,
    share: Annotated[
        list[float] | None,
        typer.Option(min=0.01, max=1.0, help="Only this part of the rate; likewise."),
    ] = None,
    as_json: AsJson = False,
    namespace: Namespace = "bench_live",
) -> None:
    """How old live state and history are, by load and by the rules of time."""
    from benchmarks import latency as benchmark

    console = _console(as_json)
    trials: list[benchmark.Trial] = []
    rules = (
        slice_ms or benchmark.SLICES_MS,
        on_time_ms or benchmark.BOUNDS_MS,
        share or benchmark.SHARES,
    )
    with _reported(
        as_json,
        lambda: benchmark.content(rate, trials, _command()),
        lambda: benchmark.table(trials),
    ):
        for trial in benchmark.run(Settings(namespace=namespace), rate, *rules, console):
            trials.append(trial)
            console.print(benchmark.table([trial]))


@app.command()
def scale(
    meters: Annotated[
        list[int] | None,
        typer.Option(help="Only a fleet of this size; may be given more than once."),
    ] = None,
    as_json: AsJson = False,
    namespace: Namespace = "bench",
) -> None:
    """What more meters and another parallelism cost."""
    from benchmarks import scale as benchmark

    check_known("--meters", meters or (), benchmark.PLANS)
    plans = [benchmark.PLANS[each] for each in meters or benchmark.PLANS]
    console = _console(as_json)
    points: list[benchmark.Point] = []
    with _reported(
        as_json,
        lambda: benchmark.content(points, _command()),
        lambda: benchmark.table(points),
    ):
        for point in benchmark.run(Settings(namespace=namespace), plans, console):
            points.append(point)
            console.print(benchmark.table([point]))


@app.command()
def peers(
    meters: Annotated[int, typer.Option(min=1, help="Meters that read once a second.")] = 100_000,
    seconds: Annotated[int, typer.Option(min=60, help="Seconds of log time.")] = 240,
    repeats: Annotated[int, typer.Option(min=1, help="Turns of each.")] = 3,
    peer: Annotated[
        list[str] | None, typer.Option(help="Only this one; may be given more than once.")
    ] = None,
    as_json: AsJson = False,
    namespace: Namespace = "bench",
) -> None:
    """The same work by what a user would pick instead: bytewax, Quix Streams, pathway, a loop."""
    from benchmarks import peers_run as benchmark
    from benchmarks.peer_programs import PEER_PROGRAMS
    from benchmarks.readings_log import Plan

    known = {each.name: each for each in PEER_PROGRAMS}
    check_known("--peer", peer or (), known, separator="; ")
    plan = Plan(meters, seconds)
    console = _console(as_json)
    heats: list[benchmark.Heat] = []
    chosen = [known[name] for name in peer or known]
    with _reported(
        as_json,
        lambda: benchmark.content(heats, plan, _command()),
        lambda: benchmark.table(heats),
    ):
        for heat in benchmark.run(Settings(namespace=namespace), plan, chosen, repeats, console):
            heats.append(heat)
            console.print(benchmark.line(heat))
    raise typer.Exit(0 if all(heat.exact for heat in heats) else 1)


@app.command()
def layouts(
    meters: Annotated[int, typer.Option(min=1)] = 20_000,
    minutes: Annotated[int, typer.Option(min=1)] = 3,
    as_json: AsJson = False,
    namespace: Namespace = "bench_layouts",
) -> None:
    """What a row of history costs Cassandra by the partition that it goes to."""
    from benchmarks import layouts as benchmark

    costs = list(benchmark.run(Settings(namespace=namespace), meters, minutes, _console(as_json)))
    if as_json:
        _print_json(benchmark.content(costs, _command()))
    else:
        terminal().print(benchmark.table(costs))


@app.command()
def digest(
    meters: Annotated[int, typer.Option(min=1)] = 100_000,
    areas: Annotated[
        list[int] | None,
        typer.Option(min=1, max=200_000, help="Over which; may be given more than once."),
    ] = None,
    as_json: AsJson = False,
    namespace: Namespace = "bench_digest",
) -> None:
    """What a pass of the digest over live state costs: with Redis alone."""
    from benchmarks import digest as benchmark

    settings = Settings(namespace=namespace)
    outcome = benchmark.run(settings, meters, areas or benchmark.AREAS, _console(as_json))
    if as_json:
        _print_json(benchmark.content(outcome, _command()))
    else:
        terminal().print(benchmark.table(outcome))


@app.command()
def queries(
    meters: Annotated[int, typer.Option(min=2_000, help="That read each 5 s.")] = 100_000,
    rate: Annotated[float, typer.Option(min=1, help="Requests a second.")] = 500,
    streams: Annotated[int, typer.Option(min=0, max=1_000, help="Held beside them.")] = 200,
    seconds: Annotated[float, typer.Option(min=5, help="Of each trial.")] = 60,
    as_json: AsJson = False,
    namespace: Namespace = "bench_live",
) -> None:
    """How fast the API answers beside a live fleet, with priority and without; exits 1 above the
    bar."""
    from benchmarks import queries as benchmark

    console, plan = _console(as_json), benchmark.Plan(meters, rate, streams, seconds)
    trials: list[benchmark.Trial] = []
    with _reported(
        as_json,
        lambda: benchmark.content(plan, trials, _command()),
        lambda: Group(*benchmark.tables(trials)),
    ):
        for trial in benchmark.run(Settings(namespace=namespace), plan, console):
            trials.append(trial)
            console.print(*benchmark.tables([trial]))
    raise typer.Exit(0 if benchmark.fast_enough(trials) else 1)


@app.command()
def losses(
    file: Annotated[Path, typer.Argument(help="Half-hours: CSV as of Low Carbon London.")],
    feeders: Annotated[int, typer.Option(min=1, help="Honest ones; as many have thieves.")] = 200,
    wander: Annotated[
        list[float] | None,
        typer.Option(min=0, help="Slow error of supplies, a share; may be given more than once."),
    ] = None,
    away: Annotated[
        float, typer.Option(min=0, max=1, help="Share of its days that a home is not heard.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Of feeders, thieves and errors.")] = 5,
    as_json: AsJson = False,
) -> None:
    """How well losses of feeders are found, and who is suspected: without any of the jobs."""
    from benchmarks import feeder_losses as benchmark

    homes = benchmark.homes_of(file)
    outcomes = {
        each: benchmark.outcome(
            benchmark.run(homes, feeders, benchmark.Errors(wander=each, away=away), seed)
        )
        for each in wander or (0.005, 0.01, 0.02)
    }
    if as_json:
        _print_json(benchmark.content(outcomes, _command()))
    else:
        terminal().print(benchmark.table(outcomes))


@app.command()
def estimates(
    file: Annotated[Path, typer.Argument(help="Half-hours: CSV as of Low Carbon London.")],
    tariff: Annotated[
        Path | None, typer.Option(help="CSV: TariffDateTime, Tariff (High, Normal, Low).")
    ] = None,
    time_zone: Annotated[str, typer.Option(help="Of the homes.")] = "Europe/London",
    seed: Annotated[int, typer.Option(help="Of gaps.")] = 1,
    as_json: AsJson = False,
) -> None:
    """How good estimates of what meters did not say are, against what they did."""
    from benchmarks import estimates as benchmark

    homes = benchmark.homes_of(file)
    prices = None if tariff is None else benchmark.prices_of(tariff, homes)
    lacks = benchmark.lacks_of(file, time_zone)
    outcomes = benchmark.run(homes, time_zone=time_zone, prices=prices, seed=seed)
    if as_json:
        _print_json(benchmark.content(lacks, outcomes, _command()))
    else:
        terminal().print(benchmark.table(lacks, outcomes))


@app.command()
def files(
    meters: Annotated[int, typer.Option(min=1, help="In the file.")] = 120,
    days: Annotated[int, typer.Option(min=1, help="Of half-hours.")] = 365,
    as_json: AsJson = False,
) -> None:
    """How fast files are read and held against what is known, and in how much memory."""
    from benchmarks import files as benchmark

    outcome = benchmark.run(meters, days)
    if as_json:
        _print_json(benchmark.content(outcome, _command()))
    else:
        terminal().print(benchmark.table(outcome))


@app.command()
def imports(
    meters: Annotated[int, typer.Option(min=1, help="In the file.")] = 10_000,
    days: Annotated[int, typer.Option(min=1, help="Of half-hours.")] = 365,
    as_json: AsJson = False,
    namespace: Namespace = "bench_imports",
) -> None:
    """How long a file of half-hours takes until all of it is in history, through the stack."""
    from benchmarks import imports as benchmark

    settings = Settings(namespace=namespace, readings_timestamp_type="LogAppendTime")
    outcome = benchmark.run(settings, meters, days, _console(as_json))
    if as_json:
        _print_json(benchmark.content(outcome, _command()))
    else:
        terminal().print(benchmark.tables(outcome))
    raise typer.Exit(0 if outcome.right else 1)


@app.command()
def bridge(
    messages: Annotated[int, typer.Option(min=1_000, help="Of each kind of devices.")] = 60_000,
    profile: Annotated[
        list[str] | None, typer.Option(help="Only this kind; may be given more than once.")
    ] = None,
    as_json: AsJson = False,
    namespace: Namespace = "bench_bridge",
) -> None:
    """How many messages of MQTT devices one bridge brings into the log each second; exits 1 if any
    is not there, or is there twice."""
    from benchmarks import bridge as benchmark
    from benchmarks.bridge_devices import KINDS

    check_known("--profile", profile or (), KINDS)
    settings = Settings(namespace=namespace, readings_timestamp_type="LogAppendTime")
    console = _console(as_json)
    trials: list[benchmark.Trial] = []
    with _reported(
        as_json,
        lambda: benchmark.content(trials, _command()),
        lambda: benchmark.table(trials),
    ):
        for trial in benchmark.run(settings, profile or list(KINDS), messages, console):
            trials.append(trial)
            console.print(benchmark.table([trial]))
    raise typer.Exit(0 if all(each.right for each in trials) else 1)


@app.command()
def silences(
    file: Annotated[Path, typer.Argument(help="Half-hours: CSV as of Low Carbon London.")],
    all_: Annotated[bool, typer.Option("--all", help="Lists in full.")] = False,
    as_json: AsJson = False,
) -> None:
    """Which homes of a file are told of as silent: by the oracle, without any of the jobs."""
    from benchmarks import london_silences as benchmark

    outcome = benchmark.run(file, _console(as_json))
    if as_json:
        _print_json(benchmark.content(outcome, file, _command()))
    else:
        terminal().print(benchmark.tables(outcome, None if all_ else SHOWN))


@app.command()
def models(
    meters: Annotated[int, typer.Option(min=1, help="Of each version.")] = 100_000,
    rows: Annotated[int, typer.Option(min=1, help="Hours of a batch.")] = 1_000,
    as_json: AsJson = False,
) -> None:
    """How long who judges hours waits for a new version of the model: without any of the jobs."""
    from benchmarks import model_loads as benchmark

    outcome = benchmark.run(meters, rows)
    if as_json:
        _print_json(benchmark.content(outcome, _command()))
    else:
        terminal().print(benchmark.table(outcome))


@app.command()
def bills(
    file: Annotated[Path, typer.Argument(help="Half-hours: CSV as of Low Carbon London.")],
    homes: Annotated[int, typer.Option(min=1, help="Of the fleet.")] = 100_000,
    as_json: AsJson = False,
) -> None:
    """How long billing takes: London's homes for a year, and a fleet for a month, from an archive
    to what each customer owes."""
    from benchmarks import bills as benchmark

    a_year = benchmark.year(file)
    a_month = benchmark.month(file, homes, _console(as_json))
    if as_json:
        _print_json(benchmark.content(a_month, a_year, _command()))
    else:
        terminal().print(benchmark.table(a_month, a_year))


def _console(as_json: bool) -> Console:
    """Progress goes where it does not mix with a result that a program reads."""
    return terminal(stderr=as_json)


@contextmanager
def _reported(
    as_json: bool, content: Callable[[], object], table: Callable[[], RenderableType]
) -> Iterator[None]:
    """The outcome at the end, or what there is of it by then: these runs take long."""
    try:
        yield
    finally:
        if as_json:
            _print_json(content())
        else:
            terminal().print(table())


def _print_json(content: object) -> None:
    sys.stdout.buffer.write(orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n")


def _command() -> str:
    return shlex.join(["wattstream", *sys.argv[1:]])
