"""`wattstream compare-plans`: what other plans would have cost."""

from typing import Annotated

import typer

from adapters.terminal import terminal
from wattstream.commands.bill import archived, as_of, progress
from wattstream.commands.options import Namespace, settings_of

console = terminal()
app = typer.Typer()


@app.command("compare-plans")
def compare_plans(
    premises: Annotated[str, typer.Argument(metavar="PREMISES")],
    from_: Annotated[str, typer.Option("--from", metavar="YYYY-MM", help="First local month.")],
    to: Annotated[str, typer.Option(metavar="YYYY-MM", help="The last one.")],
    plan: Annotated[
        list[str] | None, typer.Option(help="May be given again; all that fit if absent.")
    ] = None,
    readings_until: Annotated[str | None, typer.Option(metavar="OFFSET,...")] = None,
    masters_as_of: Annotated[str | None, typer.Option(metavar="TIME")] = None,
    namespace: Namespace = None,
) -> None:
    """Compare the plan of who has some premises with others, for what was used as it was used:
    nobody's habits change."""
    from adapters.postgres import connect
    from billing.settlement.errors import RunError
    from services.settlement.compare import compare
    from wattstream.bill_tables import comparison_table

    settings = settings_of(namespace)
    with connect(settings) as connection:
        as_of_ms = as_of(masters_as_of, connection)
        with console.status("asking how far readings are archived"):
            until = archived(readings_until, settings)
        with progress(premises) as told:
            found = compare(
                settings,
                connection,
                premises,
                (from_, to),
                as_of_ms=as_of_ms,
                until=until,
                among=plan,
                told=told,
            )
    if plan and found.left_out:
        refused = found.left_out[0]
        raise RunError(f"plan {refused.plan_id!r} cannot be compared: {refused.reason}")
    console.print(comparison_table(found), highlight=False)
