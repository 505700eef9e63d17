"""PostgreSQL: the tables of a namespace's database (`contracts/postgres/*.sql`).

Each file is applied once, in the order of their numbers, and recorded; one that was applied never
changes: what is to be different comes as a further file.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from contracts.settings import Settings

RECORD = "schema_file"
"""The table of the files that were applied."""

CREATE_RECORD = f"""
    CREATE TABLE IF NOT EXISTS {RECORD} (
        name text PRIMARY KEY,
        sha256 text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )
"""


@dataclass(frozen=True, slots=True)
class SchemaFile:
    """Statements that are applied together."""

    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Of the text, hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def database(settings: Settings) -> str:
    """The namespace's database."""
    return settings.namespace


def schema_files() -> list[SchemaFile]:
    """All of them, in their order."""
    folder = Path(__file__).parent / "postgres"
    return [SchemaFile(path.stem, path.read_text()) for path in sorted(folder.glob("*.sql"))]
