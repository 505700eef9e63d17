"""What of files is in the log already: a file of SQLite for each namespace.

It is the importer's memory and its outbox. What is known of intervals and the readings that say so
go into it in one transaction, before they are sent; a chunk of readings leaves it when all of them
are stored. So whatever a killed importer knew, it has sent or will send.
"""

import secrets
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import cast

import numpy as np
import orjson
from numpy.typing import NDArray

from contracts.reading import Commodity, Reading
from exchange.importing.words import DTYPE, NOTHING, Words, sheets
from exchange.values import Ints, Mark

SCHEMA = """
CREATE TABLE IF NOT EXISTS ledger (id TEXT NOT NULL, version INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS file (
    number INTEGER PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, name TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS mark (
    number INTEGER PRIMARY KEY, quality TEXT NOT NULL, code TEXT NOT NULL, UNIQUE (quality, code)
);
CREATE TABLE IF NOT EXISTS meter (
    meter_id TEXT, commodity TEXT, register_mwh INTEGER NOT NULL, PRIMARY KEY (meter_id, commodity)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sheet (
    meter_id TEXT, commodity TEXT, interval_ms INTEGER, number INTEGER, words BLOB NOT NULL,
    PRIMARY KEY (meter_id, commodity, interval_ms, number)
);
CREATE TABLE IF NOT EXISTS chunk (
    number INTEGER PRIMARY KEY AUTOINCREMENT, ends TEXT NOT NULL, readings BLOB NOT NULL
);
"""
VERSION = 1
FIRST_REGISTER_MWH = 10**12
"""The register of an interval meter only counts what was sent of it; from here, so that no revision
brings it below zero."""
FAST = 1
_VALUES = attrgetter(*(field.name for field in fields(Reading)))


@dataclass(frozen=True, slots=True)
class Chunk:
    """Readings that are in the ledger, and perhaps not all in the log."""

    number: int
    ends: tuple[int, ...]
    """Where each partition of the log ended before the first of them was sent."""
    readings: tuple[Reading, ...]


