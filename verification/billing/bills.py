"""Bills of the half-hours that an archive holds, by the statements in `sql/`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from contracts.errors import RequestError
from contracts.masters import Price

QUESTIONS = ("readings", "half_hours", "priced", "unpriced", "homes", "lines", "bills")
"""Each is a file and becomes a table of its name, on which later ones stand."""
_SQL = files("verification.billing") / "sql"


@dataclass(frozen=True, slots=True)
class Terms:
    """On which series of prices a meter is billed, or compared, and how it is taxed."""

    meter_id: str
    series_id: str
    time_zone: str
    tax_per_cent: Decimal


class Bills:
    """Rows of dicts by question; close it, or use it in `with`.

    Args:
        archive: The Parquet files that hold each reading once (`adapters.archive.snapshot`).

    Raises:
        RequestError: a half-hour has no price on a series of its home.
    """

    def __init__(
        self, archive: Sequence[Path], terms: Iterable[Terms], prices: Iterable[Price]
    ) -> None:
        self._connection = duckdb.connect()
        self._connection.read_parquet([str(path) for path in archive]).create_view("archive")
        self._connection.register("contracts", _contracts(terms))
        self._connection.register("prices", _prices(prices))
        for question in QUESTIONS:
            text = (_SQL / f"{question}.sql").read_text("utf-8")
            self._connection.execute(f"CREATE TABLE {question} AS {text}")
        unpriced = self.rows("SELECT * FROM unpriced")
        if unpriced:
            raise RequestError(
                f"{len(unpriced)} half-hours have no price, such as {unpriced[0]}: give each "
                "series a price for all of its homes' time"
            )

    def __enter__(self) -> "Bills":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def rows(self, query: str) -> list[dict[str, Any]]:
        """What a query over the questions' tables finds."""
        found = self._connection.execute(query)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _contracts(terms: Iterable[Terms]) -> pa.Table:
    columns = ("meter_id", "series_id", "time_zone")
    all_terms = list(terms)
    table = {name: [getattr(each, name) for each in all_terms] for name in columns}
    return pa.table(table | {"tax_e4": [int(each.tax_per_cent.scaleb(4)) for each in all_terms]})


def _prices(prices: Iterable[Price]) -> pa.Table:
    columns = ("series_id", "begin_ms", "end_ms", "band")
    all_prices = list(prices)
    table = {name: [getattr(each, name) for each in all_prices] for name in columns}
    return pa.table(table | {"price_e8": [int(each.price.scaleb(8)) for each in all_prices]})
