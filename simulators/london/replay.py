"""Replays a file of real readings, as if they came over the network when they were measured."""

import math
import threading
import time
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl
from rich.console import Console
from rich.text import Text

from contracts.reading import HEARTBEAT
from contracts.settings import Settings
from contracts.topics import partition_of
from simulators.fleet.london_grid import geohash_of
from simulators.hashing import text_hash
from simulators.london.continuity import continued, recorded
from simulators.london.labels import london_labels, spans_of
from simulators.london.lcl import HALF_HOUR_MS, London, between, read_london
from simulators.london.problems import told
from simulators.london.registry import announcements, registry_of
from simulators.network.conditions import Network, area_hashes, fates
from simulators.network.corruption import corrupt
from simulators.network.schedule import (
    NO_READING,
    Kind,
    Schedule,
    concatenate,
    deliveries,
    heartbeats,
)
from simulators.options import network_of, parse_duration, parse_speed
from simulators.run.labels import write_labels
from simulators.run.summary import Summary, progress_bar, summarize
from simulators.sending.closing import pass_time
from simulators.sending.partitions import iso
from simulators.sending.recorder import Record
from simulators.sending.sender import Sender
from simulators.sending.unsent import Unsent
from simulators.signals import stop_on_interrupt

RECORDS_PER_SEND = 20_000
HEARTBEAT_EVERY_MS = 1_000
"""Real time that a partition may be without a record."""
LONGEST_SILENCE_MS = 600_000
"""Simulated time that it may be, at any speed."""
LONGEST_SILENCE_WATCHED_MS = 10_000
"""The same where homes are announced: a partition's clock, by which they are silent, stands where
its writer says nothing for longer (contracts/README.md, Facts)."""
TICK_S = 0.1


def replay_london(
    settings: Settings,
    *files: Path,
    start: date | None = None,
    end: date | None = None,
    late: float = 0.0,
    repeat: float = 0.0,
    malformed: float = 0.0,
    seed: int = 1,
    speed: str = "max",
    late_max: str = "3d",
    leave_out_bad: bool = False,
    announce: bool = False,
    send: bool = True,
    console: Console,
    stop: threading.Event | None = None,
) -> Summary:
    """Send the half-hours of Low Carbon London files that start in [start, end), GMT.

    A register counts from the home's first half-hour in any of the files, so that ranges continue
    one another; if the namespace's recordings say that an earlier replay sent the home, it goes on
    from there. At the end, and when stopped by Ctrl-C or `stop`, heartbeats let every window
    close.

    Args:
        leave_out_bad: Leave out rows that cannot be used instead of refusing the files.
        late, repeat, malformed: shares of the messages, 0 to 1.
        speed: `real`, a factor like `600`, or `max`.
        late_max: largest lateness, such as `6h` or `3d`.
        announce: Announce the homes at the beginning, each behind a feeder of its own, so that
            somebody is told when one is silent, and say energies of half-hours besides; and write
            their registry to `<fleets_dir>/<run>.parquet`, and what the files show of them as
            labels of the run.
        send: Otherwise there is a recording and no broker: that of an empty topic.

    Raises:
        OptionError, FileError, TopicError: nothing was sent; the message says what to change.
        SendError: Kafka failed; what it took is in the recording.
    """
    factor = parse_speed(speed)
    network = network_of(
        settings,
        seed=seed,
        late=late,
        repeat=repeat,
        malformed=malformed,
        late_max_s=parse_duration("--late-max", late_max).total_seconds(),
    )
    with console.status(f"reading {' '.join(map(str, files))}"):
        london = read_london(*files, leave_out_bad=leave_out_bad)
        sent = recorded(settings, london.readings["meter_id"].unique())
        chosen = between(continued(london.readings, sent), start, end)
    _tell_what_was_left_out(london, console)
    run = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}-lcl"
    longest_ms = LONGEST_SILENCE_WATCHED_MS if announce else LONGEST_SILENCE_MS
    every_ms = int(min(HEARTBEAT_EVERY_MS * factor, longest_ms))
    homes = registry_of(chosen if announce else chosen.clear())
    with stop_on_interrupt(stop) as stopping, _writer(settings, run, send) as sender:
        readings, plan = _plan(chosen, network, settings, sender, every_ms)
        if isinstance(sender, Sender):
            first_ms = int(plan.arrival_ms[0])
            firsts = {p: first_ms if announce else _first(plan, p) for p in sender.partitions}
            sender.refuse_broker_stamps()
            sender.refuse_older(firsts)
        summary = _send(readings, plan, homes, sender, factor, console, stopping)
    if announce:
        settings.fleets_dir.mkdir(parents=True, exist_ok=True)
        homes.write_parquet(settings.fleets_dir / f"{run}.parquet")
        last_ms = int(chosen["ts"].to_numpy().max())
        write_labels(
            london_labels(spans_of(london.readings), chosen),
            min(summary.last_arrival_ms, last_ms),
            settings.recordings_dir / f"{run}-labels.parquet",
        )
    return summary


def _writer(settings: Settings, run: str, send: bool) -> Sender | Unsent:
    return Sender(settings, run) if send else Unsent(settings, run)


