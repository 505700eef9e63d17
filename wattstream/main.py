"""The command `wattstream`: composes the parts, and nothing else.

Exit codes: 0 as asked; 1 it ran and the answer is no (something is down, a total differs, a service
failed); 2 the request cannot be carried out as it stands; 130 stopped by Ctrl-C.
"""

# Commands import what they need themselves: polars, pyarrow and the clients of the services take
# seconds to load, and no command should wait for what it does not use.

import os
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from pydantic import ValidationError
from pydantic_settings.sources import read_env_file
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from contracts.errors import OperationError, RequestError
from contracts.settings import PROJECT, Settings
from infra.configuration import problems, unknown_variables
from simulators.errors import OptionError, check_known
from wattstream.commands.bench import app as bench

if TYPE_CHECKING:
    from simulators.run.summary import Summary

console = Console()
app = typer.Typer(
    help="Smart-meter readings, live, turned into state, history, alerts and bills.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
replay = typer.Typer(help="Replay readings of real meters.", no_args_is_help=True)
app.add_typer(replay, name="replay")
app.add_typer(bench, name="bench")

Namespace = Annotated[
    str | None,
    typer.Option("--namespace", "-n", help="Prefix of topics, keys, keyspace and jobs."),
]
Late = Annotated[float, typer.Option(help="Share of readings that come a minute to days late.")]
Repeat = Annotated[float, typer.Option(help="Share of messages that come twice.")]
Malformed = Annotated[float, typer.Option(help="Share of messages that arrive broken.")]
SomeLate = Annotated[
    float | None,
    typer.Option(help="Share of readings that come late: by a minute to days, live by 10 to 40 s."),
]
SomeRepeated = Annotated[float | None, typer.Option(help="Share of messages that come twice.")]
SomeMalformed = Annotated[float | None, typer.Option(help="Share of messages that arrive broken.")]
TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M"]
Seed = Annotated[int, typer.Option(help="The same seed sends the same messages.")]


def _settings(namespace: str | None) -> Settings:
    return Settings() if namespace is None else Settings(namespace=namespace)


@app.command()
def up() -> None:
    """Start the services on this machine, and create the topics and tables."""
    from infra.local import stack
    from infra.provision import provision

    settings = _settings(None)
    stack.up(settings, console)
    provision(settings)


@app.command()
def status() -> None:
    """Show what runs, where it listens and what it takes."""
    from infra.local import stack
    from infra.local.status_table import status_table

    states = stack.status(_settings(None))
    console.print(status_table(states))
    raise typer.Exit(0 if all(state.ready for state in states) else 1)


@app.command()
def down() -> None:
    """Stop what `up` started. Data stays, and jobs that ran go on after the next `up`."""
    from infra.local import stack

    stopped = stack.down()
    console.print(f"stopped {', '.join(stopped)}" if stopped else "nothing was running")


@app.command()
def reset(
    namespace: Namespace = None,
    keep_readings: Annotated[
        bool,
        typer.Option("--keep-readings", help="Only what jobs made: `submit` computes it anew."),
    ] = False,
    all_: Annotated[bool, typer.Option("--all", help="Stop the stack, delete all data.")] = False,
) -> None:
    """Empty a namespace: end its jobs, delete its topics, keys, keyspace, archive, recordings."""
    from infra.local import stack
    from infra.provision import erase, provision

    if all_ and keep_readings:
        raise OptionError("--keep-readings is given with --all, which keeps nothing: give one")
    settings = _settings(namespace)
    if all_:
        stack.wipe(settings)
        console.print("the stack is down, and all data is deleted")
    else:
        erase(settings, keep_readings=keep_readings)
        provision(settings)
        left = "has what was sent to it, and nothing else" if keep_readings else "is empty"
        console.print(f"namespace {settings.namespace} {left}")


@app.command("provision")
def provision_(namespace: Namespace = None) -> None:
    """Create a namespace's topics, keyspace and tables; `up` and `submit` do so too."""
    from infra.provision import provision

    provision(_settings(namespace))


@app.command()
def submit(
    namespace: Namespace = None,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="State to start from: `latest` savepoint or checkpoint, or a file `stop` wrote.",
        ),
    ] = None,
    parallelism: Annotated[
        int | None, typer.Option(min=1, help="Parallel instances of each task.")
    ] = None,
) -> None:
    """Submit the hot, the cold and the history job with `flink run`."""
    from infra.flink import submission
    from infra.provision import provision

    settings = _settings(namespace)
    savepoints: dict[str, str] = {}
    if from_ == "latest":
        savepoints = submission.latest_state(settings)
    elif from_ is not None:
        savepoints = submission.read_savepoints(Path(from_))
    provision(settings)
    jobs = submission.submit(settings, console, savepoints, parallelism=parallelism)
    for job, job_id in jobs.items():
        console.print(f"{settings.job_name(job)} runs: {settings.flink_rest_url}/#/job/{job_id}")


