"""`wattstream plan`: the terms that customers are billed by."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from adapters.terminal import terminal
from wattstream.commands.options import Namespace, settings_of

console = terminal()
app = typer.Typer(
    help="What customers are billed by: plans as files, loaded as versions that never change.",
    no_args_is_help=True,
)

DAY = ["%Y-%m-%d"]


@app.command()
def load(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Plans, TOML.")],
    from_: Annotated[
        datetime, typer.Option("--from", formats=DAY, help="First local day of these terms.")
    ],
    until: Annotated[
        datetime | None,
        typer.Option("--until", formats=DAY, help="Day after the last; open if absent."),
    ] = None,
    namespace: Namespace = None,
) -> None:
    """Load plans, all or none: each is a further version, which takes over from its first day."""
    from adapters.postgres import connect
    from services.settlement.plans import load as load_plans

    begin, end = from_.date(), None if until is None else until.date()
    with connect(settings_of(namespace)) as connection:
        loaded = load_plans(connection, files, begin, end)
    for each in loaded:
        told = "as before" if each.is_same else "new"
        console.print(f"{each.plan_id} version {each.version}: {told}", highlight=False)
        if each.billed_until is not None:
            console.print(
                f"  was billed until {each.billed_until}: runs of months since {begin:%Y-%m} issue "
                "the differences",
                style="yellow",
                highlight=False,
            )


@app.command("list")
def list_(namespace: Namespace = None) -> None:
    """List all versions of all plans."""
    from adapters.bills.plans import versions
    from adapters.postgres import connect
    from wattstream.plan_tables import plan_table

    with connect(settings_of(namespace)) as connection:
        console.print(plan_table(versions(connection)))


@app.command()
def show(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="Its id.")],
    version: Annotated[int | None, typer.Option(help="The newest if absent.")] = None,
    namespace: Namespace = None,
) -> None:
    """Print the terms of a plan, as they were loaded."""
    from adapters.postgres import connect
    from services.settlement.plans import version_of

    with connect(settings_of(namespace)) as connection:
        typer.echo(version_of(connection, plan, version).terms, nl=False)


@app.command()
def holidays(
    region: Annotated[str, typer.Argument(help="Such as GB-ENG; a site's `holidays` names it.")],
    first: Annotated[int, typer.Argument(metavar="YEAR", min=1900, max=2200)],
    last: Annotated[int | None, typer.Argument(metavar="[LAST]", min=1900, max=2200)] = None,
    namespace: Namespace = None,
) -> None:
    """Keep the public holidays of some years, as they are known today."""
    from adapters.bills.plans import add_holidays
    from adapters.postgres import connect
    from billing.tariffs.calendar import public_holidays

    years = range(first, (last or first) + 1)
    days: list[date] = [each.day for each in public_holidays(region, years)]
    with connect(settings_of(namespace)) as connection, connection.transaction():
        new = add_holidays(connection, region, days)
    console.print(f"{region}: {new:,} new, {len(days) - new:,} as before", highlight=False)
