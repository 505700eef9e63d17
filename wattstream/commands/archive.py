"""What stores have lost: compute it anew from the archive, which is kept small, or have it said
again."""

from datetime import datetime
from typing import Annotated

import typer

from adapters.terminal import terminal
from contracts.time import MINUTE_MS
from simulators.errors import OptionError
from wattstream.commands.options import Namespace, settings_of

console = terminal()
app = typer.Typer()

TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M"]


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

    outcome = compact(settings_of(namespace), console, grace_ms=round(keep_minutes * MINUTE_MS))
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
    """Compute the meters' history anew from the archive by SQL, and compare Cassandra with it.

    A span's readings and rows must fit into memory: take long ones in parts.
    """
    from verification.recompute.run import recompute
    from verification.recompute.span import parse_span

    if delete and not repair:
        raise OptionError("--delete is given without --repair: give both, or neither")
    span = parse_span(from_, to)
    equal = recompute(settings_of(namespace), span, console, mend=repair, delete=delete)
    raise typer.Exit(0 if equal else 1)


@app.command("rebuild-live")
def rebuild_live_(namespace: Namespace = None) -> None:
    """Bring live state back into a Redis that lost it: the hot job goes on from a savepoint, and
    says what it knows of every meter; alerts and notes are read from their topics."""
    from infra.alerts_again import rebuild_alerts
    from infra.flink.live_again import rebuild_live
    from wattstream.namespaces import require_namespace

    settings = settings_of(namespace)
    require_namespace(settings)
    meters = rebuild_live(settings, console)
    console.print(f"{meters:,} meters are live")
    console.print(f"{rebuild_alerts(settings):,} alerts are open, or were closed in the last day")
