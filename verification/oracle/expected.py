"""What must be in the stores, from the recordings and the contract alone."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from contracts.settings import Settings
from contracts.time import MINUTE_MS
from verification.oracle.count import MeterWindow, Tally, count_log
from verification.oracle.log import Log
from verification.oracle.merged import merged_readings
from verification.oracle.totals import Totals
from verification.oracle.watermarks import by_closing, watermark_ms
from verification.rows import (
    AreaMinute,
    AreaMinuteKey,
    LiveAreaKey,
    LiveAreaTotal,
    LiveKey,
    LiveSlice,
    MergedMinute,
    Minute,
    MinuteKey,
    Reject,
    RejectKey,
)


@dataclass(frozen=True)
class Counts:
    """Records by verdict; `sent` is all but heartbeats and announcements."""

    sent: int
    heartbeats: int
    on_time: int
    late: int
    repeated: int
    """Usable readings of which an equal one (meter, seq, ts, register, demand, energy, revision)
    came before."""
    rejected: dict[str, int]
    """By reason."""
    open_readings: int
    """Usable readings in windows that had not closed when the last record was read."""
    open_windows: int
    """Rows per meter, minute and correction those will make."""


@dataclass(frozen=True)
class Expected:
    """What must be in each store once the jobs have read the whole log."""

    counts: Counts
    minutes: dict[MinuteKey, Minute]
    area_minutes: dict[AreaMinuteKey, AreaMinute]
    live: dict[LiveKey, LiveSlice]
    live_areas: dict[LiveAreaKey, LiveAreaTotal]
    rejects: dict[RejectKey, Reject]
    archive: pl.DataFrame
    """Usable readings, as the archive's columns."""
    merged: dict[MeterWindow, MergedMinute]
    """Minutes of which nothing is open, over on-time and late readings, counted on their own."""


def expect(log: Log, settings: Settings, advance: Callable[[int], None]) -> Expected:
    """Count the log and say what must be in the stores; `advance` hears of records counted."""
    tally = count_log(log, settings, advance)
    hot = watermark_ms(log.top_arrivals_ms, settings.on_time_ms)
    cold = watermark_ms(log.top_arrivals_ms, settings.slack_ms)
    slices = by_closing(tally.slices, lambda key: key[1] + settings.slice_ms, hot)
    minutes = by_closing(tally.minutes, lambda key: key[1] + MINUTE_MS, hot)
    corrections = by_closing(
        tally.corrections, lambda key: key[2] + settings.correction_window_ms, cold
    )
    unsettled = {
        (meter_id, minute)
        for windows in (minutes.open, corrections.open)
        for meter_id, minute, *_ in windows
    }
    return Expected(
        counts=_counts(tally, [*minutes.open.values(), *corrections.open.values()]),
        minutes=_minute_rows(minutes.closed, corrections.closed),
        area_minutes=area_totals(minutes.closed),
        live=_live(slices.closed, settings.slice_ms),
        live_areas=_live_areas(slices.closed, settings.slice_ms),
        rejects=tally.rejects,
        archive=archive_of(tally.readings),
        merged=merged_readings(tally.readings, unsettled),
    )


def area_totals(windows: Mapping[MeterWindow, Totals]) -> dict[AreaMinuteKey, AreaMinute]:
    """Sum the meters of each area and commodity; every meter counts with its mean demand."""
    meters: Counter[AreaMinuteKey] = Counter()
    readings: Counter[AreaMinuteKey] = Counter()
    demand: Counter[AreaMinuteKey] = Counter()
    for (_, start), totals in windows.items():
        key = (totals.area, totals.commodity, start)
        meters[key] += 1
        readings[key] += totals.readings
        demand[key] += totals.mean_demand
    return {key: AreaMinute(meters[key], readings[key], demand[key] / 1000) for key in meters}


def archive_of(readings: pl.DataFrame) -> pl.DataFrame:
    """The archive's rows of usable readings, with `event_date`, the UTC day of their `ts`."""
    return readings.drop("known_demand").with_columns(
        *(_units(readings[name]) for name in ("register", "demand", "energy")),
        event_date=pl.from_epoch("ts", "ms").dt.strftime("%Y-%m-%d"),
    )


def _units(thousandths: pl.Series) -> pl.Series:
    # Not polars' own division: it multiplies by 0.001, and 9697 becomes 9.697000000000001.
    units = thousandths.cast(pl.Float64).to_numpy() / 1000
    return pl.Series(thousandths.name, units).fill_nan(None)


def _minute_rows(
    minutes: Mapping[MeterWindow, Totals], corrections: Mapping[tuple[str, int, int], Totals]
) -> dict[MinuteKey, Minute]:
    on_time = {(*key, 0): totals.minute() for key, totals in minutes.items()}
    return on_time | {key: totals.minute() for key, totals in corrections.items()}


def _live(slices: Mapping[MeterWindow, Totals], slice_ms: int) -> dict[LiveKey, LiveSlice]:
    """The latest slice of each meter in each area that it reported from."""
    latest: dict[LiveKey, tuple[int, Totals]] = {}
    for (meter_id, start), totals in slices.items():
        key = (totals.area, meter_id)
        if key not in latest or start > latest[key][0]:
            latest[key] = (start, totals)
    return {key: totals.live(start + slice_ms) for key, (start, totals) in latest.items()}


def _live_areas(
    slices: Mapping[MeterWindow, Totals], slice_ms: int
) -> dict[LiveAreaKey, LiveAreaTotal]:
    rows: dict[LiveAreaKey, LiveAreaTotal] = {}
    by_start = sorted(area_totals(slices).items(), key=lambda item: item[0][2])
    for (area, commodity, start), total in by_start:
        rows[commodity, area] = LiveAreaTotal(start + slice_ms, *total)
    return rows


def _counts(tally: Tally, open_windows: list[Totals]) -> Counts:
    readings = tally.readings
    late = int(readings["late"].sum())
    distinct = readings.select(
        pl.struct("meter_id", "seq", "ts", "register", "demand", "energy", "revision").n_unique()
    ).item()
    return Counts(
        sent=len(readings) + len(tally.rejects),
        heartbeats=tally.heartbeats,
        on_time=len(readings) - late,
        late=late,
        repeated=len(readings) - distinct,
        rejected=dict(Counter(reject.reason for reject in tally.rejects.values())),
        open_readings=sum(totals.readings for totals in open_windows),
        open_windows=len(open_windows),
    )
