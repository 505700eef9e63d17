"""`wattstream sql`: ask the archive and PostgreSQL."""

import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.terminal import terminal
from simulators.errors import OptionError
from wattstream.commands.options import Namespace, settings_of

if TYPE_CHECKING:
    from adapters.sql.archived import Limits
    from adapters.sql.asked import Answer
    from adapters.sql.catalogue import Days
    from contracts.settings import Settings

console = terminal(highlight=False)
messages = terminal(stderr=True, highlight=False)
app = typer.Typer()

ROWS_SHOWN = 1_000
ROWS_WRITTEN = 1_000_000


@app.command()
def sql(
    statement: Annotated[
        str | None,
        typer.Argument(metavar="SELECT", help="The question; from standard input if absent."),
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="As CSV, to standard output.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="A JSON object a line, to standard output.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.parquet", help="As Parquet, to a file.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="With --out: a file that is there.")
    ] = False,
    views: Annotated[
        bool, typer.Option("--views", help="List what can be asked for, and what is elsewhere.")
    ] = False,
    from_: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First UTC day of readings."),
    ] = None,
    to: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="UTC day after the last one of readings."),
    ] = None,
    rows: Annotated[
        int | None,
        typer.Option(
            min=1,
            help=f"At most so many rows: {ROWS_SHOWN:,} of a table, else {ROWS_WRITTEN:,} if "
            "absent.",
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="No answer takes longer.")] = 60.0,
    memory_mib: Annotated[int, typer.Option(min=64, help="No answer takes more memory.")] = 1_024,
    threads: Annotated[int, typer.Option(min=1, help="No answer takes more processors.")] = 2,
    namespace: Namespace = None,
) -> None:
    """Ask the archive and PostgreSQL by SQL, as they are now; nothing can be changed.

    Without a question it is read from standard input; on a terminal from a prompt. Exits 1 if not
    all rows were given.
    """
    if csv + json + (out is not None) > 1:
        raise OptionError("give one of --csv, --json and --out")
    if overwrite and out is None:
        raise OptionError("--overwrite is given without --out")
    from adapters.sql.archived import Limits
    from adapters.sql.catalogue import Days

    settings = settings_of(namespace)
    if views:
        _show_views(settings)
        return
    if out is not None:
        _check(out, overwrite=overwrite)
    days = Days(from_.date() if from_ else date.min, to.date() if to else date.max)
    usual_rows = ROWS_WRITTEN if csv or json or out else ROWS_SHOWN
    limits = Limits(rows or usual_rows, seconds, memory_mib, threads=threads)
    if statement is None and sys.stdin.isatty():
        if csv or json or out:
            raise OptionError("a question is missing: --csv, --json and --out are of one")
        _prompt(settings, limits, days)
        return
    question = sys.stdin.read() if statement is None else statement
    if not _answered(settings, question, limits, days, "csv" if csv else "json" if json else out):
        raise typer.Exit(1)


def _answered(
    settings: "Settings", question: str, limits: "Limits", days: "Days", form: str | Path | None
) -> bool:
    """Give the answer, and whether it has all rows."""
    from adapters.sql.asked import asked

    with asked(settings, question, limits, days) as answer:
        _give(answer, form)
    if not answer.files:
        messages.print(
            f"no readings of those days are in {settings.archive_address}", style="yellow"
        )
    if answer.was_cut:
        messages.print(
            f"cut after {limits.rows:,} rows, and there are more: --rows says how many",
            style="yellow",
        )
    return not answer.was_cut


def _give(answer: "Answer", form: str | Path | None) -> None:
    from wattstream.sql_tables import answer_table, print_whole
    from wattstream.sql_text import csv_lines, json_lines

    if form is None:
        found = list(answer.rows())
        print_whole(console, answer_table(console, answer.names, answer.types, found))
        plural = "" if len(found) == 1 else "s"
        messages.print(f"{len(found):,} row{plural}")
        return
    if form == "csv":
        sys.stdout.writelines(csv_lines(answer.names, answer.rows()))
        return
    _check_names(answer)
    if isinstance(form, Path):
        from wattstream.sql_files import write_parquet

        written = write_parquet(form, answer.schema(), answer.batches())
        messages.print(f"{form}: {written:,} rows")
        return
    sys.stdout.writelines(json_lines(answer.names, answer.rows()))


def _check_names(answer: "Answer") -> None:
    for name in answer.names:
        if answer.names.count(name) > 1:
            raise OptionError(f"two columns are called {name}: give one another name, by AS")


def _check(out: Path, *, overwrite: bool) -> None:
    if out.suffix != ".parquet":
        raise OptionError(f"--out is {out}: give a name that ends in .parquet")
    if out.exists() and not overwrite:
        raise OptionError(f"{out} is there: give --overwrite, or another --out")
    if not out.absolute().parent.is_dir():
        raise OptionError(f"--out is {out}: there is no folder {out.absolute().parent}")


def _show_views(settings: "Settings") -> None:
    from adapters.sql.asked import catalogue
    from adapters.sql.catalogue import ELSEWHERE
    from wattstream.sql_tables import elsewhere_text, print_whole, views_text

    print_whole(console, views_text(catalogue(settings)))
    print_whole(console, elsewhere_text(ELSEWHERE))


def _prompt(settings: "Settings", limits: "Limits", days: "Days") -> None:
    from adapters.sql.asked import catalogue
    from wattstream.sql_prompt import prompt

    known = catalogue(settings)
    words = {view.name for view in known} | {each.name for view in known for each in view.columns}
    console.print(
        f"{', '.join(view.name for view in known)}\nA question ends with a semicolon; "
        "DESCRIBE readings; says what a view has. Ctrl-D ends."
    )
    prompt(
        settings.data_dir / "sql_history",
        sorted(words),
        lambda question: _answered(settings, question, limits, days, None),
        console,
    )