@app.command()
def stop(
    namespace: Namespace = None,
    savepoint: Annotated[bool, typer.Option(help="Keep the state to start from.")] = False,
) -> None:
    """Stop the jobs; with --savepoint so that `submit --from latest` goes on."""
    from infra.flink import submission

    submission.stop(_settings(namespace), console, with_savepoint=savepoint)


@replay.command("lcl")
def replay_lcl(
    file: Annotated[Path, typer.Argument(help="Low Carbon London CSV, plain or gzip.")],
    start: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    end: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    late: Late = 0.0,
    late_max: Annotated[str, typer.Option(help="Largest lateness, such as 6h or 3d.")] = "3d",
    repeat: Repeat = 0.0,
    malformed: Malformed = 0.0,
    seed: Seed = 1,
    speed: Annotated[
        str, typer.Option(help="`real`, `max`, or simulated seconds a second.")
    ] = "max",
    namespace: Namespace = None,
) -> None:
    """Replay half-hourly readings of London homes, from --start up to but without --end."""
    from simulators.london.replay import replay_london

    summary = replay_london(
        _settings(namespace),
        file,
        start=start.date() if start else None,
        end=end.date() if end else None,
        late=late,
        late_max=late_max,
        repeat=repeat,
        malformed=malformed,
        seed=seed,
        speed=speed,
        console=console,
    )
    _end_of_run(summary)


@app.command()
def simulate(
    scenario: Annotated[
        str | None,
        typer.Option(
            help="A ready scenario (`wattstream scenarios` lists them) or a TOML file; what else "
            "is given takes the place of the file's."
        ),
    ] = None,
    meters: Annotated[int | None, typer.Option(help="How many meters.")] = None,
    profile: Annotated[str | None, typer.Option(help="`london`, `legacy-a` or `legacy-d`.")] = None,
    place: Annotated[
        str | None, typer.Option(help="`london`, `us`, or south,west,north,east in degrees.")
    ] = None,
    commodity: Annotated[
        str | None, typer.Option(help="`electricity`, `gas`, `water` or `mixed`.")
    ] = None,
    cadence: Annotated[str | None, typer.Option(help="`1s`, `5s`, `1m`, `30m` or `mixed`.")] = None,
    solar: Annotated[float | None, typer.Option(help="Share of households with panels.")] = None,
    ev: Annotated[float | None, typer.Option(help="Share of households that charge a car.")] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            help="How long: in real time or at a --rate as the clock on the wall, at --rate max "
            "and with a scenario as the meters' clocks; until Ctrl-C if absent."
        ),
    ] = None,
    rate: Annotated[
        str | None,
        typer.Option(help="Readings a second, or `max`; as the meters read if absent."),
    ] = None,
    processes: Annotated[int, typer.Option(help="Parallel processes.")] = 1,
    start: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"],
            help="When the meters begin, UTC; now, or with --rate always the same Monday.",
        ),
    ] = None,
    late: SomeLate = None,
    late_max: Annotated[
        str | None, typer.Option(help="Largest lateness; 40s in real time, else 3d.")
    ] = None,
    repeat: SomeRepeated = None,
    malformed: SomeMalformed = None,
    seed: Annotated[int | None, typer.Option(help="The same seed sends the same messages.")] = None,
    settle: Annotated[
        bool | None,
        typer.Option(help="Deliver all and close all windows at the end; usual with --rate."),
    ] = None,
    record: Annotated[
        bool, typer.Option(help="Write down what is sent; --no-record rules `verify` out.")
    ] = True,
    namespace: Namespace = None,
) -> None:
    """Run a fleet of simulated meters: live, at a rate, or as fast as possible (load test)."""
    from simulators.run.request import FleetOptions, RunOptions, requested_run
    from simulators.run.simulation import run_simulation

    settings = _settings(namespace)
    fleet = FleetOptions(
        meters=meters,
        profile=profile,
        place=place,
        commodity=commodity,
        cadence=cadence,
        solar=solar,
        ev=ev,
    )
    options = RunOptions(
        fleet=fleet,
        scenario=scenario,
        seed=seed,
        start=start.replace(tzinfo=UTC) if start else None,
        seconds=seconds,
        rate=rate,
        late=late,
        late_max=late_max,
        repeat=repeat,
        malformed=malformed,
        processes=processes,
        settle=settle,
        record=record,
    )
    summary = run_simulation(settings, requested_run(settings, options), console)
    _end_of_run(summary)


