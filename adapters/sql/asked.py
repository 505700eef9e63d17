"""A statement and its answer: of one instant, within limits, by who can only read.

Four things keep it so. Only a SELECT (or what is one: WITH, FROM, VALUES, DESCRIBE, SHOW,
SUMMARIZE) is taken, and runs in a transaction that is read-only, for a WITH may insert. DuckDB
opens no file but the archive's, and its settings are locked. What PostgreSQL has is read by a
transaction of its own that is read-only, into DuckDB's memory.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import psycopg
import pyarrow as pa

from adapters.sql.archived import Limits, opened
from adapters.sql.catalogue import ELSEWHERE, TABLES, Days, View, table_statements, views
from adapters.sql.errors import CutError, StatementError
from adapters.sql.stored import load, one_instant
from contracts.settings import Settings

_ABSENT = re.compile(r"Table with name \"?(\w+)\"? does not exist")
"""How DuckDB says that there is no such table."""
_BATCH_ROWS = 10_000
_AGAIN_S = 0.05

Result = TypeVar("Result")


@dataclass
class Answer:
    """Rows of a statement; take them once."""

    names: Sequence[str]
    types: Sequence[str]
    """As DuckDB calls them."""
    files: int
    """Of the archive, that there were to read."""
    _relation: duckdb.DuckDBPyRelation
    _watch: "_Watch"
    was_cut: bool = field(default=False, init=False)
    """Whether there were more rows than were allowed; known when all are taken."""

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows, some at a time.

        Raises:
            CutError: a limit of time or memory ended it.
            StatementError: DuckDB says that something in it is wrong.
        """
        with self._watch.errors():
            left = self._watch.limits.rows
            # One more than is shown tells whether there are more.
            found = self._relation.limit(left + 1)
            reader = self._watch.run(lambda: found.to_arrow_reader(_BATCH_ROWS))
            while (batch := self._watch.run(lambda: next(reader, None))) is not None:
                self.was_cut = batch.num_rows > left
                shown = batch.slice(0, left)
                left -= shown.num_rows
                if shown.num_rows:
                    yield shown
                if self.was_cut:
                    return

    def rows(self) -> Iterator[tuple[object, ...]]:
        """The same, row by row, as Python has them. Raises the same."""
        for batch in self.batches():
            yield from zip(*map(_values, self.names, batch.columns), strict=True)

    def schema(self) -> pa.Schema:
        """Of the batches."""
        return self._relation.limit(0).to_arrow_table().schema


@contextmanager
def asked(
    settings: Settings, statement: str, limits: Limits | None = None, days: Days | None = None
) -> Iterator[Answer]:
    """The answer to a statement, within the context.

    Args:
        days: Whose readings there are; all if absent.

    Raises:
        StatementError: it is not one statement that asks, or it asks for what is not there.
        CutError: a limit of time or memory ended it.
        ArchiveError: the archive is not on this machine, or cannot be read.
        psycopg.OperationalError: PostgreSQL is needed, and does not answer.
    """
    limits = limits or Limits()
    question = _one_question(statement)
    with (
        opened(settings, days or Days(), limits) as (connection, paths),
        connection.cursor() as cursor,
        _Watch(cursor, paths, limits) as watch,
    ):
        with watch.errors():
            relation = _bound(settings, connection, cursor, question, watch)
            assert relation is not None
        types = [str(each) for each in relation.types]
        yield Answer(relation.columns, types, len(paths), relation, watch)


def catalogue(settings: Settings, days: Days | None = None) -> list[View]:
    """What can be asked for, without a word to PostgreSQL.

    Raises:
        ArchiveError: as `asked`.
    """
    with opened(settings, days or Days(), Limits()) as (connection, _):
        for name in TABLES:
            connection.execute(table_statements(name))
        return views(connection)


def _one_question(statement: str) -> duckdb.Statement:
    try:
        found = duckdb.extract_statements(statement)
    except duckdb.Error as error:
        raise StatementError(_message(error)) from error
    if len(found) != 1:
        raise StatementError(f"there are {len(found)} statements: give one")
    kind = found[0].type
    if kind != duckdb.StatementType.SELECT:
        raise StatementError(
            f"this is a statement of the kind {kind.name}, and nothing can be changed here: give "
            "one that begins with SELECT, WITH, FROM, VALUES, DESCRIBE, SHOW or SUMMARIZE"
        )
    return found[0]


