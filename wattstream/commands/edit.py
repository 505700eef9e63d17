"""`wattstream edit`: what a person says that a register counted."""

import getpass
from typing import Annotated

import typer

from adapters.terminal import terminal
from simulators.errors import OptionError
from wattstream.commands.options import Namespace, is_alone, settings_of

console = terminal()
app = typer.Typer(help="Say what a register counted where its readings do not, with a reason.")


@app.callback(invoke_without_command=True)
def edit(
    context: typer.Context,
    register: Annotated[str | None, typer.Option(help="Id of the meter.")] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="As in 2013-07-15T12:00+01:00.")
    ] = None,
    to: Annotated[str | None, typer.Option(metavar="TIME", help="Without that instant.")] = None,
    energy_wh: Annotated[
        str | None, typer.Option("--energy-wh", metavar="WH", help="Or litres.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why; it is kept.")] = None,
    commodity: Annotated[
        str | None, typer.Option(help="Where a meter of that id counts several.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who says so; you if absent.")] = None,
    namespace: Namespace = None,
) -> None:
    """Say what a register counted in some time; the next run bills it. Readings stay."""
    if not is_alone(context, register, from_, to, energy_wh, reason, commodity, by, namespace):
        return
    given = {"--register": register, "--from": from_, "--to": to}
    given |= {"--energy-wh": energy_wh, "--reason": reason}
    if missing := [name for name, value in given.items() if not value]:
        raise OptionError(f"{' and '.join(missing)} missing: give all of {', '.join(given)}")
    from adapters.postgres import connect
    from services.settlement.edits import add
    from wattstream.times import instant_ms

    with connect(settings_of(namespace)) as connection:
        added = add(
            connection,
            register_id=str(register),
            commodity=commodity,
            begin_ms=instant_ms("--from", str(from_)),
            end_ms=instant_ms("--to", str(to)),
            energy_wh=str(energy_wh),
            reason=str(reason),
            by_user=by or getpass.getuser(),
        )
    edit_id = added.edit.edit_id
    then = "runs bill it from a minute on"
    if added.waits:
        then = (
            "it is large, and waits until somebody else has seen it: "
            f"`wattstream edit approve {edit_id}`"
        )
    console.print(f"edit {edit_id}: {then}", highlight=False)


@app.command("list")
def list_(
    register: Annotated[str | None, typer.Option(help="Id of the meter; all if absent.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Those that were revoked, too.")] = False,
    namespace: Namespace = None,
) -> None:
    """List edits that hold."""
    from adapters.bills.edits import edits
    from adapters.postgres import connect
    from wattstream.edit_tables import edit_table

    with connect(settings_of(namespace)) as connection:
        console.print(edit_table(edits(connection, register, revoked=all_)), highlight=False)


@app.command()
def approve(
    edit_id: Annotated[int, typer.Argument(metavar="ID", help="Of a large edit of another's.")],
    by: Annotated[str | None, typer.Option(help="Who has seen it; you if absent.")] = None,
    namespace: Namespace = None,
) -> None:
    """Say that you have seen an edit of more than 500 kWh (50 m3); the next run bills it."""
    from adapters.postgres import connect
    from services.settlement.edits import approve as approve_

    with connect(settings_of(namespace)) as connection:
        approve_(connection, edit_id, by or getpass.getuser())
    console.print(f"edit {edit_id}: runs bill it from a minute on", highlight=False)


@app.command()
def revoke(
    edit_id: Annotated[int, typer.Argument(metavar="ID", help="Of an edit.")],
    namespace: Namespace = None,
) -> None:
    """Take an edit back: runs from now on bill what was read, or is estimated."""
    from adapters.postgres import connect
    from services.settlement.edits import revoke as revoke_

    with connect(settings_of(namespace)) as connection:
        revoke_(connection, edit_id)
    console.print(f"edit {edit_id} is revoked", highlight=False)
