"""Who joins in DuckDB and in Polars owes what the bills say, and a difference is told."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from benchmarks import bills_joins
from benchmarks.bills import Cost
from benchmarks.bills_fleet import complete_homes
from benchmarks.errors import BenchmarkError
from contracts.settings import PROJECT

FILE = PROJECT / "simulators" / "data" / "lcl_home_2013.csv.gz"
HOMES = 100

Found = tuple[pl.DataFrame, Cost]


@pytest.fixture(name="kinds")
def archived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """An archive; how many kinds of homes its fleet is of. Contestants have no processes here."""

    def here(contestant: Callable[..., Found], *arguments: object) -> Found:
        return contestant(*arguments)

    monkeypatch.setattr(bills_joins, "apart", here)
    london = complete_homes(FILE)
    bills_joins.write(tmp_path, HOMES, london)
    contracts = pl.read_parquet(tmp_path / "contracts.parquet")
    assert contracts.height > HOMES
    return len(london)


def test_all_find_the_same_sums(tmp_path: Path, kinds: int) -> None:
    found = list(bills_joins.turns(tmp_path, HOMES, kinds, repeats=1))

    assert [turn.contestant for turn in found] == ["WattStream", "DuckDB", "Polars"]


def test_a_penny_that_differs_is_told(
    tmp_path: Path, kinds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(folder: Path, *_: int) -> Found:
        owed, cost = bills_joins.by_polars(folder)
        return owed.with_columns(minor=pl.col("minor") + (pl.int_range(pl.len()) == 0)), cost

    monkeypatch.setitem(bills_joins.CONTESTANTS, "Polars", wrong)

    with pytest.raises(BenchmarkError, match="Polars and WattStream"):
        list(bills_joins.turns(tmp_path, HOMES, kinds, repeats=1))
