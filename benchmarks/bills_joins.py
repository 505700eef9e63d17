"""`python -m benchmarks.bills_joins FILE`: a month of a fleet's bills, beside the same sums by
plain joins in DuckDB and in Polars.

Archive, contracts and prices are the same, and each process reads and adds up a day at a time; all
take turns, as often as `--repeats` says. What customers owe by band must be the same, exactly and
in pence. The fleet is that of `wattstream bench bills`, but that no reading is lost and nobody is
unknown: joins know nothing of what lies between readings, nor of energy that is nobody's. They do
not look for registers that fall, leap or are nobody's, put no words on one instant right, split no
half-hour where somebody moves within, keep no ledger, and check nothing; ours does, here as there.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import polars as pl
from rich.table import Table

from adapters.terminal import terminal
from benchmarks import bills_fleet
from benchmarks.bills import HOMES, SEED, Cost, apart, billed, measured
from benchmarks.bills_fleet import (
    BEGIN_MS,
    DAYS,
    END_MS,
    HALF_HOUR_MS,
    Fleet,
    Ints,
    complete_homes,
    masters_of,
)
from benchmarks.errors import BenchmarkError
from billing.tariffs.money import exact_in_minor, in_eighths
from contracts.masters import Masters
from contracts.time import DAY_MS

REPEATS = 3
SQL = Path(__file__).with_name("joins")
CONTRACTS, PRICES = "contracts", "prices"
OWED = ("customer_id", "premises_id", "band")
"""What a sum is of."""
UNIT = exact_in_minor("GBP")


@dataclass(frozen=True, slots=True)
class Turn:
    """A contestant's turn."""

    contestant: str
    cost: Cost


def ours(folder: Path, homes: int, kinds: int) -> tuple[pl.DataFrame, Cost]:
    """As `wattstream bench bills` does it: ledger, bills and what must add up included."""
    masters = masters_of(_fleet(homes, kinds))
    with measured() as cost:
        found, _ = billed(folder, masters, "2013-06")
    rows = [
        (each.key.customer_id, each.key.premises_id, each.key.band, each.exact, each.minor)
        for each in found.charges
        if each.key.customer_id
    ]
    return pl.DataFrame(rows, schema=(*OWED, "exact", "minor"), orient="row"), cost()


def by_duckdb(folder: Path, *_: int) -> tuple[pl.DataFrame, Cost]:
    """SQL."""
    sums, add, owed = ((SQL / f"{each}.sql").read_text("utf-8") for each in ("sums", "add", "owed"))
    with measured() as cost, duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        for name in (CONTRACTS, PRICES):
            connection.read_parquet(str(folder / f"{name}.parquet")).create(name)
        connection.execute(sums)
        for files, begin_ms in _days(folder):
            connection.execute(add, [files, begin_ms, begin_ms + DAY_MS])
        found = pl.DataFrame(connection.sql(owed, params={"unit": UNIT}).to_arrow_table())
    return found, cost()


