"""What people read in a terminal fits 80 columns: nothing is cut, usual values stay whole."""

import io
from collections.abc import Iterable
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from adapters.flink import CheckpointAge
from chaos import report
from chaos.round import Harm, Round
from contracts.live import LargeMeter, Largest, LiveGroup, LiveMeter
from contracts.settings import Settings
from infra.flink.held_back import HeldBack
from infra.local.stack import State
from infra.local.status_table import status_table
from simulators.network.schedule import Kind
from simulators.run.summary import show_summary, summarize
from tests.unit.infra.flink.test_health import CAUSE, CIRCLING, STOPPED, WELL
from verification.comparison.compare import Comparison
from verification.comparison.summary import show_comparisons, show_counts
from verification.oracle.expected import Counts
from wattstream.jobs_table import age_text, jobs_table, words
from wattstream.live_tables import areas_table, largest_table, meters_table
from wattstream.watch import Progress, summary

SETTINGS = Settings(namespace="demo")
HELD_BACK = HeldBack("demo.readings", {2: 1_234})
AT_MS = 1_357_000_200_000


def narrow() -> Console:
    """A terminal of 80 columns that keeps what it shows, and shows it as it stands."""
    return Console(width=80, record=True, file=io.StringIO(), markup=False, emoji=False)


def shown(*parts: RenderableType) -> list[str]:
    """Lines on such a terminal, in which nothing is cut."""
    console = narrow()
    for part in parts:
        console.print(part)
    return uncut(console)


def uncut(console: Console) -> list[str]:
    """What the terminal shows, if nothing is cut."""
    text = console.export_text()
    assert "…" not in text
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    return lines


def assert_whole(lines: Iterable[str], *row: str) -> None:
    """One line has all of these."""
    assert any(all(cell in line for cell in row) for line in lines), row


def test_services() -> None:
    def state(name: str, *ports: int) -> State:
        log = Path.cwd() / ".local" / "log" / f"{name}.log"
        return State(name, 4_194_304, True, True, ports, 2_345 * 2**20, log)

    lines = shown(
        status_table([state("flink-jobmanager", 18_081, 18_123, 18_124), state("redis", 16_379)])
    )

    assert_whole(lines, "flink-jobmanager", "up, outdated", "4194304", "18081 18123", "2,345 MiB")
    assert_whole(lines, "logs: .local/log/<service>.log")


def test_jobs() -> None:
    lines = shown(jobs_table([WELL, CIRCLING, STOPPED]))

    assert_whole(lines, "hot", "running", " 1,234,567,890 ", " 7 s ago", "0")
    assert_whole(lines, "cold", "in a circle", " 20 ", "400 s ago", "3")
    assert_whole(lines, "history", "not running", "?")


def test_what_is_wrong_with_jobs_is_told_in_words() -> None:
    circle, stopped, held_back = words(SETTINGS, [WELL, CIRCLING, STOPPED], HELD_BACK)

    assert "demo-cold restarts in a circle, 3 times in the last 5 minutes" in circle
    assert CAUSE in circle
    assert "demo-history does not run" in stopped
    assert "1,234 records of demo.readings" in held_back
    # Whole words: nothing is broken that could be copied.
    lines = shown(circle, stopped, held_back)
    assert_whole(lines, "http://127.0.0.1:18081/#/job/5f6067a4/exceptions")


def test_watch() -> None:
    progress = Progress(
        123_456_789, 12_345, 9_876_543, 54_321, [WELL, CIRCLING, STOPPED], HELD_BACK
    )
    area = LiveGroup(AT_MS, 12_345_678.0, 12_345, 61_725, 7, 123_456.0)
    areas = {("electricity", "gcpuv"): area, ("water", "gcpuy"): area}
    meters = [
        ("MAC000002", meter("electricity", 1_445_078_777.1, 2_325.0)),
        ("sim-t-000143", meter("water", 123_456_789.0, -1_234.5)),
    ]

    largest = Largest(AT_MS, [LargeMeter("sim-t-000143", "gcpuy", 98_765_432.1)])

    lines = shown(
        summary(SETTINGS, progress, 123_456.7, 1_000_000, 3),
        areas_table(areas, 2, 5),
        largest_table({"water": {"power": largest, "energy": largest}}, 3, 3),
        meters_table(meters, 2, AT_MS, 5_000, 10),
    )

    assert_whole(lines, "water", "sim-t-000143", "98,765,432 l/h", "98,765,432 l")
    assert_whole(lines, "123,457 ", "messages/s", "123,456,789 ", "messages", "12,345 ", "rejected")
    assert_whole(lines, "9,876,543 ", "slices", "54,321 ", "late", "1,000,000 ", "meters live")
    assert_whole(lines, "cold", "in a circle")
    assert_whole(lines, "gcpuv", "electricity", "12,345", "12,345,678 W", "01-01 00:30:00")
    assert_whole(lines, "MAC000002", "2,325 W", "1,445,078,777 Wh", "reporting")


