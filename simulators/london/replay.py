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
from simulators.london.lcl import London, between, read_london
from simulators.london.problems import told
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
from simulators.run.summary import Summary, progress_bar, summarize
from simulators.sending.partitions import iso
from simulators.sending.recorder import Record
from simulators.sending.sender import Sender
from simulators.signals import stop_on_interrupt

RECORDS_PER_SEND = 20_000
HEARTBEAT_EVERY_MS = 1_000
"""Real time that a partition may be without a record."""
LONGEST_SILENCE_MS = 600_000
"""Simulated time that it may be, at any speed."""
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
    console: Console,
    stop: threading.Event | None = None,
) -> Summary:
    """Send the half-hours of Low Carbon London files that start in [start, end), GMT.

    A register counts from the home's first half-hour in any of the files, so that ranges continue
    one another; if the namespace's recordings say that an earlier replay sent the home, it goes on
    from there. At the end, and when stopped by Ctrl-C or `stop`, closing heartbeats let every
    window close.

    Args:
        leave_out_bad: Leave out rows that cannot be used instead of refusing the files.
        late, repeat, malformed: shares of the messages, 0 to 1.
        speed: `real`, a factor like `600`, or `max`.
        late_max: largest lateness, such as `6h` or `3d`.

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
    with stop_on_interrupt(stop) as stopping, Sender(settings, run) as sender:
        readings, plan = _plan(chosen, network, settings, sender, factor)
        firsts = {p: _first(plan, p) for p in sender.partitions}
        sender.refuse_broker_stamps()
        sender.refuse_older(firsts)
        return _send(readings, plan, sender, factor, console, stopping)


def _plan(
    chosen: pl.DataFrame, network: Network, rules: Settings, sender: Sender, factor: float
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
    idle = heartbeats(
        sent, sender.partitions, int(min(HEARTBEAT_EVERY_MS * factor, LONGEST_SILENCE_MS))
    )
    return readings, concatenate(sent, idle).in_order()


def _first(plan: Schedule, partition: int) -> int:
    own = plan.arrival_ms[plan.partition == partition]
    return int(own[0]) if len(own) else int(plan.arrival_ms[-1])


def _send(
    readings: pl.DataFrame,
    plan: Schedule,
    sender: Sender,
    factor: float,
    console: Console,
    stop: threading.Event,
) -> Summary:
    begun = time.monotonic()
    first_ms = int(plan.arrival_ms[0])
    sent = 0
    with progress_bar(console) as progress:
        task = progress.add_task("replay", total=len(plan), sent=0, at=iso(first_ms), rate=0.0)
        while sent < len(plan) and not stop.is_set():
            due = _due(plan, first_ms, factor, time.monotonic() - begun)
            upto = min(due, sent + RECORDS_PER_SEND)
            if upto == sent:
                stop.wait(TICK_S)
                continue
            sender.send(_records(readings, plan.take(slice(sent, upto))))
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
    if sent:
        counts[Kind.HEARTBEAT] += sender.send_closing_heartbeats(last_ms)
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


def _records(readings: pl.DataFrame, plan: Schedule) -> list[Record]:
    """The messages of a stretch of the plan."""
    is_reading = plan.reading != NO_READING
    rows = readings[plan.reading[is_reading]]
    messages = zip(
        rows["meter_id"].cast(pl.Binary).to_list(),
        encoded(rows).to_list(),
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


def encoded(rows: pl.DataFrame) -> pl.Series:
    """What `contracts.reading.encode` makes of each row, for many rows at once."""
    # numpy divides; polars multiplies by 1/1000, which makes 438.00100000000003 of 438001
    amounts = pl.DataFrame(
        {
            "register": rows["register_mwh"].to_numpy() / 1_000,
            "demand": rows["demand_mw"].to_numpy() / 1_000,
        }
    )
    message = rows.hstack(amounts).select(
        pl.struct(
            "meter_id",
            "geohash",
            pl.lit("electricity").alias("commodity"),
            "ts",
            "seq",
            "register",
            "demand",
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
