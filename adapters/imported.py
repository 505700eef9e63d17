"""What the importer of a namespace remembers, for who only looks: it may be at work meanwhile."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass

from contracts.settings import Settings

LEDGER = "ledger.sqlite"
"""Its memory, as `exchange.importing.ledger` keeps it."""
BUSY_S = 2.0


@dataclass(frozen=True, slots=True)
class Imported:
    """How far files are imported."""

    files: int
    """Of different content that it knows."""
    unsent_chunks: int
    """Pieces that are not all in the log, or of which nobody can tell before it runs again."""


def imported(settings: Settings) -> Imported | None:
    """How far files are imported into the namespace; None if none ever was.

    Raises:
        sqlite3.Error: what is there is no importer's.
    """
    path = settings.imports_dir / LEDGER
    if not path.exists():
        return None
    uri = f"{path.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_S)) as connection:
        files, chunks = connection.execute(
            "SELECT (SELECT count(*) FROM file), (SELECT count(*) FROM chunk)"
        ).fetchone()
    return Imported(files, chunks)