def _end_of_run(summary: "Summary") -> None:
    from simulators.run.summary import show_summary

    show_summary(summary, console)
    if summary.interrupted:
        raise typer.Exit(130)


@app.command()
def pace(namespace: Namespace = None) -> None:
    """Write heartbeats into partitions that go quiet while others go on, until Ctrl-C; in every
    namespace unless one is given."""
    import logging

    from services.pacemaker.pacemaker import pace as run
    from simulators.signals import stop_on_interrupt

    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    with stop_on_interrupt() as stop:
        run(_settings(namespace), stop, only_this_namespace=namespace is not None)


@app.command()
def scenarios() -> None:
    """List the ready scenarios for `simulate --scenario`."""
    from simulators.run.scenario import ready_scenarios

    listed = Table(box=None, show_header=False)
    for scenario in ready_scenarios():
        listed.add_row(f"[bold]{scenario.name}[/bold]", escape(scenario.description))
    console.print(listed)


@app.command()
def watch(namespace: Namespace = None) -> None:
    """Show progress and live state until Ctrl-C."""
    from infra.flink import submission
    from simulators.signals import stop_on_interrupt
    from wattstream import demo
    from wattstream.watch import Watch

    settings = _settings(namespace)
    with stop_on_interrupt() as stop, Watch(settings, submission.running(settings)) as picture:
        demo.show(picture, console, stop)


@app.command("demo")
def demo_(
    seconds: Annotated[
        float | None, typer.Option(help="End after this long, with verification.")
    ] = None,
) -> None:
    """Start all, replay London in January 2013, then a live fleet, and show it as it happens."""
    from wattstream import demo

    settings = Settings(namespace=demo.NAMESPACE)
    raise typer.Exit(0 if demo.run(settings, console, seconds) else 1)


@app.command("compact")
def compact_(
    namespace: Namespace = None,
    keep_minutes: Annotated[
        float,
        typer.Option(min=0, help="How long replaced files stay for readers that began before."),
    ] = 60.0,
) -> None:
    """Merge the archive's small files into one for each day; jobs and readers may go on."""
    from adapters.archive.compaction import compact

    outcome = compact(_settings(namespace), console, grace_ms=round(keep_minutes * 60_000))
    console.print(
        f"{outcome.merged:,} files of {outcome.days:,} days merged ({outcome.rows:,} rows), "
        f"{outcome.deleted:,} deleted that were replaced before"
    )


