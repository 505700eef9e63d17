"""What a run did, for people and for the command line."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

from simulators.network.schedule import Kind

BESIDES = (Kind.HEARTBEAT, Kind.ANNOUNCEMENT, Kind.EVENT)
"""What is no message of readings."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts are records, by what the simulator meant them to be.

    `sent` is `on_time + late + repeated + malformed`; heartbeats, announcements and events come on
    top. A repeat counts as a repeat here, whenever it arrives; `wattstream verify` counts it among
    the late ones or those on time, too.
    """

    sent: int
    on_time: int
    late: int
    repeated: int
    malformed: int
    heartbeats: int
    announced: int
    events: int
    first_arrival_ms: int
    last_arrival_ms: int
    """Of the readings; heartbeats that let time pass are later."""
    seconds: float
    rate: float
    """Records per second, heartbeats and announcements included."""
    recordings: tuple[Path, ...]
    interrupted: bool
    """Stopped before its end, by Ctrl-C or by its caller."""
    behind_s: float = 0.0
    """How far the run was behind its schedule at worst."""


def summarize(
    counts: Sequence[int],
    *,
    first_arrival_ms: int,
    last_arrival_ms: int,
    seconds: float,
    recordings: Sequence[Path],
    interrupted: bool,
    behind_s: float = 0.0,
) -> Summary:
    """The summary of a run that sent this many records of each `Kind`."""
    return Summary(
        sent=sum(counts[kind] for kind in Kind if kind not in BESIDES),
        on_time=counts[Kind.ON_TIME],
        late=counts[Kind.LATE],
        repeated=counts[Kind.REPEAT],
        malformed=counts[Kind.MALFORMED],
        heartbeats=counts[Kind.HEARTBEAT],
        announced=counts[Kind.ANNOUNCEMENT],
        events=counts[Kind.EVENT],
        first_arrival_ms=first_arrival_ms,
        last_arrival_ms=last_arrival_ms,
        seconds=seconds,
        rate=sum(counts) / max(seconds, 1e-9),
        recordings=tuple(recordings),
        interrupted=interrupted,
        behind_s=behind_s,
    )


def show_summary(summary: Summary, console: Console) -> None:
    """Say what was sent, how fast, and where it is recorded."""
    console.print(
        f"{summary.sent:,} messages: {summary.on_time:,} readings that came on time, "
        f"{summary.late:,} that came late, {summary.malformed:,} that cannot be used, and "
        f"{summary.repeated:,} sent a second time, on time or late. Besides "
        f"{summary.announced:,} announcements of meters, {summary.heartbeats:,} heartbeats"
        + (f", {summary.events:,} last gasps" if summary.events else "")
    )
    console.print(
        f"{summary.rate:,.0f} messages/s acknowledged over {summary.seconds:,.1f} s"
        + (f", at worst {summary.behind_s:.2f} s behind schedule" if summary.behind_s else "")
    )
    if not summary.recordings:
        console.print("not recorded: `wattstream verify` cannot check this namespace")
    for recording in summary.recordings:
        console.print(f"recorded in {recording}", soft_wrap=True)


def progress_bar(console: Console) -> Progress:
    """How far a run is; tasks have the fields `sent` (records), `at` (arrival) and `rate` (1/s)."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[sent]:,} sent", markup=False),
        TextColumn("{task.fields[at]}", markup=False),
        TextColumn("{task.fields[rate]:,.0f}/s", markup=False),
        console=console,
    )


def load_bar(console: Console) -> Progress:
    """How far a load test is; tasks have the fields `sent`, `rate` (records/s acknowledged),
    `backlog` (records that Kafka has not answered) and `behind_s` (the schedule)."""
    return Progress(
        SpinnerColumn(),
        BarColumn(bar_width=12),
        TextColumn("{task.fields[sent]:,} sent", markup=False),
        TextColumn("{task.fields[rate]:,.0f}/s", markup=False),
        TextColumn("{task.fields[backlog]:,} unanswered", markup=False),
        TextColumn("{task.fields[behind_s]:.1f} s behind", markup=False),
        console=console,
    )
