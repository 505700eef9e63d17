"""How good alerts were."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from adapters.terminal import terminal
from wattstream.commands.options import Namespace, settings_of

console = terminal()
errors = terminal(stderr=True)
"""Beside the score, which may be JSON that a program reads."""
app = typer.Typer()

SHOWN = 20
"""Entries of a list on a terminal, unless all are asked for."""


@app.command("score")
def score_(
    namespace: Namespace = None,
    labels: Annotated[
        Path | None,
        typer.Option(help="Of this run, `<run>-labels.parquet`; the newest if absent."),
    ] = None,
    alerts: Annotated[
        Path | None,
        typer.Option(help="JSON lines in place of the topic; the last version of each counts."),
    ] = None,
    wait: Annotated[
        bool, typer.Option(help="Wait until the jobs have told of all that was sent.")
    ] = True,
    all_: Annotated[bool, typer.Option("--all", help="Lists in full.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="The score on standard output, as JSON.")
    ] = False,
) -> None:
    """Hold alerts against the labels of a simulated run: what was found, how soon, what was false.

    Exits 0 whatever the score is. What the jobs have not read yet would count as not found: it is
    waited for, and said if that is in vain.
    """
    import orjson

    from detection.score.inputs import read_alerts, read_truth, run_of
    from detection.score.score import score
    from detection.score.show import content, tables
    from wattstream.told import not_told_yet

    settings = settings_of(namespace)
    run = run_of(settings, labels)
    lacks = None if alerts is not None else not_told_yet(settings, errors, wait=wait)
    told = read_alerts(settings, alerts)
    found = score(read_truth(run, settings.on_time_ms), told, settings.on_time_ms)
    if as_json:
        result = {"run": run.name, "not_told_yet": lacks, **content(found)}
        sys.stdout.buffer.write(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        console.print(f"run {run.name}", soft_wrap=True)
        console.print(tables(found, None if all_ else SHOWN))
    if lacks is not None:
        errors.print(f"what the jobs have not read counts as not found: {lacks}", style="yellow")
