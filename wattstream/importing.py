"""Files through the importer, one after the other, and what people are told of them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from rich.console import Console

from contracts.errors import OperationError
from contracts.settings import Settings
from exchange.errors import FileRefused
from exchange.formats.options import Options
from exchange.importing.importer import Importer, Log, Place, Places
from exchange.importing.ledger import Ledger
from exchange.importing.report import Report
from exchange.opening import Source, sources
from exchange.recognising import format_of
from exchange.tally import Tally
from exchange.values import Block
from wattstream.import_tables import problem_table, summary_table

ANYWHERE = "s00000000"
"""Where a meter is of which only is asked what would be sent."""


@dataclass(slots=True)
class Outcome:
    """What became of several files."""

    refused: int = 0
    unusable: int = 0
    """Things that could not be used."""


def checked(
    settings: Settings, files: Sequence[Path], options: Options, console: Console
) -> Outcome:
    """Say what an import would do: it reads the ledger, if there is one, and keeps nothing."""
    path = settings.imports_dir / LEDGER
    ledger = Ledger(path if path.exists() else None)

    def anywhere(block: Block) -> Place:
        return Place(ANYWHERE, block.commodity)

    try:
        importer = Importer(ledger, None, anywhere)
        return _all(importer, files, options, console, lambda _: None)
    finally:
        ledger.close()


def imported(
    settings: Settings,
    files: Sequence[Path],
    options: Options,
    console: Console,
    log: Log,
    places: Places,
) -> Outcome:
    """Import files.

    Raises:
        OperationError: another import runs, or the log does not take readings.
    """
    ...


LEDGER = "ledger.sqlite"
