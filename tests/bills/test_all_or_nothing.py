"""Runs that are killed, and runs beside one another: all or nothing, and each once."""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

import psycopg
import pytest

from adapters.bills.documents import documents
from adapters.postgres import connect
from contracts.settings import PROJECT, Settings, without_settings
from services.settlement.issue import Issued, issue
from services.settlement.stored import computed
from tests.bills.london import ALL, A, B, asked, masters

TOLD = [(A, "2012-12-01", "2013-07-15T11:00"), (B, "2013-07-15T11:00", None)]
WRITTEN = ("run", "run_energy", "charge", "document", "document_tax", "ledger_line", "later_line")
KILLED = """
import sys, time
from pathlib import Path
from adapters.bills import ledger, runs
from adapters.postgres import connect
from contracts.settings import PostgresSettings, Settings
from services.settlement.issue import issue
from services.settlement.stored import computed
from tests.bills.london import asked

url, namespace, data_dir, moment = sys.argv[1:]
settings = Settings(
    postgres=PostgresSettings(url=url), namespace=namespace, data_dir=Path(data_dir)
)
arguments = asked("2013-07", "2013-08-09")

def stop(*_):
    print("here", flush=True)
    time.sleep(3_600)

def then_stop(write):
    def written(*each, **named):
        found = write(*each, **named)
        stop()
        return found
    return written

if moment == "before the lines":
    ledger.write_lines = stop
elif moment == "after the charges":
    runs.write = then_stop(runs.write)
else:
    ledger.write = then_stop(ledger.write)
with connect(settings) as connection:
    found = computed(settings, connection, arguments)
    issue(connection, arguments, found.masters, found.run)
"""

COMMAND = f"""
from adapters import archived, arrivals
from tests.bills.london import came_before
from wattstream.main import app

# Kafka and Flink are not there, and would say this.
archived.archived_until = lambda _: [{ALL}]
arrivals.came_from = lambda _, at_ms: [came_before(at_ms)]
app()
"""
JULY = ("bill", "--month", "2013-07")
STATEMENTS = 18
"""After how many of those that write it is killed at most."""


@pytest.mark.parametrize(
    "moment", ["after the charges", "before the lines", "before it is committed"]
)
def test_a_run_that_is_killed_leaves_nothing(
    archived: Settings, database: psycopg.Connection, moment: str
) -> None:
    masters(database, TOLD)
    arguments = [archived.postgres.url, archived.namespace, str(archived.data_dir), moment]
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        process.kill()

    wait_for_its_end(database)
    assert counts(database) == dict.fromkeys(WRITTEN, 0)
    issued = run(archived, database)
    assert issued.numbers == ("00000001", "00000002")


def test_a_command_that_is_killed_at_any_moment_leaves_all_or_nothing(
    archived: Settings, database: psycopg.Connection
) -> None:
    masters(database, TOLD)
    # The first ones first: one that is too late ends what can be killed.
    for number in sorted(random.Random(22).sample(range(1, STATEMENTS), 4)):
        with held_before_it_writes(archived, database) as process:
            wait_for_statements(database, process, number)
            process.kill()
        wait_for_its_end(database)
        if any(counts(database).values()):
            # It was as quick as its end.
            assert nets(database) == [(A, 1_494), (B, 1_875)]
            break

    with command(archived) as process:
        told, _ = process.communicate()

    assert process.returncode == 0, told
    assert nets(database) == [(A, 1_494), (B, 1_875)]
    assert [each.number for each in documents(database)] == ["00000001", "00000002"]


def command(settings: Settings) -> "subprocess.Popen[str]":
    """`wattstream bill` of July."""
    of_settings = {
        "WATTSTREAM_POSTGRES_URL": settings.postgres.url,
        "WATTSTREAM_DATA_DIR": str(settings.data_dir),
        "WATTSTREAM_NAMESPACE": settings.namespace,
    }
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *JULY],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=PROJECT,
        env=without_settings(os.environ) | of_settings,
    )


