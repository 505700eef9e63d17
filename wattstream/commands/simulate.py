"""Simulated fleets, and the heartbeats beside them."""

from datetime import UTC, datetime
from typing import Annotated, TypeAlias

import typer
from rich.table import Table
from rich.text import Text

from adapters.terminal import terminal
from wattstream.commands.options import Namespace, settings_of

console = terminal()
app = typer.Typer()

Scenario: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="A ready scenario (`wattstream scenarios` lists them) or a TOML file; what else is "
        "given takes the place of the file's."
    ),
]
Meters: TypeAlias = Annotated[int | None, typer.Option(help="How many meters.")]
Profile: TypeAlias = Annotated[str | None, typer.Option(help="`london`, `legacy-a` or `legacy-d`.")]
Place: TypeAlias = Annotated[
    str | None, typer.Option(help="`london`, `us`, or south,west,north,east in degrees.")
]
Commodity: TypeAlias = Annotated[
    str | None, typer.Option(help="`electricity`, `gas`, `water` or `mixed`.")
]
Cadence: TypeAlias = Annotated[str | None, typer.Option(help="`1s`, `5s`, `1m`, `30m` or `mixed`.")]
Solar: TypeAlias = Annotated[float | None, typer.Option(help="Share of households with panels.")]
Ev: TypeAlias = Annotated[float | None, typer.Option(help="Share of households that charge a car.")]
Seconds: TypeAlias = Annotated[
    float | None,
    typer.Option(
        help="How long: in real time or at a --rate as the clock on the wall, at --rate max and "
        "with a scenario as the meters' clocks; until Ctrl-C if absent."
    ),
]
Rate: TypeAlias = Annotated[
    str | None, typer.Option(help="Readings a second, or `max`; as the meters read if absent.")
]
Processes: TypeAlias = Annotated[int, typer.Option(help="Parallel processes.")]
Start: TypeAlias = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"],
        help="When the meters begin, UTC; now, or with --rate always the same Monday.",
    ),
]
Late: TypeAlias = Annotated[
    float | None,
    typer.Option(help="Share of readings that come late: by a minute to days, live by 10 to 40 s."),
]
LateMax: TypeAlias = Annotated[
    str | None, typer.Option(help="Largest lateness; 40s in real time, else 3d.")
]
Repeat: TypeAlias = Annotated[float | None, typer.Option(help="Share of messages that come twice.")]
Malformed: TypeAlias = Annotated[
    float | None, typer.Option(help="Share of messages that arrive broken.")
]
Seed: TypeAlias = Annotated[int | None, typer.Option(help="The same seed sends the same messages.")]
Settle: TypeAlias = Annotated[
    bool | None,
    typer.Option(help="Deliver all and close all windows at the end; usual with --rate."),
]
Record: TypeAlias = Annotated[
    bool, typer.Option(help="Write down what is sent; --no-record rules `verify` out.")
]


@app.command()
def simulate(
    scenario: Scenario = None,
    meters: Meters = None,
    profile: Profile = None,
    place: Place = None,
    commodity: Commodity = None,
    cadence: Cadence = None,
    solar: Solar = None,
    ev: Ev = None,
    seconds: Seconds = None,
    rate: Rate = None,
    processes: Processes = 1,
    start: Start = None,
    late: Late = None,
    late_max: LateMax = None,
    repeat: Repeat = None,
    malformed: Malformed = None,
    seed: Seed = None,
    settle: Settle = None,
    record: Record = True,
    namespace: Namespace = None,
) -> None:
    """Run a fleet of simulated meters: live, at a rate, or as fast as possible (load test)."""
    from simulators.run.request import FleetOptions, RunOptions, requested_run
    from simulators.run.simulation import run_simulation
    from simulators.run.summary import show_summary

    settings = settings_of(namespace)
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
    show_summary(summary, console)
    if summary.interrupted:
        raise typer.Exit(130)


@app.command()
def pace(namespace: Namespace = None) -> None:
    """Write heartbeats into partitions that go quiet while others go on, until Ctrl-C.

    In every namespace, unless one is given. Alerts tell of what is quiet, or has stopped.
    """
    import logging

    from services.pacemaker.pacemaker import pace as run
    from simulators.signals import stop_on_interrupt

    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    with stop_on_interrupt() as stop:
        run(settings_of(namespace), stop, only_this_namespace=namespace is not None)


@app.command()
def scenarios() -> None:
    """List the ready scenarios for `simulate --scenario`."""
    from simulators.run.scenario import ready_scenarios

    listed = Table(box=None, show_header=False)
    for scenario in ready_scenarios():
        listed.add_row(Text(scenario.name, style="bold"), scenario.description)
    console.print(listed)
