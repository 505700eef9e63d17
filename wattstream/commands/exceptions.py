"""`wattstream exceptions`: what of readings a person should look at."""

import sys
from typing import Annotated

import typer

from adapters.terminal import terminal
from wattstream.commands.options import Namespace, settings_of

console = terminal()
app = typer.Typer()


@app.command()
def exceptions(
    rule: Annotated[str | None, typer.Option(help="Of one rule, such as missing.")] = None,
    severity: Annotated[str | None, typer.Option(metavar="hold|review|note")] = None,
    month: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="Of runs of it.")] = None,
    register: Annotated[str | None, typer.Option(help="Id of a meter.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="As CSV, to standard output.")] = False,
    namespace: Namespace = None,
) -> None:
    """List what runs found in readings and masters that a person should look at. A run closes what
    it does not find any more."""
    from adapters.bills.exceptions import still_open
    from adapters.postgres import connect
    from wattstream.bill_tables import exception_table
    from wattstream.exception_rows import exceptions_text

    with connect(settings_of(namespace)) as connection:
        found = still_open(
            connection, rule=rule, severity=severity, month=month, register_id=register
        )
    if csv:
        sys.stdout.write(exceptions_text(found))
        return
    if found:
        console.print(exception_table(found), highlight=False)
    console.print(f"{len(found):,} open", highlight=False)
