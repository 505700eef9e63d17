"""What of files is in the log already: a file of SQLite for each namespace.

It is the importer's memory and its outbox. What is known of intervals and the readings that say so
go into it in one transaction, before they are sent; a chunk of readings leaves it when all of them
are stored. So whatever a killed importer knew, it has sent or will send.
"""

import secrets
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from contracts.errors import OperationError
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

    def __init__(self, path: Path | None, past: Path | None = None) -> None:
        """
        Args:
            path: None is a ledger that nothing remains of.
            past: One that it knows all of, which is only read, whoever writes there.

        Raises:
            OperationError: then, or at any time: a file cannot be used; the message names it.
        """
        self._path, self._past = past or path, past
        # An empty name is a file that goes with the connection.
        name = "" if path is None else path.absolute().as_uri()
        with self._faults():
            self._connection = sqlite3.connect(name, isolation_level=None, uri=True)
            self._run("PRAGMA journal_mode = WAL")
            self._run("PRAGMA synchronous = FULL")
            self._connection.executescript(SCHEMA)
        if past is not None:
            self._run("ATTACH ? AS past", f"{past.absolute().as_uri()}?mode=ro")
        for (own,) in self._run("SELECT id FROM ledger") or [(secrets.token_hex(4),)]:
            self.id: str = own
            """Tells its records in the log from those of another ledger."""
        first = "INSERT INTO ledger SELECT ?, ? WHERE NOT EXISTS (SELECT 1 FROM ledger)"
        self._run(first, self.id, VERSION)
        self._marks: dict[Mark, int] = {}
        self._brought: set[tuple[str, Commodity]] = set()
        """Meters whose sheets of the past are here."""
        self._begin()

    def close(self) -> None:
        """Without keeping what was not kept."""
        self._connection.close()

    def keep(self) -> None:
        """Make durable what was said since, and begin anew."""
        self._run("COMMIT")
        self._begin()

    def forget(self) -> None:
        """Forget what was said since, and begin anew."""
        self._run("ROLLBACK")
        self._marks.clear()
        self._brought.clear()
        self._begin()

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
        """What is known of the time of these words, and of an interval more."""
        self._bring(meter_id, commodity)
        ends_ms = said["end_ms"][[0, -1]] + [-interval_ms, interval_ms]
        return self._words(meter_id, commodity, interval_ms, ends_ms)

    def _words(self, meter_id: str, commodity: Commodity, interval_ms: int, ends_ms: Ints) -> Words:
        """What is on the sheets from one end of an interval to another."""
        first, last = sheets(ends_ms, interval_ms).tolist()
        rows = self._run(
            "SELECT words FROM sheet WHERE meter_id = ? AND commodity = ? AND interval_ms = ? "
            "AND number BETWEEN ? AND ? ORDER BY number",
            *(meter_id, commodity, interval_ms, first, last),
        )
        with self._faults():
            parts = [np.frombuffer(zlib.decompress(words), DTYPE) for (words,) in rows]
        return np.concatenate(parts) if parts else NOTHING

    def beside(
        self, meter_id: str, commodity: Commodity, interval_ms: int, said: Words
    ) -> Iterator[tuple[int, Words]]:
        """What is known of the time of these words in intervals of other lengths, by length."""
        self._bring(meter_id, commodity)
        lengths = self._run(
            "SELECT DISTINCT interval_ms FROM sheet WHERE meter_id = ? AND commodity = ? "
            "AND interval_ms NOT IN (0, ?)",
            *(meter_id, commodity, interval_ms),
        )
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
        )
        return int(found[0][0]) if found else FIRST_REGISTER_MWH

    def set_register_mwh(self, meter_id: str, commodity: Commodity, register_mwh: int) -> None:
        """Once more was sent."""
        said = (meter_id, commodity, register_mwh)
        self._run("INSERT OR REPLACE INTO meter VALUES (?, ?, ?)", *said)

    def put_chunk(self, ends: Sequence[int], readings: Sequence[Reading]) -> Chunk:
        """Readings that are to be sent."""
        rows = orjson.dumps([_VALUES(reading) for reading in readings])
        number = self._number(
            "INSERT INTO chunk (ends, readings) VALUES (?, ?) RETURNING number",
            *(orjson.dumps(list(ends)).decode(), zlib.compress(rows, FAST)),
        )
        return Chunk(number, tuple(ends), tuple(readings))

    def chunks(self) -> Iterator[Chunk]:
        """Those that were not all sent, or of which nobody could tell before it was killed."""
        for number, ends, packed in self._run("SELECT * FROM chunk ORDER BY number"):
            with self._faults():
                readings = tuple(Reading(*row) for row in orjson.loads(zlib.decompress(packed)))
            yield Chunk(number, tuple(orjson.loads(ends)), readings)

    def drop_chunk(self, number: int) -> None:
        """All of it is stored."""
        self._run("DELETE FROM chunk WHERE number = ?", number)

    def _begin(self) -> None:
        self._run("BEGIN IMMEDIATE")
        if self._past is not None:
            # Numbers of both are those that the words of its sheets have.
            self._run("INSERT OR IGNORE INTO file SELECT * FROM past.file")
            self._run("INSERT OR IGNORE INTO mark SELECT * FROM past.mark")

    def _bring(self, meter_id: str, commodity: Commodity) -> None:
        """Copy what the past knows of a meter, once."""
        if self._past is None or (meter_id, commodity) in self._brought:
            return
        self._brought.add((meter_id, commodity))
        self._run(
            "INSERT INTO sheet SELECT * FROM past.sheet WHERE meter_id = ? AND commodity = ?",
            *(meter_id, commodity),
        )

    def _number(self, query: str, *values: object) -> int:
        return int(self._run(query, *values)[0][0])

    def _run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._faults():
            return self._connection.execute(statement, values).fetchall()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, zlib.error, ValueError) as error:
            raise OperationError(
                f"{self._path or 'the ledger'}: what was imported before cannot be read or noted "
                f"({error}): bring a copy of that file back; without it all would be counted again"
            ) from error
