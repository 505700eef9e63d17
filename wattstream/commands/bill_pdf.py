"""`wattstream bill pdf`: documents as customers get them, into files."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from adapters.durable import replace
from adapters.terminal import terminal
from simulators.errors import OptionError, check_known
from wattstream.commands.options import Namespace, settings_of

if TYPE_CHECKING:
    import psycopg

console = terminal()

LANGUAGES = ("en", "de", "fr")


def pdf(
    number: Annotated[
        str | None, typer.Argument(metavar="NUMBER", help="Of an invoice or credit note.")
    ] = None,
    month: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM", help="All documents of its runs, in the place of one."),
    ] = None,
    site: Annotated[
        str | None, typer.Option(help="With --month; documents of all sites if absent.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="File, NUMBER.pdf if absent; with --month a folder of such files."),
    ] = None,
    language: Annotated[
        str | None, typer.Option(metavar="|".join(LANGUAGES), help="The seller's own if absent.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="A file that is there and has other bytes.")
    ] = False,
    namespace: Namespace = None,
) -> None:
    """Write a document as the PDF that the customer gets (PDF/A-3 with Factur-X), or all of a
    month.

    The same document is the same bytes whenever it is written. Ctrl-C leaves whole files only, and
    the same again goes on.
    """
    if (number is None) == (month is None):
        raise OptionError("give the number of a document or --month, and not both")
    if month is None and site is not None:
        raise OptionError("--site is given without --month: a number is of one document")
    if month is not None and output is None:
        raise OptionError("--output is missing: with --month give the folder to write to")
    check_known("--language", [language], LANGUAGES)
    from adapters.postgres import connect
    from services.settlement.explain import document_of
    from services.settlement.printing import paper

    written, changed = 0, []
    with connect(settings_of(namespace)) as connection:
        files = _files(connection, number, month, site, output)
        with progress(len(files)) as advance:
            for each, file in files:
                found = paper(connection, document_of(connection, each), language)
                written += put(file, found.content, overwrite=overwrite)
                if not found.is_as_before:
                    changed.append(each)
                advance()
    where = f"{output}" if month is not None else f"{files[0][1]}"
    console.print(f"{where}: {written:,} written, {len(files) - written:,} there already")
    if changed:
        console.print(
            f"other bytes than when first printed: {', '.join(changed[:3])}"
            f"{f' and {len(changed) - 3:,} more' if changed[3:] else ''}. What sets documents is "
            "another version now; keep what was sent",
            style="yellow",
        )


def _files(
    connection: "psycopg.Connection",
    number: str | None,
    month: str | None,
    site: str | None,
    output: Path | None,
) -> Sequence[tuple[str, Path]]:
    """Numbers of documents, and where each goes; a folder that is not there is made."""
    from adapters.bills.documents import documents
    from services.settlement.explain import document_of

    if number is not None:
        known = document_of(connection, number).number
        name = f"{known}.pdf"
        file = Path(name) if output is None else output / name if output.is_dir() else output
        return [(known, file)]
    numbers = [each.number for each in documents(connection, month=month, site_id=site)]
    if not numbers:
        raise OptionError(
            f"no document was issued of {month}: `wattstream bill list` names those there are"
        )
    assert output is not None
    output.mkdir(parents=True, exist_ok=True)
    return [(each, output / f"{each}.pdf") for each in numbers]


def put(file: Path, content: bytes, *, overwrite: bool) -> bool:
    """Write a file whole, or nothing of it; whether it was not there already.

    Raises:
        OptionError: one with other bytes is there, and `overwrite` does not say that it may go.
    """
    if file.is_file():
        if file.read_bytes() == content:
            return False
        if not overwrite:
            raise OptionError(
                f"{file} is there, with other bytes: give --overwrite, or another --output"
            )
    replace(file, content)
    return True


@contextmanager
def progress(total: int) -> Iterator[Callable[[], None]]:
    """Show how many documents are written, if there are several; told of each by a call."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    shown = Progress(
        *columns, TimeRemainingColumn(), console=console, transient=True, disable=total < 2
    )
    with shown:
        task = shown.add_task("writing documents", total=total)
        yield lambda: shown.advance(task)