@contextmanager
def held_before_it_writes(
    settings: Settings, database: psycopg.Connection
) -> "Iterator[subprocess.Popen[str]]":
    """`wattstream bill` as it begins to write, so that only then is it looked at all the time:
    what it does before takes seconds, and looking takes a processor from it."""
    with connect(settings) as holder:
        with holder.transaction():
            holder.execute("LOCK TABLE ledger_line IN SHARE MODE")
            process = command(settings)
            while process.poll() is None and not is_waited_for(database):
                time.sleep(0.05)
        with process:
            yield process


def is_waited_for(database: psycopg.Connection) -> bool:
    """Whether somebody waits for the ledger."""
    found = database.execute(
        "SELECT FROM pg_locks WHERE relation = 'ledger_line'::regclass AND NOT granted"
    )
    return found.rowcount > 0


def wait_for_statements(
    database: psycopg.Connection, process: "subprocess.Popen[str]", number: int
) -> None:
    """Until so many statements were seen of who issues, or the process has ended."""
    seen: set[tuple[int, datetime]] = set()
    while len(seen) < number and process.poll() is None:
        known = [pid for pid, _ in seen]
        seen |= set(
            database.execute(
                """
                SELECT pid, query_start FROM pg_stat_activity
                WHERE pid = ANY(%s) OR pid IN (
                    SELECT pid FROM pg_locks
                    WHERE relation = 'ledger_line'::regclass AND mode = 'ShareRowExclusiveLock'
                )
                """,
                [known],
            )
        )


def wait_for_its_end(database: psycopg.Connection) -> None:
    """Once nobody holds the ledger any more, a transaction that was killed is over."""
    with database.transaction():
        database.execute("LOCK TABLE run, ledger_line IN ACCESS EXCLUSIVE MODE")


def nets(database: psycopg.Connection) -> list[tuple[int, int]]:
    """Customer and net of each document, in minor units."""
    return [(each.said.customer_id, each.said.net_minor) for each in documents(database)]


def test_two_at_once_issue_once(archived: Settings, database: psycopg.Connection) -> None:
    masters(database, TOLD)
    arguments = asked("2013-07", "2013-08-09")
    found = computed(archived, database, arguments)
    outcomes: list[Issued] = []
    ready = threading.Barrier(4)

    def one() -> None:
        with connect(archived) as connection:
            ready.wait()
            outcomes.append(issue(connection, arguments, found.masters, found.run))

    threads = [threading.Thread(target=one) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sorted(each.again for each in outcomes) == [False, True, True, True]
    assert [each.number for each in documents(database)] == ["00000001", "00000002"]
    assert counts(database)["run"] == 1


def test_numbers_have_no_gap_after_what_was_rolled_back(
    archived: Settings, database: psycopg.Connection
) -> None:
    masters(database, TOLD)
    arguments = asked("2013-07", "2013-08-09")
    found = computed(archived, database, arguments)

    class Stopped(Exception):  # noqa: N818
        pass

    with pytest.raises(Stopped), database.transaction():
        issue(database, arguments, found.masters, found.run)
        raise Stopped
    issue(database, arguments, found.masters, found.run)
    later = replace(arguments, month="2013-08", masters_as_of_ms=arguments.masters_as_of_ms)
    august = computed(archived, database, later)
    issue(database, later, august.masters, august.run)

    numbers = [each.number for each in documents(database)]
    assert numbers == ["00000001", "00000002", "00000003"]


def run(settings: Settings, database: psycopg.Connection) -> Issued:
    """July, issued."""
    arguments = asked("2013-07", "2013-08-09")
    found = computed(settings, database, arguments)
    return issue(database, arguments, found.masters, found.run)


def counts(database: psycopg.Connection) -> dict[str, int]:
    """How many rows there are of what runs write."""
    return {table: len(database.execute(f"SELECT 1 FROM {table}").fetchall()) for table in WRITTEN}
