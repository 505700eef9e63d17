"""The oracle of bills against a computation by hand, over an archive made of ten real homes."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from contracts.archive import COLUMNS
from contracts.errors import RequestError
from contracts.masters import Price
from contracts.settings import PROJECT
from simulators.london.lcl import read_london
from verification.billing.bills import Bills, Terms

EXTRACT = PROJECT / "simulators" / "data" / "lcl_extract.csv.gz"
BEGIN_MS, END_MS = 1_356_998_400_000, 1_359_676_800_000
"""January 2013."""
HALF_HOUR_MS = 1_800_000
ZONE = "Australia/Lord_Howe"
"""Ten and a half hours ahead, and eleven in January: local months are not those of UTC."""
FLAT, EVENING = Decimal("0.14228"), {"day": Decimal("0.1176"), "evening": Decimal("0.6720")}


def band_of(begin_ms: int) -> str:
    return "evening" if begin_ms // HALF_HOUR_MS % 48 >= 34 else "day"


def prices() -> Iterator[Price]:
    yield Price("flat", BEGIN_MS, END_MS, FLAT, "all")
    for begin_ms in range(BEGIN_MS, END_MS, HALF_HOUR_MS):
        band = band_of(begin_ms)
        yield Price("dynamic", begin_ms, begin_ms + HALF_HOUR_MS, EVENING[band], band)


def terms(homes: set[str]) -> list[Terms]:
    return [
        Terms(home, series, ZONE, Decimal(5))
        for home in sorted(homes)
        for series in ("flat", "dynamic")
    ]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the cold job would have written it, with a repeat and an earlier word of each reading."""
    readings = read_london(EXTRACT).readings
    rows = readings.select(
        "meter_id",
        "ts",
        "seq",
        commodity=pl.lit("electricity"),
        register=pl.col("register_mwh") / 1_000,
        revision=pl.lit(1, pl.Int64),
        kafka_partition=pl.lit(0, pl.Int32),
        kafka_offset=pl.int_range(pl.len()),
    )
    earlier = rows.with_columns(register=pl.col("register") + 7, revision=pl.lit(0, pl.Int64))
    folder = tmp_path_factory.mktemp("archive")
    whole = pl.concat([earlier, rows, rows])
    lacking = [name for name in COLUMNS.names if name not in whole.columns]
    whole.with_columns(pl.lit(None).alias(name) for name in lacking).write_parquet(
        folder / "a.parquet"
    )
    return folder


def by_hand() -> dict[tuple[str, str, str, str], Fraction]:
    """Pence by home, series, local month and band, from the file's own text."""
    owed: dict[tuple[str, str, str, str], Fraction] = defaultdict(Fraction)
    zone = ZoneInfo(ZONE)
    with gzip.open(EXTRACT, "rt") as lines:
        for row in csv.reader(lines):
            home, begins, kwh = (cell.strip() for cell in row)
            if not home.startswith("MAC"):
                continue
            begin = datetime.fromisoformat(begins).replace(tzinfo=UTC)
            month = begin.astimezone(zone).strftime("%Y-%m")
            # Seven decimals are noise of floats: 1.0779999 is 1.078.
            energy = Fraction(round(Fraction(kwh) * 10**6), 10**6)
            band = band_of(int(begin.timestamp()) * 1_000)
            owed[home, "flat", month, "all"] += 100 * energy * Fraction(FLAT)
            owed[home, "dynamic", month, band] += 100 * energy * Fraction(EVENING[band])
    return owed


def rounded(exact: Fraction) -> int:
    return int(exact + Fraction(1, 2))


def test_lines_are_those_by_hand(archive: Path) -> None:
    owed = by_hand()
    with Bills([archive / "a.parquet"], terms({key[0] for key in owed}), prices()) as bills:
        lines = bills.rows("SELECT * FROM lines")
    found = {(x["meter_id"], x["series_id"], x["month"], x["band"]): x for x in lines}
    assert {key: Fraction(line["exact_e14"], 10**12) for key, line in found.items()} == owed
    assert {key: line["minor"] for key, line in found.items()} == {
        key: rounded(pence) for key, pence in owed.items()
    }
    assert {key[2] for key in owed} == {"2013-01", "2013-02"}


def test_what_intervals_counted_is_not_asked_of_their_registers(
    archive: Path, tmp_path: Path
) -> None:
    rows = pl.read_parquet(archive / "a.parquet").filter(pl.col("revision") == 1)
    rows = rows.unique(["meter_id", "ts"]).sort("meter_id", "ts")
    energy = pl.col("register").diff().over("meter_id").fill_null(pl.col("register")).round(3)
    # As they come in another order than that of time: estimates first, and then what was measured.
    measured = rows.with_columns(energy=energy, register=pl.lit(5.0))
    measured = measured.sample(fraction=1, shuffle=True, seed=1)
    revised = pl.col("ts") % (5 * HALF_HOUR_MS) == 0
    said = measured.with_columns(
        energy=pl.when(revised).then(pl.col("energy") + 0.25).otherwise(pl.col("energy")),
        revision=pl.lit(0, pl.Int64),
    )
    differences = measured.filter(revised).with_columns(energy=pl.lit(-0.25))
    whole = pl.concat([said, differences, differences, said])
    whole.with_columns(kafka_offset=pl.int_range(pl.len())).write_parquet(tmp_path / "a.parquet")
    homes = {home for home, *_ in by_hand()}

    with Bills([tmp_path / "a.parquet"], terms(homes), prices()) as bills:
        found = bills.rows("SELECT * FROM lines")
    with Bills([archive / "a.parquet"], terms(homes), prices()) as bills:
        assert found == bills.rows("SELECT * FROM lines")


def test_bills_are_their_lines_and_tax(archive: Path) -> None:
    owed = by_hand()
    net: dict[tuple[str, str, str], int] = defaultdict(int)
    for (home, series, month, _), pence in owed.items():
        net[home, series, month] += rounded(pence)
    with Bills([archive / "a.parquet"], terms({key[0] for key in owed}), prices()) as bills:
        rows = bills.rows("SELECT * FROM bills")

    def key_of(row: dict[str, Any]) -> tuple[str, str, str]:
        return row["meter_id"], row["series_id"], row["month"]

    assert {key_of(row): row["net_minor"] for row in rows} == net
    assert all(row["tax_minor"] == rounded(Fraction(row["net_minor"], 20)) for row in rows)
    assert all(row["gross_minor"] == row["net_minor"] + row["tax_minor"] for row in rows)


def test_a_half_hour_without_a_price_is_refused(archive: Path) -> None:
    lacking = [price for price in prices() if price.begin_ms != BEGIN_MS + 5 * HALF_HOUR_MS]
    with pytest.raises(RequestError, match=f"have no price.*{BEGIN_MS + 5 * HALF_HOUR_MS}"):
        Bills([archive / "a.parquet"], terms({"MAC000011"}), lacking)
