"""Registers that go on from what earlier replays sent into the namespace."""

import orjson
import polars as pl

from contracts.settings import Settings
from simulators.london.lcl import refuse_overflow

RECORDINGS = "*-lcl-0.parquet"
"""Of London replays, under the recordings' folder."""

SCHEMA = {"meter_id": pl.String, "ts": pl.Int64, "register_mwh": pl.Int64}


def recorded(settings: Settings, meters: pl.Series) -> pl.DataFrame:
    """The newest usable reading of each of the meters that a recorded London replay sent:
    `meter_id`, `ts`, `register_mwh`."""
    newest: dict[str, tuple[int, int]] = {}
    for file in sorted(settings.recordings_dir.glob(RECORDINGS)):
        records = (
            pl.scan_parquet(file)
            .select("arrival_ms", "value", meter_id=pl.col("key").cast(pl.String))
            .filter(pl.col("meter_id").is_in(meters.implode()), pl.col("value").is_not_null())
            .collect()
        )
        for arrival_ms, value, meter_id in records.iter_rows():
            said = _said(value)
            # A clock may have been set ahead on purpose.
            if said is not None and said[0] <= arrival_ms:
                newest[meter_id] = max(said, newest.get(meter_id, said))
    rows = [(meter_id, *said) for meter_id, said in newest.items()]
    return pl.DataFrame(rows, SCHEMA, orient="row")


def _said(value: bytes) -> tuple[int, int] | None:
    """Time and register of a reading; None of what is none, as some are mangled on purpose."""
    try:
        message = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(message, dict):
        return None
    ts, register = message.get("ts"), message.get("register")
    if not isinstance(ts, int) or not isinstance(register, int | float) or register < 0:
        return None
    return ts, round(register * 1_000)


def continued(readings: pl.DataFrame, sent: pl.DataFrame) -> pl.DataFrame:
    """The readings of `London.readings` with registers that go on from those that were sent.

    A meter's register moves by one amount throughout: so much that at the time of the sent reading
    it is what was sent. It does not move where the same files are replayed in parts.

    Raises:
        FileError: a register becomes larger than a reading can have.
    """
    there = (
        sent.sort("ts")
        .join_asof(
            readings.select("meter_id", "ts", here="register_mwh").sort("ts"),
            on="ts",
            by="meter_id",
            strategy="backward",
            check_sortedness=False,
        )
        .select("meter_id", moved=pl.col("register_mwh") - pl.col("here").fill_null(0))
    )
    moved = readings.join(there, on="meter_id", how="left", maintain_order="left").with_columns(
        register_mwh=pl.col("register_mwh") + pl.col("moved").fill_null(0)
    )
    goes_on = moved.drop("moved")
    refuse_overflow(goes_on)
    return goes_on
