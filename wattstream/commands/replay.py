"""`wattstream replay`: readings of real meters."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from adapters.terminal import terminal
from wattstream.commands.options import Namespace, settings_of

console = terminal()
app = typer.Typer(help="Replay readings of real meters.", no_args_is_help=True)


@app.command("lcl")
def replay_lcl(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Low Carbon London CSV, plain or gzip; all files of a home, in any order."
        ),
    ],
    start: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    end: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    late: Annotated[
        float, typer.Option(help="Share of readings that come a minute to days late.")
    ] = 0.0,
    late_max: Annotated[str, typer.Option(help="Largest lateness, such as 6h or 3d.")] = "3d",
    repeat: Annotated[float, typer.Option(help="Share of messages that come twice.")] = 0.0,
    malformed: Annotated[float, typer.Option(help="Share of messages that arrive broken.")] = 0.0,
    seed: Annotated[int, typer.Option(help="The same seed sends the same messages.")] = 1,
    leave_out_bad: Annotated[
        bool,
        typer.Option("--leave-out-bad", help="Leave out and list rows that cannot be used."),
    ] = False,
    announce: Annotated[
        bool,
        typer.Option(
            "--announce",
            help="Announce the homes, and write labels: alerts are made of them, and scored.",
        ),
    ] = False,
    speed: Annotated[
        str, typer.Option(help="`real`, `max`, or simulated seconds a second.")
    ] = "max",
    namespace: Namespace = None,
) -> None:
    """Replay half-hourly readings of London homes, from --start up to but without --end."""
    from simulators.london.replay import replay_london
    from simulators.run.summary import show_summary

    summary = replay_london(
        settings_of(namespace),
        *files,
        start=start.date() if start else None,
        end=end.date() if end else None,
        late=late,
        late_max=late_max,
        repeat=repeat,
        malformed=malformed,
        seed=seed,
        leave_out_bad=leave_out_bad,
        announce=announce,
        speed=speed,
        console=console,
    )
    show_summary(summary, console)
    if summary.interrupted:
        raise typer.Exit(130)
