"""Low Carbon London: half-hourly kWh of London homes, as register readings.

The files carry no zone and have 48 half-hours on every day of the year, so their times are GMT.
They mark the start of the half-hour; a reading is taken at its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from contracts.reading import MAX_DEMAND, MAX_METER_ID_LENGTH, MAX_REGISTER, MAX_TS_MS
from simulators.errors import FileError, OptionError
from simulators.london.problems import Problem, shortened, told
from simulators.london.table import COLUMNS, read_table

HALF_HOUR_MS = 1_800_000
METER_PATTERN = rf"^[A-Za-z0-9_.:-]{{1,{MAX_METER_ID_LENGTH}}}$"
MAX_KWH = MAX_DEMAND / 2 / 1_000
LEAVE_OUT = "--leave-out-bad"


@dataclass(frozen=True, slots=True)
class London:
    """The readings of one or more files, and what was left out of them."""

    readings: pl.DataFrame
    """Ordered by `meter_id` and `ts`: `ts` (end of the half-hour, epoch ms), `seq` (the half-hour's
    number since the epoch, so a gap shows), `register_mwh` (since the meter's first half-hour in
    any of the files, in thousandths of Wh) and `demand_mw` (thousandths of W)."""
    rows: int
    nulls: int
    """Rows without a value."""
    duplicates: int
    """Rows that say again, to the thousandth of a Wh, what another one said."""
    off_grid: int
    """Rows with a value whose time is not on a half-hour."""
    problems: tuple[Problem, ...]
    """What kept rows from being used, in the order of files and lines."""


def read_london(*paths: Path, leave_out_bad: bool = False) -> London:
    """Read CSV files, plain or compressed with gzip; a home's days may be in several, in any order.

    Args:
        leave_out_bad: Leave out rows that cannot be used, and all that speak of a half-hour for
            which there are two values, instead of refusing the files; `London.problems` has them.

    Raises:
        FileError: no such file, no such column, rows that cannot be used (each with file, line,
            column and value), or a register that is too large.
    """
    files = tuple(dict.fromkeys(paths))
    parsed = [_parsed(path) for path in files]
    rows = pl.concat(
        usable.select(pl.lit(place).alias("file"), pl.all())
        for place, (usable, _) in enumerate(parsed)
    )
    bad = [problem for _, problems in parsed for problem in problems]
    valued = rows.filter(pl.col("energy_mwh").is_not_null())
    on_grid = valued.filter(pl.col("start_ms") % HALF_HOUR_MS == 0)
    distinct = on_grid.unique(["meter_id", "start_ms", "energy_mwh"], keep="first").sort(
        "meter_id", "start_ms", "file", "line"
    )
    conflicting = pl.struct("meter_id", "start_ms").is_duplicated()
    conflicts = _conflicts(distinct.filter(conflicting), files)
    problems = sorted([*bad, *conflicts], key=lambda each: (files.index(each.path), each.line))
    if problems and not leave_out_bad:
        raise FileError(_refusal(problems))
    readings = _readings(distinct.filter(~conflicting))
    refuse_overflow(readings)
    return London(
        readings=readings,
        rows=rows.height + len(bad),
        nulls=rows.height - valued.height,
        duplicates=on_grid.height - distinct.height,
        off_grid=valued.height - on_grid.height,
        problems=tuple(problems),
    )


def between(readings: pl.DataFrame, start: date | None, end: date | None) -> pl.DataFrame:
    """Readings of the half-hours that start in [start, end), GMT; None leaves a side open.

    Raises:
        OptionError: there are none.
    """
    begins = pl.col("ts") - HALF_HOUR_MS
    chosen = readings
    if start is not None:
        chosen = chosen.filter(begins >= _midnight_ms(start))
    if end is not None:
        chosen = chosen.filter(begins < _midnight_ms(end))
    if chosen.is_empty():
        span = readings.select(first=begins.min(), last=begins.max()).row(0)
        holds = " to ".join(_gmt(ms) for ms in span) if not readings.is_empty() else "no values"
        raise OptionError(
            f"no half-hour starts in [--start {start}, --end {end}); the files hold {holds}"
        )
    return chosen


def refuse_overflow(readings: pl.DataFrame) -> None:
    """Refuse a register that no reading can have.

    Raises:
        FileError: names the meter.
    """
    over = readings.filter(pl.col("register_mwh") > MAX_REGISTER * 1_000).head(1)
    if not over.is_empty():
        raise FileError(
            f"meter {over['meter_id'][0]} adds up to more than {MAX_REGISTER} Wh, the largest "
            "register"
        )


def _parsed(path: Path) -> tuple[pl.DataFrame, list[Problem]]:
    """`line`, `meter_id`, `start_ms`, `value` (as the file has it) and `energy_mwh` of usable rows,
    the last two null where the file has no value; and what is wrong with the others."""
    table = read_table(path)
    largest = MAX_KWH * 1_000 / table.wh_per_unit
    no_value = pl.col("kwh").str.to_lowercase().is_in(["null", ""])
    rows = table.rows.with_columns(
        start_ms=pl.col("start")
        .str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="ms", strict=False)
        .dt.epoch("ms"),
        value=pl.when(~no_value).then(pl.col("kwh").cast(pl.Float64, strict=False)),
    )
    rules = {
        "meter_id": (
            pl.col("meter_id").str.contains(METER_PATTERN),
            f"a meter is 1 to {MAX_METER_ID_LENGTH} letters, digits or _ . : -",
        ),
        "start": (
            pl.col("start_ms").is_between(0, MAX_TS_MS - HALF_HOUR_MS).fill_null(False),
            "a time looks like 2013-01-31 23:30:00 and is after 1970",
        ),
        "kwh": (
            no_value | pl.col("value").is_between(0, largest).fill_null(False),
            f"energy is a number from 0 to {largest:g}, or Null; decimals have a point",
        ),
    }
    good = pl.col("fields") == table.headings
    problems = [
        Problem(
            path,
            line,
            f": {fields} fields, and the heading has {table.headings}: {shortened(row)}; fields "
            "are separated by commas, and decimals have a point",
        )
        for line, fields, row in rows.filter(~good).select("line", "fields", "row").iter_rows()
    ]
    for column, (fits, rule) in rules.items():
        # A row is one problem: that of its first column that does not fit.
        problems += [
            Problem(path, line, f", column {COLUMNS[column].name}: {shortened(value)}; {rule}")
            for line, value in rows.filter(good & ~fits).select("line", column).iter_rows()
        ]
        good &= fits
    energy_mwh = (pl.col("value") * (table.wh_per_unit * 1_000) + 0.5).floor().cast(pl.Int64)
    return (
        rows.filter(good).select("line", "meter_id", "start_ms", "value", energy_mwh=energy_mwh),
        problems,
    )


def _conflicts(rows: pl.DataFrame, files: Sequence[Path]) -> list[Problem]:
    """A problem for each half-hour of a meter that has several values."""
    problems = []
    for same in rows.partition_by("meter_id", "start_ms", maintain_order=True):
        path, first_line = files[same["file"][0]], same["line"][0]
        values = [
            f"{value} (line {line})"
            if files[file] == path
            else f"{value} ({files[file]}, line {line})"
            for file, line, value in same.select("file", "line", "value").iter_rows()
        ]
        number = "two" if len(values) == 2 else len(values)
        text = (
            f": meter {same['meter_id'][0]} has {number} values for the half-hour "
            f"{_gmt(same['start_ms'][0])}: {' and '.join(values)}; remove all but one"
        )
        problems.append(Problem(path, first_line, text, rows=len(values)))
    return problems


def _refusal(problems: Sequence[Problem]) -> str:
    if len(problems) == 1:
        return f"{told(problems)[0]}. Correct the file, or leave out what is wrong with {LEAVE_OUT}"
    return "\n".join(
        [
            f"{len(problems):,} problems; correct the files, or leave out what is wrong with "
            f"{LEAVE_OUT}:",
            *told(problems),
        ]
    )


def _readings(distinct: pl.DataFrame) -> pl.DataFrame:
    energy_mwh = pl.col("energy_mwh")
    return distinct.select(
        "meter_id",
        ts=pl.col("start_ms") + HALF_HOUR_MS,
        seq=pl.col("start_ms") // HALF_HOUR_MS + 1,
        register_mwh=energy_mwh.cum_sum().over("meter_id"),
        demand_mw=2 * energy_mwh,
    )


def _midnight_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1_000)


def _gmt(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1_000, UTC):%Y-%m-%d %H:%M:%S}"
