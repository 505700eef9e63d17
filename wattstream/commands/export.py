"""`wattstream export`: what meters said, in the formats that others read."""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.errors import RequestError
from wattstream.commands.options import Namespace, settings_of

if TYPE_CHECKING:
    from exchange.values import Block

app = typer.Typer()


class Format(StrEnum):
    """What is written."""

    NEM12 = "nem12"
    ESPI = "espi"
    CSV = "csv"


@app.command("export")
def export(
    meters: Annotated[list[str], typer.Argument(metavar="METER...")],
    from_: Annotated[str, typer.Option("--from", help="Time with its offset; after it.")],
    to: Annotated[str, typer.Option(help="Time with its offset; up to it.")],
    format_: Annotated[Format, typer.Option("--format", help="Of the file.")] = Format.CSV,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Not standard output.")
    ] = None,
    namespace: Namespace = None,
) -> None:
    """Write what the archive has of meters: intervals that end, or registers that were read, after
    --from and up to --to. `wattstream import` reads it back equal."""
    from exchange.archived import archived
    from wattstream.times import instant_ms

    begin_ms, end_ms = instant_ms("--from", from_), instant_ms("--to", to)
    blocks = archived(settings_of(namespace), meters, begin_ms, end_ms)
    if not blocks:
        raise RequestError(f"the archive has nothing of {', '.join(meters)} of that time")
    # All of it first: nothing is written of what the format has no place for.
    text = "".join(written(blocks, format_, datetime.now(UTC))).encode()
    if output is None:
        sys.stdout.buffer.write(text)
    else:
        output.write_bytes(text)


def written(blocks: "Sequence[Block]", format_: Format, created: datetime) -> Iterator[str]:
    """The lines of a file.

    Raises:
        ExchangeError: the format has no place for some of it.
    """
    from exchange.formats import espi_writing, nem12_writing, table_writing

    if format_ is Format.NEM12:
        return nem12_writing.write(blocks, created)
    if format_ is Format.ESPI:
        return espi_writing.write(blocks, created)
    return table_writing.write(blocks)
