"""Whether the stores hold what they must, with and without harm done."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from adapters.terminal import terminal
from simulators.errors import OptionError, check_known
from wattstream.commands.options import Namespace, settings_of

console = terminal()
app = typer.Typer()


@app.command("verify")
def verify_(
    namespace: Namespace = None,
    wait: Annotated[bool, typer.Option(help="Wait until the jobs have read all.")] = True,
    recording: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="What another producer recorded, Parquet as contracts/README.md has it; may be "
            "given again.",
        ),
    ] = None,
) -> None:
    """Compare the stores with what must be in them, computed from what was sent: by simulators,
    which record it, and by producers that do."""
    from verification.report import verify

    report = verify(settings_of(namespace), console, wait=wait, recorded=recording or ())
    raise typer.Exit(0 if report.equal else 1)


@app.command()
def chaos(
    seed: Annotated[int, typer.Option(help="Decides when and whom faults hit.")] = 1,
    all_: Annotated[bool, typer.Option("--all", help="Every fault, once each.")] = False,
    fault: Annotated[
        list[str] | None, typer.Option(help="This fault; may be given more than once.")
    ] = None,
    soak: Annotated[
        float | None, typer.Option(help="Random faults for this many seconds.", min=1)
    ] = None,
    short: Annotated[bool, typer.Option(help="Less load and shorter outages.")] = False,
    rate: Annotated[
        int | None,
        typer.Option(help="Readings a second; what a machine can take twice over.", min=100),
    ] = None,
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
            listed.add_row(Text(each.name, style="bold"), each.question)
        console.print(listed)
        return
    equal = run.run(
        settings_of(namespace),
        console,
        faults=[known[name] for name in fault] if fault else FAULTS,
        seed=seed,
        soak_s=soak,
        short=short,
        rate=rate,
        resume=resume,
        command=shlex.join(["wattstream", *sys.argv[1:]]),
    )
    raise typer.Exit(0 if equal else 1)