def _plan(
    chosen: pl.DataFrame,
    network: Network,
    rules: Settings,
    sender: Sender | Unsent,
    heartbeat_every_ms: int,
) -> tuple[pl.DataFrame, Schedule]:
    """The readings with their place and partition, and all records in the order of arrival."""
    meters = chosen.select(pl.col("meter_id").unique(maintain_order=True)).with_columns(
        geohash=pl.col("meter_id").map_elements(geohash_of, pl.String),
        meter_hash=pl.col("meter_id").map_elements(text_hash, pl.UInt64),
        partition=pl.col("meter_id").map_elements(
            lambda meter_id: partition_of(meter_id, sender.partition_count), pl.Int32
        ),
    )
    readings = chosen.join(meters, on="meter_id", maintain_order="left")
    fate = fates(
        network,
        readings["meter_hash"].to_numpy(),
        area_hashes(readings["geohash"].to_numpy().astype(np.bytes_)),
        readings["ts"].to_numpy(),
        readings["seq"].to_numpy(),
    )
    sent = deliveries(fate, readings["partition"].to_numpy(), rules).in_order()
    idle = heartbeats(sent, sender.partitions, heartbeat_every_ms)
    return readings, concatenate(sent, idle).in_order()


def _first(plan: Schedule, partition: int) -> int:
    own = plan.arrival_ms[plan.partition == partition]
    return int(own[0]) if len(own) else int(plan.arrival_ms[-1])


def _send(
    readings: pl.DataFrame,
    plan: Schedule,
    homes: pl.DataFrame,
    sender: Sender | Unsent,
    factor: float,
    console: Console,
    stop: threading.Event,
) -> Summary:
    begun = time.monotonic()
    first_ms = int(plan.arrival_ms[0])
    sent = 0
    said = [
        Record(partition_of(meter_id, sender.partition_count), first_ms, meter_id.encode(), value)
        for meter_id, value in announcements(homes).items()
    ]
    sender.send(said)
    with progress_bar(console) as progress:
        task = progress.add_task("replay", total=len(plan), sent=0, at=iso(first_ms), rate=0.0)
        while sent < len(plan) and not stop.is_set():
            due = _due(plan, first_ms, factor, time.monotonic() - begun)
            upto = min(due, sent + RECORDS_PER_SEND)
            if upto == sent:
                stop.wait(TICK_S)
                continue
            sender.send(_records(readings, plan.take(slice(sent, upto)), intervals=bool(said)))
            sent = upto
            progress.update(
                task,
                completed=sent,
                sent=sent,
                at=iso(int(plan.arrival_ms[sent - 1])),
                rate=sent / (time.monotonic() - begun),
            )
    last_ms = int(plan.arrival_ms[sent - 1]) if sent else first_ms
    counts = np.bincount(plan.kind[:sent], minlength=len(Kind)).tolist()
    counts[Kind.ANNOUNCEMENT] += len(said)
    if sent:
        counts[Kind.HEARTBEAT] += pass_time(sender, last_ms)
    return summarize(
        counts,
        first_arrival_ms=first_ms,
        last_arrival_ms=last_ms,
        seconds=time.monotonic() - begun,
        recordings=[] if sender.recording is None else [sender.recording],
        interrupted=sent < len(plan),
    )


def _due(plan: Schedule, first_ms: int, factor: float, elapsed_s: float) -> int:
    """How many records may have been sent by now."""
    if math.isinf(factor):
        return len(plan)
    now_ms = first_ms + elapsed_s * factor * 1_000
    return int(np.searchsorted(plan.arrival_ms, now_ms, side="right"))


def _records(readings: pl.DataFrame, plan: Schedule, intervals: bool) -> list[Record]:
    """The messages of a stretch of the plan.

    Args:
        intervals: Say the energy of the half-hour, too.
    """
    is_reading = plan.reading != NO_READING
    rows = readings[plan.reading[is_reading]]
    messages = zip(
        rows["meter_id"].cast(pl.Binary).to_list(),
        encoded(rows, intervals).to_list(),
        plan.corruption[is_reading].tolist(),
        strict=True,
    )
    records = []
    for partition, arrival_ms, reading in zip(
        plan.partition.tolist(), plan.arrival_ms.tolist(), plan.reading.tolist(), strict=True
    ):
        if reading == NO_READING:
            records.append(Record(partition, arrival_ms, None, HEARTBEAT))
            continue
        key, value, corruption = next(messages)
        value = value if corruption < 0 else corrupt(value, corruption)
        records.append(Record(partition, arrival_ms, key, value))
    return records


def encoded(rows: pl.DataFrame, intervals: bool = False) -> pl.Series:
    """What `contracts.reading.encode` makes of each row, for many rows at once.

    Args:
        intervals: With the energy of the half-hour.
    """
    # numpy divides; polars multiplies by 1/1000, which makes 438.00100000000003 of 438001
    amounts = pl.DataFrame(
        {
            "register": rows["register_mwh"].to_numpy() / 1_000,
            "demand": rows["demand_mw"].to_numpy() / 1_000,
            "energy": rows["demand_mw"].to_numpy() // 2 / 1_000,
        }
    )
    energy = ("energy", pl.lit(HALF_HOUR_MS).alias("interval_ms")) if intervals else ()
    message = rows.hstack(amounts).select(
        pl.struct(
            "meter_id",
            "geohash",
            pl.lit("electricity").alias("commodity"),
            "ts",
            "seq",
            "register",
            "demand",
            *energy,
        )
        .struct.json_encode()
        .cast(pl.Binary)
    )
    return message.to_series()


def _tell_what_was_left_out(london: London, console: Console) -> None:
    """Say what the files hold beside readings, if they do."""
    if london.problems:
        rows = sum(problem.rows for problem in london.problems)
        _warn(f"{rows:,} rows left out that cannot be used:", console)
        for line in told(london.problems):
            console.print(line, soft_wrap=True)
    for rows, what in (
        (london.nulls, "rows without a value left out"),
        (london.duplicates, "rows left out that repeat another one"),
    ):
        if rows:
            console.print(f"{rows:,} {what}")
    if london.off_grid:
        _warn(
            f"{london.off_grid:,} rows with a value left out whose time is not on a half-hour",
            console,
        )


def _warn(text: str, console: Console) -> None:
    console.print(Text.assemble(("warning:", "yellow"), " ", text))