def _bound(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    cursor: duckdb.DuckDBPyConnection,
    question: duckdb.Statement,
    watch: "_Watch",
) -> duckdb.DuckDBPyRelation | None:
    """The question with all that it names. A table of PostgreSQL is not there until it is asked
    for, so none is ever taken for empty."""
    loaded: set[str] = set()
    with ExitStack() as stack:
        stored: psycopg.Connection | None = None
        while True:
            cursor.execute("BEGIN TRANSACTION READ ONLY")
            try:
                return watch.run(lambda: cursor.sql(question))
            except duckdb.CatalogException as error:
                cursor.execute("ROLLBACK")
                absent = _ABSENT.search(str(error))
                name = absent[1].lower() if absent else ""
                if name in ELSEWHERE:
                    raise StatementError(f"{name} {ELSEWHERE[name]}") from error
                if name not in TABLES or name in loaded:
                    raise
            stored = stored or stack.enter_context(one_instant(settings, watch.until_s))
            load(connection, stored, name, watch.until_s)
            loaded.add(name)


class _Watch:
    """Ends what takes too long, and says why something ended."""

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, paths: Sequence[Path], limits: Limits
    ) -> None:
        self.limits = limits
        self.until_s = time.monotonic() + limits.seconds
        self._paths = paths
        self._cursor = cursor
        self._thread = ThreadPoolExecutor(1, "sql")

    def __enter__(self) -> "_Watch":
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown()

    def run(self, work: Callable[[], Result]) -> Result:
        """What DuckDB does, in a thread of its own: while it works, where it was called nobody
        sees a signal, and here one ends it, as the limit of time does.

        Raises:
            TimeoutError: there is no time left for it.
        """
        left_s = self.until_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        done = self._thread.submit(work)
        try:
            if not wait([done], left_s).done:
                self._end(done)
            return done.result()
        except KeyboardInterrupt:
            self._end(done)
            raise

    def _end(self, work: Future[Result]) -> None:
        # What has not begun yet does not hear that it is to end.
        while not wait([work], _AGAIN_S).done:
            self._cursor.interrupt()

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn what DuckDB and PostgreSQL raise into what a person can mend."""
        try:
            yield
        except duckdb.OutOfMemoryException as error:
            raise CutError(
                f"the answer takes more than {self.limits.memory_mib:,} MiB of memory or "
                f"{self.limits.spill_mib:,} MiB of disk, and was ended: ask for less, or give "
                "--memory-mib"
            ) from error
        except (TimeoutError, psycopg.errors.QueryCanceled) as error:
            raise self._too_long() from error
        except (duckdb.InterruptException, OSError) as error:
            if time.monotonic() >= self.until_s:
                raise self._too_long() from error
            if missing := [path for path in self._paths if not path.exists()]:
                raise self._compacted(missing[0]) from error
            raise
        except duckdb.Error as error:
            if missing := [path for path in self._paths if not path.exists()]:
                raise self._compacted(missing[0]) from error
            raise StatementError(_message(error)) from error

    def _too_long(self) -> CutError:
        return CutError(
            f"the answer takes longer than {self.limits.seconds:g} s, and was ended: ask for less "
            "(--from, --to, or a condition on day), or give --seconds"
        )

    def _compacted(self, path: Path) -> CutError:
        return CutError(
            f"{path} was deleted by a compaction while it was read: ask again, or have compactions "
            "keep what they replace for longer"
        )


def _values(name: str, column: pa.Array) -> list[object]:
    """As Python has them.

    Raises:
        StatementError: Python has none such, as of a time after the year 9999.
    """
    try:
        values: list[object] = column.to_pylist()
        return _lengths(values) if pa.types.is_interval(column.type) else values
    except (OverflowError, ValueError) as error:
        raise StatementError(
            f"a value of {name} cannot be shown ({error}): ask for CAST({name} AS VARCHAR)"
        ) from error


def _lengths(values: list[Any]) -> list[object]:
    """Of an interval a length of time; with months, which have no length, what it has of each."""
    return [
        timedelta(days=each.days, microseconds=each.nanoseconds // 1_000)
        if each is not None and not each.months
        else each and f"{each.months} months {each.days} days {each.nanoseconds // 1_000_000} ms"
        for each in values
    ]


def _message(error: duckdb.Error) -> str:
    return str(error).strip()
