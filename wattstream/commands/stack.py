"""The services on this machine, and what a namespace has in them."""

from typing import Annotated

import typer

from adapters.terminal import terminal
from contracts.settings import Settings
from simulators.errors import OptionError
from wattstream.commands.options import Namespace, settings_of

console = terminal()
app = typer.Typer()


@app.command()
def up(
    watched: Annotated[
        bool,
        typer.Option("--watched", help="With Prometheus, which watches them until `down`."),
    ] = False,
) -> None:
    """Start the services on this machine, and create the topics and tables."""
    from infra.local import stack
    from infra.provision import provision

    settings = Settings()
    stack.up(settings, console, watched=watched)
    provision(settings)


@app.command()
def status(namespace: Namespace = None) -> None:
    """Show what runs, what it takes, and how a namespace's jobs do; exits 1 if something fails."""
    from infra.local import stack
    from infra.local.status_table import status_table
    from wattstream.status import jobs_status

    settings = settings_of(namespace)
    states = stack.status(settings)
    console.print(status_table(states))
    jobs_well = jobs_status(settings, console)
    raise typer.Exit(0 if jobs_well and all(state.ready for state in states) else 1)


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
    """Empty a namespace: end its jobs, delete its topics, keys, tables, archive and recordings."""
    from infra.local import stack
    from infra.provision import erase, provision

    if all_ and keep_readings:
        raise OptionError("--keep-readings is given with --all, which keeps nothing: give one")
    settings = settings_of(namespace)
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
    """Create a namespace's topics, keyspace, database and tables; `up` and `submit` do so too."""
    from infra.provision import provision

    provision(settings_of(namespace))
