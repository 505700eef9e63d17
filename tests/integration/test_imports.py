"""Files through the importer into a real log, and what history and the archive have of them."""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.connect import cassandra_session
from adapters.energy import energy_from_history
from benchmarks.imports import beating
from contracts.energy import Counting, Span
from contracts.history import keyspace
from contracts.settings import Settings
from contracts.time import DAY_MS, MINUTE_MS
from exchange.archived import archived
from tests.support.imported import ENERGY_MWH, PATIENCE_S, THREE_YEARS, imported, said, shared
from tests.support.namespaces import fresh_namespace, submit
from tests.support.verify import assert_no_job_failed

FROM_MS, TO_MS = 1_511_445_600_000, 1_600_783_200_000
"""Where the first interval begins, and the last one ends."""
POLL_S = 3.0
HALF_HOUR_MS = 30 * MINUTE_MS
JANUARY_MS = 1_704_031_200_000
"""Of 2024, at UTC+10."""
DAYS = 28


@pytest.fixture(scope="module")
def running(stack: Settings) -> Iterator[Settings]:
    """A namespace with all jobs, in which time goes on."""
    with fresh_namespace(shared(stack), "test_imports") as settings:
        submit(settings)
        with beating(settings):
            yield settings


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


@pytest.mark.proof
def test_three_years_of_a_home_are_in_history_and_archive(running: Settings) -> None:
    imported(running, THREE_YEARS)

    whole, last = Span(FROM_MS, TO_MS), Span(TO_MS - DAY_MS, TO_MS)
    eventually(running, lambda: in_archive(running, "M1", whole), [ENERGY_MWH])
    # To ask for all of it takes long: first for what comes last.
    of_last_day = in_archive(running, "M1", last)
    eventually(running, lambda: in_history(running, "M1", last), of_last_day)
    eventually(running, lambda: in_history(running, "M1", whole), [ENERGY_MWH])