def by_polars(folder: Path, *_: int) -> tuple[pl.DataFrame, Cost]:
    """Lazy frames."""
    with measured() as cost:
        contracts, prices = (
            pl.read_parquet(folder / f"{name}.parquet") for name in (CONTRACTS, PRICES)
        )
        sums = pl.concat(
            _added(files, begin_ms, contracts, prices) for files, begin_ms in _days(folder)
        )
        exact = pl.col("exact")
        found = (
            sums.group_by(OWED)
            .agg(exact.sum())
            .with_columns(minor=exact.sign() * ((2 * exact.abs() + UNIT) // (2 * UNIT)))
        )
    return found, cost()


def _added(
    files: list[str], begin_ms: int, contracts: pl.DataFrame, prices: pl.DataFrame
) -> pl.DataFrame:
    """What a day adds."""
    mwh = (pl.col("register") * 1_000).round().cast(pl.Int64)
    counted = mwh.diff().over("premises_id", order_by="ts")
    begin = pl.col("ts") - HALF_HOUR_MS
    return (
        pl.scan_parquet(files)
        .filter(pl.col("ts").is_between(begin_ms, begin_ms + DAY_MS))
        .select(pl.col("meter_id").alias("premises_id"), "ts", "register")
        .select("premises_id", begin.alias("begin_ms"), counted.alias("energy_mwh"))
        .drop_nulls("energy_mwh")
        .join(prices.lazy(), on="begin_ms")
        .join(contracts.lazy(), on="premises_id")
        .filter(pl.col("begin_ms") >= pl.col("from_ms"), pl.col("begin_ms") < pl.col("until_ms"))
        .group_by(OWED)
        .agg(exact=(pl.col("energy_mwh") * pl.col("price_e8")).sum())
        .collect(engine="streaming")
    )


CONTESTANTS: dict[str, Callable[..., tuple[pl.DataFrame, Cost]]] = {
    "WattStream": ours,
    "DuckDB": by_duckdb,
    "Polars": by_polars,
}


def write(folder: Path, homes: int, homes_mwh: Ints) -> None:
    """Write what all begin with: an archive of half-hours, contracts, and prices."""
    its = _fleet(homes, len(homes_mwh))
    bills_fleet.write(folder, its, homes_mwh, np.random.default_rng(SEED), lost=0.0)
    masters = masters_of(its)
    _contracts(masters).write_parquet(folder / f"{CONTRACTS}.parquet")
    _prices(masters).write_parquet(folder / f"{PRICES}.parquet")


def turns(folder: Path, homes: int, kinds: int, repeats: int) -> Iterator[Turn]:
    """Let all have their turns.

    Raises:
        BenchmarkError: sums are not the same.
    """
    expected: pl.DataFrame | None = None
    for _ in range(repeats):
        for name, contestant in CONTESTANTS.items():
            found, cost = apart(contestant, folder, homes, kinds)
            found = found.filter(pl.col("exact") != 0).select(*OWED, "exact", "minor").sort(OWED)
            expected = found if expected is None else expected
            if found.rows() != expected.rows():
                raise BenchmarkError(f"{name} and {next(iter(CONTESTANTS))} differ in what is owed")
            yield Turn(name, cost)


def _days(folder: Path) -> Iterator[tuple[list[str], int]]:
    """The files of each day and of the next one, whose first readings end the day; and its begin,
    epoch ms."""
    files = [str(path) for path in sorted(folder.glob("event_date=*/*.parquet"))]
    for day in range(DAYS):
        yield files[day : day + 2], BEGIN_MS + day * DAY_MS


def _fleet(homes: int, kinds: int) -> Fleet:
    return bills_fleet.fleet(homes, kinds, np.random.default_rng(SEED), unknown=0.0)


def _contracts(masters: Masters) -> pl.DataFrame:
    """Who has premises from when until when."""
    return pl.DataFrame(
        [
            (each.customer_id, each.premises_id, each.begin_ms, each.end_ms or END_MS)
            for each in masters.occupancies
        ],
        schema=("customer_id", "premises_id", "from_ms", "until_ms"),
        orient="row",
    )


def _prices(masters: Masters) -> pl.DataFrame:
    """The price of each half-hour of the month, 10^-8 GBP a kWh."""
    return pl.DataFrame(
        [
            (begin_ms, each.band, in_eighths(each.price))
            for each in masters.prices
            for begin_ms in range(
                max(each.begin_ms, BEGIN_MS), min(each.end_ms, END_MS), HALF_HOUR_MS
            )
        ],
        schema=("begin_ms", "band", "price_e8"),
        orient="row",
    )


def table(found: Sequence[Turn]) -> Table:
    """Of each contestant the median turn, and the times of all."""
    shown = Table("", "s", "CPU s", "MiB", "s of each turn")
    for name in CONTESTANTS:
        its = [turn.cost for turn in found if turn.contestant == name]
        shown.add_row(
            name,
            f"{median(each.wall_s for each in its):.1f}",
            f"{median(each.cpu_s for each in its):.1f}",
            f"{max(each.memory_mib for each in its):,}",
            ", ".join(f"{each.wall_s:.1f}" for each in its),
        )
    return shown


def main() -> None:
    """Write a fleet's archive, have it billed by all, and say what that took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bills_joins", description=__doc__)
    parser.add_argument("file", type=Path, help="half-hours: CSV as of Low Carbon London")
    parser.add_argument("--homes", type=int, default=HOMES)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    asked = parser.parse_args()
    london, console = complete_homes(asked.file), terminal()
    with TemporaryDirectory(prefix="wattstream-bills-") as name:
        write(Path(name), asked.homes, london)
        found = []
        for turn in turns(Path(name), asked.homes, len(london), asked.repeats):
            told = f"{turn.contestant}: {turn.cost.wall_s:.1f} s, {turn.cost.cpu_s:.1f} CPU s"
            console.print(told)
            found.append(turn)
    console.print(table(found))


if __name__ == "__main__":
    main()