class Ledger:
    """Within one transaction at a time, which `keep` or `forget` ends; used by one process."""

    def __init__(self, path: Path | None) -> None:
        """`path`: None is a ledger that nothing remains of."""
        # An empty name is a file that goes with the connection.
        self._connection = sqlite3.connect("" if path is None else path, isolation_level=None)
        self._run("PRAGMA journal_mode = WAL")
        self._run("PRAGMA synchronous = FULL")
        self._connection.executescript(SCHEMA)
        found = self._run("SELECT id FROM ledger").fetchone()
        if found is None:
            found = (secrets.token_hex(4),)
            self._run("INSERT INTO ledger VALUES (?, ?)", *found, VERSION)
        self.id: str = found[0]
        """Tells its records in the log from those of another ledger."""
        self._marks: dict[Mark, int] = {}
        self._run("BEGIN IMMEDIATE")

    def close(self) -> None:
        """Without keeping what was not kept."""
        self._connection.close()

    def keep(self) -> None:
        """Make durable what was said since, and begin anew."""
        self._run("COMMIT")
        self._run("BEGIN IMMEDIATE")

    def forget(self) -> None:
        """Forget what was said since, and begin anew."""
        self._run("ROLLBACK")
        self._marks.clear()
        self._run("BEGIN IMMEDIATE")

    def file_of(self, sha256: str, name: str) -> int:
        """The number of a file, by its content; files that come later have larger ones."""
        self._run("INSERT OR IGNORE INTO file (sha256, name) VALUES (?, ?)", sha256, name)
        return self._number("SELECT number FROM file WHERE sha256 = ?", sha256)

    def marks_of(self, marks: Sequence[Mark]) -> NDArray[np.int16]:
        """The number of each mark."""
        for mark in marks:
            if mark not in self._marks:
                said = (mark.quality, mark.code or "")
                self._run("INSERT OR IGNORE INTO mark (quality, code) VALUES (?, ?)", *said)
                self._marks[mark] = self._number(
                    "SELECT number FROM mark WHERE quality = ? AND code = ?", *said
                )
        return np.array([self._marks[mark] for mark in marks], np.int16)

    def known(self, meter_id: str, commodity: Commodity, interval_ms: int, said: Words) -> Words:
        """What is known of the time of these words."""
        return self._words(meter_id, commodity, interval_ms, said["end_ms"][[0, -1]])

    def _words(self, meter_id: str, commodity: Commodity, interval_ms: int, ends_ms: Ints) -> Words:
        """What is on the sheets from one end of an interval to another."""
        first, last = sheets(ends_ms, interval_ms).tolist()
        rows = self._run(
            "SELECT words FROM sheet WHERE meter_id = ? AND commodity = ? AND interval_ms = ? "
            "AND number BETWEEN ? AND ? ORDER BY number",
            *(meter_id, commodity, interval_ms, first, last),
        ).fetchall()
        parts = [np.frombuffer(zlib.decompress(words), DTYPE) for (words,) in rows]
        return np.concatenate(parts) if parts else NOTHING

    def beside(
        self, meter_id: str, commodity: Commodity, interval_ms: int, said: Words
    ) -> Iterator[tuple[int, Words]]:
        """What is known of the time of these words in intervals, by their length."""
        lengths = self._run(
            "SELECT DISTINCT interval_ms FROM sheet WHERE meter_id = ? AND commodity = ? "
            "AND interval_ms > 0",
            *(meter_id, commodity),
        ).fetchall()
        begin_ms, end_ms = int(said["end_ms"][0]) - interval_ms, int(said["end_ms"][-1])
        for (length_ms,) in lengths:
            ends_ms = np.array([begin_ms, end_ms + length_ms])
            if len(known := self._words(meter_id, commodity, length_ms, ends_ms)):
                yield length_ms, known

    def learn(self, meter_id: str, commodity: Commodity, interval_ms: int, words: Words) -> None:
        """Put words in the place of what is known of the sheets that they are on: all of them."""
        numbers = sheets(words["end_ms"], interval_ms)
        cuts = np.flatnonzero(np.diff(numbers)) + 1
        begins = np.concatenate([[0], cuts])
        for begin, part in zip(begins, np.split(words, cuts), strict=True):
            self._run(
                "INSERT OR REPLACE INTO sheet VALUES (?, ?, ?, ?, ?)",
                *(meter_id, commodity, interval_ms, int(numbers[begin])),
                zlib.compress(part.tobytes(), FAST),
            )

    def register_mwh(self, meter_id: str, commodity: Commodity) -> int:
        """What was sent of an interval meter in all, from `FIRST_REGISTER_MWH` on."""
        found = self._run(
            "SELECT register_mwh FROM meter WHERE meter_id = ? AND commodity = ?",
            *(meter_id, commodity),
        ).fetchone()
        return FIRST_REGISTER_MWH if found is None else int(found[0])

    def set_register_mwh(self, meter_id: str, commodity: Commodity, register_mwh: int) -> None:
        """Once more was sent."""
        said = (meter_id, commodity, register_mwh)
        self._run("INSERT OR REPLACE INTO meter VALUES (?, ?, ?)", *said)

    def put_chunk(self, ends: Sequence[int], readings: Sequence[Reading]) -> Chunk:
        """Readings that are to be sent."""
        rows = orjson.dumps([_VALUES(reading) for reading in readings])
        cursor = self._run(
            "INSERT INTO chunk (ends, readings) VALUES (?, ?)",
            *(orjson.dumps(list(ends)).decode(), zlib.compress(rows, FAST)),
        )
        return Chunk(cast(int, cursor.lastrowid), tuple(ends), tuple(readings))

    def chunks(self) -> Iterator[Chunk]:
        """Those that were not all sent, or of which nobody could tell before it was killed."""
        for number, ends, packed in self._run("SELECT * FROM chunk ORDER BY number").fetchall():
            readings = tuple(Reading(*row) for row in orjson.loads(zlib.decompress(packed)))
            yield Chunk(number, tuple(orjson.loads(ends)), readings)

    def drop_chunk(self, number: int) -> None:
        """All of it is stored."""
        self._run("DELETE FROM chunk WHERE number = ?", number)

    def _number(self, query: str, *values: str) -> int:
        return int(self._run(query, *values).fetchone()[0])

    def _run(self, statement: str, *values: object) -> sqlite3.Cursor:
        return self._connection.execute(statement, values)
