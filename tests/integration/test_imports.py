"""Files through the importer into a real log, while it is killed; and what history and the archive
have of them."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import orjson
import pytest

from adapters.connect import cassandra_session
from adapters.energy import energy_from_history
from adapters.kafka import Offsets
from adapters.kept_records import kept
from benchmarks.imports import beating
from contracts.energy import Counting, Span
from contracts.history import keyspace
from contracts.reading import ID_HEADER
from contracts.settings import PROJECT, Settings
from contracts.time import DAY_MS, MINUTE_MS
from contracts.topics import readings
from exchange.archived import archived
from tests.support.namespaces import fresh_namespace, submit
from tests.support.verify import assert_no_job_failed

COMMAND = Path(sys.executable).with_name("wattstream")
THREE_YEARS = PROJECT / "tests" / "unit" / "exchange" / "data" / "nem12_meter01.csv.gz"
READINGS, ENERGY_MWH = 49_632, 9_756_118_000
FROM_MS, TO_MS = 1_511_445_600_000, 1_600_783_200_000
"""Where the first interval begins, and the last one ends."""
RATE = 5_000
"""Readings a second, so that an importer has time to be killed in: ten seconds of it."""
JITTER_S = 0.1
PATIENCE_S, POLL_S = 900.0, 3.0
HALF_HOUR_MS = 30 * MINUTE_MS
JANUARY_MS = 1_704_031_200_000
"""Of 2024, at UTC+10."""
DAYS = 28

Outcome = subprocess.CompletedProcess[str]


def namespace(stack: Settings, name: str) -> AbstractContextManager[Settings]:
    """An empty one whose broker stamps arrivals, as where several write."""
    shared = stack.model_copy(update={"readings_timestamp_type": "LogAppendTime"})
    return fresh_namespace(shared, name)


@pytest.fixture
def log(stack: Settings) -> Iterator[Settings]:
    """A namespace without jobs."""
    with namespace(stack, "test_imports_log") as settings:
        yield settings


@pytest.fixture(scope="module")
def running(stack: Settings) -> Iterator[Settings]:
    """A namespace with all jobs, in which time goes on."""
    with namespace(stack, "test_imports") as settings:
        submit(settings)
        with beating(settings):
            yield settings


def command(settings: Settings, *arguments: object) -> list[str]:
    into = ("--geohash", "r1r0f", "-n", settings.namespace)
    return [str(COMMAND), "import", *map(str, arguments), *into]


def imported(settings: Settings, *arguments: object) -> Outcome:
    """What the command said; all of the files could be used."""
    outcome = subprocess.run(
        command(settings, *arguments),
        env=os.environ | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return outcome


Said = dict[str, dict[str, object]]


def said(settings: Settings) -> Said:
    """What importers have put into the log, by id, each of which is there once."""
    found: Said = {}
    for message in kept(settings, readings(settings)):
        ids = [bytes(value or b"") for name, value in message.headers() or [] if name == ID_HEADER]
        if ids:
            name = ids[-1].decode()
            assert name.startswith("import/")
            assert name not in found
            found[name] = orjson.loads(message.value() or b"")
    return found


def energy_mwh(found: Said) -> int:
    return sum(round(float(str(each["energy"])) * 1000) for each in found.values())


def killed_in(settings: Settings, path: Path, moments: int) -> int:
    """Import a file and kill the importer as often, each time further on; how often it was alive
    then."""
    chance, offsets = random.Random(moments), Offsets(settings)
    topic, kills = readings(settings), 0
    for moment in range(moments):
        importer = subprocess.Popen(
            command(settings, path, "--rate", RATE),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline_s = time.monotonic() + PATIENCE_S
        reached = moment * READINGS // moments
        while importer.poll() is None and sum(*offsets.ends([topic])) < reached:
            assert time.monotonic() < deadline_s, f"the importer does not get to {reached:,}"
            time.sleep(0.01)
        time.sleep(chance.uniform(0, JITTER_S))
        importer.kill()
        kills += importer.wait(PATIENCE_S) == -signal.SIGKILL
    return kills


@pytest.mark.parametrize("moments", [4, pytest.param(20, marks=pytest.mark.proof)])
def test_an_importer_that_is_killed_again_and_again_sends_each_reading_once(
    log: Settings, tmp_path: Path, moments: int
) -> None:
    kills = killed_in(log, THREE_YEARS, moments)
    assert kills > moments // 2

    imported(log, THREE_YEARS)

    found = said(log)
    assert len({(each["meter_id"], each["ts"]) for each in found.values()}) == len(found)
    assert (len(found), energy_mwh(found)) == (READINGS, ENERGY_MWH)
    # Nothing of it is sent again, under no name.
    other = tmp_path / "other.csv.gz"
    shutil.copy(THREE_YEARS, other)
    again = imported(log, THREE_YEARS, other)
    assert again.stdout.count(f"{READINGS:,}  there already") == 2
    assert said(log) == found


def day(nmi: str, number: int, wh: int) -> str:
    """A file of a day of January: its half-hours take `wh`, and one more each."""
    values = ",".join(str(wh + n) for n in range(48))
    return f"200,{nmi},E1,E1,E1,N1,S1,Wh,30,\n300,202401{number:02},{values},A,,,,\n900\n"


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.csv"
    path.write_text(text)
    return path


def whole_days_mwh(wh_by_day: dict[int, int]) -> dict[int, int]:
    """What days take, by number."""
    return {number: (48 * wh + sum(range(48))) * 1000 for number, wh in wh_by_day.items()}


def span_of(number: int) -> Span:
    begin_ms = JANUARY_MS + (number - 1) * DAY_MS
    return Span(begin_ms, begin_ms + DAY_MS)


def in_history(settings: Settings, meter: str, *spans: Span) -> list[int]:
    """What a meter took in each, in thousandths of a Wh."""
    session = cassandra_session(settings.cassandra)
    counting = Counting(kind="interval", cadence_ms=HALF_HOUR_MS)
    try:
        return [
            energy_from_history(
                session, keyspace(settings), meter, "electricity", span, counting
            ).amount
            for span in spans
        ]
    finally:
        session.cluster.shutdown()


def in_archive(settings: Settings, meter: str, *spans: Span) -> list[int]:
    """As `in_history`."""
    return [
        sum(
            int(block.amounts.sum())
            for block in archived(settings, [meter], span.begin_ms, span.end_ms)
        )
        for span in spans
    ]


def eventually(settings: Settings, what: Callable[[], object], expected: object) -> None:
    """Return once it is so."""
    deadline_s = time.monotonic() + PATIENCE_S
    while (found := what()) != expected:
        assert_no_job_failed(settings)
        assert time.monotonic() < deadline_s, f"{found} is not {expected}"
        time.sleep(POLL_S)


def test_days_in_any_order_are_the_same_in_history_and_archive(
    running: Settings, tmp_path: Path
) -> None:
    days = {number: 7 * number % 23 for number in range(1, DAYS + 1)}
    shuffled = random.Random(25).sample(sorted(days), DAYS)
    for nmi, order in (("NINORDER01", sorted(days)), ("NSHUFFLED1", shuffled)):
        folder = tmp_path / nmi
        folder.mkdir()
        texts = {number: day(nmi, number, wh) for number, wh in days.items()}
        imported(running, *(written(folder, f"{n}", texts[n]) for n in order))

    expected = list(whole_days_mwh(days).values())
    spans = [span_of(number) for number in days]
    for nmi in ("NINORDER01", "NSHUFFLED1"):
        eventually(running, lambda nmi=nmi: in_archive(running, nmi, *spans), expected)  # type: ignore[misc]
        eventually(running, lambda nmi=nmi: in_history(running, nmi, *spans), expected)  # type: ignore[misc]


def test_a_revised_file_sends_differences_and_its_own_totals_hold(
    running: Settings, tmp_path: Path
) -> None:
    nmi, before = "NREVISED01", said(running)
    first = "".join(day(nmi, number, 10) for number in (1, 2))
    revised = "".join(day(nmi, number, wh) for number, wh in ((1, 7), (2, 10), (3, 5)))
    imported(running, written(tmp_path, "first", first))
    told = imported(running, written(tmp_path, "revised", revised))
    assert "48  revised: the difference is sent" in told.stdout

    sent = {name: each for name, each in said(running).items() if name not in before}
    # Of two days first, then of one that is revised, and of one that is new.
    assert len({(each.get("revision"), each["ts"]) for each in sent.values()}) == len(sent)
    assert [each["energy"] for each in sent.values() if each.get("revision") == 1] == [-3] * 48
    assert len(sent) == 2 * 48 + 48 + 48
    expected = list(whole_days_mwh({1: 7, 2: 10, 3: 5}).values())
    spans = [span_of(number) for number in (1, 2, 3)]
    eventually(running, lambda: in_archive(running, nmi, *spans), expected)
    eventually(running, lambda: in_history(running, nmi, *spans), expected)


def test_three_years_of_a_home_are_in_history_and_archive(running: Settings) -> None:
    imported(running, THREE_YEARS)

    whole, last = Span(FROM_MS, TO_MS), Span(TO_MS - DAY_MS, TO_MS)
    eventually(running, lambda: in_archive(running, "M1", whole), [ENERGY_MWH])
    # To ask for all of it takes long: first for what comes last.
    of_last_day = in_archive(running, "M1", last)
    eventually(running, lambda: in_history(running, "M1", last), of_last_day)
    eventually(running, lambda: in_history(running, "M1", whole), [ENERGY_MWH])