@app.command("recompute")
def recompute_(
    from_: Annotated[datetime, typer.Option("--from", formats=TIMES, help="First minute, UTC.")],
    to: Annotated[datetime, typer.Option(formats=TIMES, help="Minute after the last, UTC.")],
    repair: Annotated[
        bool, typer.Option("--repair", help="Write what is missing or differs to Cassandra.")
    ] = False,
    delete: Annotated[
        bool,
        typer.Option(
            "--delete",
            help="With --repair: also delete rows that the archive does not account for. Only if "
            "it is whole.",
        ),
    ] = False,
    namespace: Namespace = None,
) -> None:
    """Compute history anew from the archive with the jobs' own SQL, and compare Cassandra with it.

    A span's readings and rows must fit into memory: take long ones in parts.
    """
    from verification.recompute.run import recompute
    from verification.recompute.span import parse_span

    if delete and not repair:
        raise OptionError("--delete is given without --repair: give both, or neither")
    span = parse_span(from_, to)
    equal = recompute(_settings(namespace), span, console, mend=repair, delete=delete)
    raise typer.Exit(0 if equal else 1)


@app.command("rebuild-live")
def rebuild_live_(
    since: Annotated[
        datetime,
        typer.Option(formats=TIMES, help="Leave out what has not reported since then, UTC."),
    ] = datetime(1970, 1, 1),
    namespace: Namespace = None,
) -> None:
    """Bring live state back into a Redis that lost it, from the archive; the jobs go on."""
    from verification.recompute.run import rebuild_live
    from verification.recompute.span import parse_minute

    rebuild_live(_settings(namespace), parse_minute("--since", since), console)


@app.command("verify")
def verify_(
    namespace: Namespace = None,
    wait: Annotated[bool, typer.Option(help="Wait until the jobs have read all.")] = True,
) -> None:
    """Compare the stores with what must be in them, computed from what was sent."""
    from verification.report import verify

    report = verify(_settings(namespace), console, wait=wait)
    raise typer.Exit(0 if report.equal else 1)


@app.command()
def chaos(
    seed: Annotated[int, typer.Option(help="Decides when and whom faults hit.")] = 1,
    all_: Annotated[bool, typer.Option("--all", help="Every fault, one run each.")] = False,
    fault: Annotated[
        list[str] | None, typer.Option(help="This fault; may be given more than once.")
    ] = None,
    soak: Annotated[
        float | None, typer.Option(help="Random faults for this many seconds.", min=1)
    ] = None,
    short: Annotated[bool, typer.Option(help="Less load and shorter outages.")] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Keep what an --all that was cut short has shown.")
    ] = False,
    namespace: Namespace = "chaos",
) -> None:
    """Harm the running stack under load, and compare the stores with what was sent.

    Without --all, --fault or --soak the faults are listed. The namespace is emptied first.
    """
    from chaos import run
    from chaos.faults import FAULTS

    known = {each.name: each for each in FAULTS}
    check_known("--fault", fault or (), known)
    if resume and (soak or not all_):
        raise OptionError("--resume goes on with --all, and only with that: leave it out")
    if not (all_ or fault or soak):
        listed = Table(box=None, show_header=False)
        for each in FAULTS:
            listed.add_row(f"[bold]{each.name}[/bold]", escape(each.question))
        console.print(listed)
        return
    equal = run.run(
        _settings(namespace),
        console,
        faults=[known[name] for name in fault] if fault else FAULTS,
        seed=seed,
        soak_s=soak,
        short=short,
        resume=resume,
        command=shlex.join(["wattstream", *sys.argv[1:]]),
    )
    raise typer.Exit(0 if equal else 1)


def main() -> None:
    """Run the command line; errors that a user can mend are one message, not a traceback."""
    if unknown := unknown_variables([*os.environ, *read_env_file(PROJECT / ".env")]):
        _fail("\n".join(unknown), 2)
    try:
        app()
    except ValidationError as error:
        _fail("\n".join(problems(error)), 2)
    except RequestError as error:
        _fail(str(error), 2)
    except OperationError as error:
        _fail(str(error), 1)
    except KeyboardInterrupt:
        _fail("stopped", 130)
    except Exception as error:
        from adapters.errors import explain

        # The addresses are those of every namespace.
        message = explain(error, _settings(Settings.model_fields["namespace"].default))
        if message is None:
            raise
        _fail(message, 1)


def _fail(message: str, code: int) -> NoReturn:
    Console(stderr=True).print(f"[red]error:[/red] {escape(message)}", soft_wrap=True)
    sys.exit(code)