def test_the_longest_meter_and_the_largest_numbers_are_not_cut() -> None:
    shown(meters_table([("m" * 64, meter("electricity", 1e11, -1e9))], 1, AT_MS, 5_000, 1))


def test_watch_says_so_if_no_job_runs() -> None:
    lines = shown(summary(SETTINGS, Progress(0, 0, 0, 0, [], None), None, 0, 0))

    assert_whole(lines, "no job runs")


def meter(commodity: str, register: float, demand: float) -> LiveMeter:
    """What is known of one."""
    return LiveMeter(
        slice_end_ms=AT_MS,
        last_ms=AT_MS,
        holds_until_ms=AT_MS + 30_000,
        late=False,
        geohash="gcpuyj2k41vd",
        commodity=commodity,
        register=register,
        demand=demand,
        energy_today=0.0,
        readings=5,
    )


def test_chaos() -> None:
    harms = (
        Harm("cassandra-stopped-long", 123.4, 456.0, "down for 61 s"),
        Harm("upgraded", None, 1, ""),
    )
    told = "minutes: row (1, 2013-01-01) differs"

    lines = shown(report.table([a_round(harms, ""), a_round(harms[1:], told)]))

    assert_whole(lines, "cassandra-stopped-long", "12,345,678", " 0 ", " 123 ", " 456 ", " equal")
    assert_whole(lines, "upgraded", "n/a", "NOT EQUAL")
    assert_whole(lines, "cassandra-stopped-long: down for 61 s")
    assert_whole(lines, f"upgraded: {told}")


def a_round(harms: tuple[Harm, ...], problem: str) -> Round:
    """A long one."""
    return Round(
        seed=1,
        began="2026-01-05 18:00",
        build="0123456",
        harms=harms,
        readings=12_345_678,
        rate=20_000.4,
        behind_s=0.0,
        late=12,
        rejected=3,
        lost=0,
        doubled=0,
        rejects_repeated=1,
        late_dropped=0,
        equal=not problem,
        problem=problem,
    )


def test_verify() -> None:
    rejected = {"arrival_went_back": 123_456, "clock_ahead": 1, "unsupported_version": 1_234}
    counts = Counts(123_456_789, 12_345, 6, 1, 2, 3, 4, rejected, 10, 20)
    stores = ("minutes_by_meter", "live areas", "archive (Parquet files that count)")
    console = narrow()

    show_counts(counts, {"minutes stored": 123_456_789}, console)
    show_comparisons([Comparison(store, 123_456_789, 1, 2, 3) for store in stores], {}, console)

    lines = uncut(console)
    assert_whole(lines, "messages sent, without heartbeats and announcements", "123,456,789")
    assert_whole(lines, "arrived on time, repeats and revisions among them", " 1 ")
    assert_whole(lines, "arrived late, repeats and revisions among them", " 2 ")
    assert_whole(lines, "of both, repeats of what was known", " 3 ")
    assert_whole(lines, "of both, revisions of what was known", " 4 ")
    assert_whole(lines, "arrival_went_back 123,456")
    assert_whole(lines, "minutes_by_meter", "123,456,789", "1", "2", "3")


def test_simulate_counts_by_other_words_than_verify() -> None:
    counts = [0] * len(Kind)
    counts[Kind.ON_TIME], counts[Kind.LATE], counts[Kind.MALFORMED] = 12_345, 678, 9
    counts[Kind.REPEAT], counts[Kind.HEARTBEAT], counts[Kind.EVENT] = 55, 66, 77
    sums = summarize(
        counts,
        first_arrival_ms=AT_MS,
        last_arrival_ms=AT_MS,
        seconds=2.0,
        recordings=[],
        interrupted=False,
    )
    console = narrow()

    show_summary(sums, console)

    text = " ".join(" ".join(uncut(console)).split())
    assert "13,087 messages: 12,345 readings that came on time, 678 that came late," in text
    assert "9 that cannot be used, and 55 sent a second time, on time or late." in text
    assert "Besides 0 announcements of meters, 66 heartbeats, 77 last gasps" in text


@pytest.mark.parametrize(
    ("age_ms", "text"),
    [(0, "0 s"), (30_000, "30 s"), (30_001, "[red]30 s[/red]"), (3_600_000, "[red]3,600 s[/red]")],
)
def test_an_age_beyond_three_intervals_is_red(age_ms: int, text: str) -> None:
    assert age_text(CheckpointAge(age_ms, interval_ms=10_000)).markup == text
