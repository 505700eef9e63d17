"""Low Carbon London: half-hourly kWh of London homes, as register readings.

The files carry no zone and have 48 half-hours on every day of the year, so their times are GMT.
They mark the start of the half-hour; a reading is taken at its end.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from contracts.reading import MAX_DEMAND, MAX_METER_ID_LENGTH, MAX_REGISTER, MAX_TS_MS
from simulators.errors import FileError, OptionError

HALF_HOUR_MS = 1_800_000
METER_PATTERN = rf"^[A-Za-z0-9_.:-]{{1,{MAX_METER_ID_LENGTH}}}$"
MAX_KWH = MAX_DEMAND / 2 / 1_000

HEADINGS = {
    "meter_id": ("LCLid",),
    "start": ("tstp", "DateTime"),
    "kwh": ("energy(kWh/hh)", "KWH/hh", "KWH/hh (per half hour)"),
}
"""Accepted headings of each column; blanks and case do not matter."""


@dataclass(frozen=True, slots=True)
class London:
    """The readings of a file, and what was left out of them."""

    readings: pl.DataFrame
    """Ordered by `meter_id` and `ts`: `ts` (end of the half-hour, epoch ms), `seq` (the half-hour's
    number since the epoch, so a gap shows), `register_mwh` (since the file's first half-hour, in
    thousandths of Wh) and `demand_mw` (thousandths of W)."""
    rows: int
    nulls: int
    """Rows without a value."""
    duplicates: int
    """Rows that say again what another one said."""
    off_grid: int
    """Rows with a value whose time is not on a half-hour."""


def read_london(path: Path) -> London:
    """Read a CSV file, plain or compressed with gzip.

    Raises:
        FileError: no such file, no such column, a value that is none (with its line), or two
            values for one half-hour of a meter.
    """
    rows = _parsed(_columns(path), path)
    valued = rows.filter(pl.col("kwh").is_not_null())
    on_grid = valued.filter(pl.col("start_ms") % HALF_HOUR_MS == 0)
    distinct = on_grid.unique(["meter_id", "start_ms", "kwh"], keep="first").sort(
        "meter_id", "start_ms", "line"
    )
    _refuse_conflicts(distinct, path)
    readings = _readings(distinct)
    _refuse_overflow(readings, path)
    return London(
        readings=readings,
        rows=rows.height,
        nulls=rows.height - valued.height,
        duplicates=on_grid.height - distinct.height,
        off_grid=valued.height - on_grid.height,
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
            f"no half-hour starts in [--start {start}, --end {end}); the file holds {holds}"
        )
    return chosen


def _columns(path: Path) -> pl.DataFrame:
    """Meter, start and kWh as the text of the file, with line numbers."""
    try:
        table = pl.read_csv(path, infer_schema=False)
    except FileNotFoundError:
        raise FileError(f"{path}: no such file") from None
    except (OSError, pl.exceptions.PolarsError) as problem:
        raise FileError(f"{path}: cannot be read as CSV: {problem}") from problem

    def plain(heading: str) -> str:
        return "".join(heading.lower().split())

    chosen: dict[str, str] = {}
    for column, headings in HEADINGS.items():
        accepted = {plain(heading) for heading in headings}
        found = [heading for heading in table.columns if plain(heading) in accepted]
        if len(found) != 1:
            number = "no column" if not found else f"{len(found)} columns"
            raise FileError(
                f"{path}: {number} headed {' or '.join(map(repr, headings))}; "
                f"its headings are {', '.join(map(repr, table.columns))}"
            )
        chosen[column] = found[0]
    text = table.select(
        pl.col(heading).fill_null("").str.strip_chars().alias(column)
        for column, heading in chosen.items()
    )
    blank_line = pl.all_horizontal(pl.col(*HEADINGS) == "")
    return text.with_row_index("line", offset=2).filter(~blank_line)


def _parsed(text: pl.DataFrame, path: Path) -> pl.DataFrame:
    """`meter_id`, `start_ms` and `kwh` (null where the file has no value), with `line`."""
    no_value = pl.col("kwh").str.to_lowercase().is_in(["null", ""])
    rows = text.with_columns(
        start_ms=pl.col("start")
        .str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="ms", strict=False)
        .dt.epoch("ms"),
        number=pl.when(~no_value).then(pl.col("kwh").cast(pl.Float64, strict=False)),
    )
    _refuse(rows, ~pl.col("meter_id").str.contains(METER_PATTERN), "meter_id", path,
            f"a meter is 1 to {MAX_METER_ID_LENGTH} letters, digits or _ . : -")  # fmt: skip
    _refuse(rows, ~pl.col("start_ms").is_between(0, MAX_TS_MS - HALF_HOUR_MS).fill_null(False),
            "start", path, "a time looks like 2013-01-31 23:30:00 and is after 1970")  # fmt: skip
    _refuse(rows, ~no_value & ~pl.col("number").is_between(0, MAX_KWH).fill_null(False),
            "kwh", path, f"energy is a number from 0 to {MAX_KWH:g}, or Null")  # fmt: skip
    return rows.select("line", "meter_id", "start_ms", kwh="number")


def _refuse(rows: pl.DataFrame, bad: pl.Expr, column: str, path: Path, rule: str) -> None:
    if not (first := rows.filter(bad).head(1)).is_empty():
        line, value = first.select("line", column).row(0)
        heading = "/".join(HEADINGS[column])
        raise FileError(f"{path}, line {line}, column {heading}: {value!r}; {rule}")


def _refuse_conflicts(distinct: pl.DataFrame, path: Path) -> None:
    """Refuse two values for one half-hour; `distinct` is in order and has no exact duplicates."""
    conflicting = distinct.filter(pl.struct("meter_id", "start_ms").is_duplicated()).head(2)
    if not conflicting.is_empty():
        (line, meter_id, start_ms, kwh), (other_line, _, _, other_kwh) = conflicting.rows()
        raise FileError(
            f"{path}: meter {meter_id} has two values for the half-hour {_gmt(start_ms)}: "
            f"{kwh} (line {line}) and {other_kwh} (line {other_line}); remove one"
        )


def _refuse_overflow(readings: pl.DataFrame, path: Path) -> None:
    over = readings.filter(pl.col("register_mwh") > MAX_REGISTER * 1_000).head(1)
    if not over.is_empty():
        raise FileError(
            f"{path}: meter {over['meter_id'][0]} adds up to more than {MAX_REGISTER} Wh, "
            "the largest register"
        )


def _readings(distinct: pl.DataFrame) -> pl.DataFrame:
    energy_mwh = (pl.col("kwh") * 1e6 + 0.5).floor().cast(pl.Int64)
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
