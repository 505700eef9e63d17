"""`wattstream masters`: who is where by which meter on which terms."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.terminal import terminal
from wattstream.commands.options import Namespace, settings_of

console = terminal()
app = typer.Typer(
    help="Who is where, by which meter, on which terms: in PostgreSQL.", no_args_is_help=True
)

SHOWN = 20
"""Of the rows that differ."""


@app.command()
def load(
    folder: Annotated[
        Path,
        typer.Argument(
            help="With a CSV file for each table, such as premises.csv; not all need be."
        ),
    ],
    namespace: Namespace = None,
) -> None:
    """Load CSV files, all or nothing: what differs from what is there takes its place."""
    from adapters.master_files import load as load_files
    from adapters.postgres import connect

    with connect(settings_of(namespace)) as connection:
        loaded = load_files(connection, folder, {"vee_rule": check_rule})
    for each in loaded:
        console.print(
            f"{each.table}: {each.new:,} new, {each.changed:,} changed, {each.same:,} as before",
            highlight=False,
        )


def check_rule(values: Mapping[str, Any]) -> None:
    """Check a line of `vee_rule.csv` as runs will.

    Raises:
        ValueError: it is no rule of theirs, or has a number that they cannot take.
    """
    from billing.curve.errors import CurveError
    from billing.curve.rules import rules_at
    from contracts.masters import VeeRule

    rule = VeeRule(values["rule"], values["parameters"], values["severity"], 0, None)
    try:
        rules_at([rule], 0)
    except CurveError as error:
        raise ValueError(str(error)) from None


@app.command()
def london(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Low Carbon London CSV, as `replay lcl` takes it."),
    ],
    output: Annotated[Path, typer.Option(metavar="FOLDER", help="Where files are written.")],
    plan: Annotated[str, typer.Option(help="What all pay by.")] = "lcl-dtou",
) -> None:
    """Write masters for London homes that are replayed: a household for each, and the prices of
    2013, as CSV files to load."""
    from simulators.london.lcl import read_london
    from simulators.london.masters import write_master_files

    with console.status(f"reading {' '.join(map(str, files))}"):
        readings = read_london(*files).readings
    for path in write_master_files(output, readings, plan):
        console.print(f"{path}", highlight=False, soft_wrap=True)


@app.command()
def check(namespace: Namespace = None) -> None:
    """Compare the topic of changes with the tables; exits 1 if a row differs, and shows which."""
    from verification.masters import check as compare
    from wattstream.master_tables import differing

    checked = compare(settings_of(namespace))
    if not checked.differences:
        console.print(
            f"the topic has what the tables have: {checked.rows:,} rows of {checked.tables} tables",
            highlight=False,
        )
        return
    console.print(differing(checked.differences[:SHOWN]))
    console.print(f"rows that differ: {len(checked.differences):,}", style="red", highlight=False)
    raise typer.Exit(1)


@app.command()
def recapture(namespace: Namespace = None) -> None:
    """Write the topic of changes anew from the tables, after the replication slot was lost."""
    from infra.provision import recapture as again

    settings = settings_of(namespace)
    again(settings)
    console.print(f"the topic of {settings.namespace}'s masters is written anew", highlight=False)
