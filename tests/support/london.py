"""London homes of 2013 as bills need them: one home's half-hours, the months of a hundred, and the
bands of the dynamic tariff (simulators/data/README.md says where they come from)."""

import csv
import gzip
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from contracts.masters import Price
from contracts.settings import PROJECT

DATA = PROJECT / "simulators" / "data"
HALF_HOUR_MS = 1_800_000
YEAR_BEGIN_MS = 1_356_998_400_000
"""2013-01-01, GMT."""
YEAR_END_MS = 1_388_534_400_000
HALF_HOURS = 17_520
PRICES = {"High": Decimal("0.6720"), "Normal": Decimal("0.1176"), "Low": Decimal("0.0399")}


@dataclass(frozen=True)
class HomeMonth:
    """A local month of a home."""

    home: str
    is_tou: bool
    """It was on the dynamic tariff in the trial."""
    month: str
    half_hours: int
    band_mwh: dict[str, int]


def ms(text: str) -> int:
    """Epoch ms of a time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000)


@cache
def prices() -> tuple[Price, ...]:
    """The dynamic tariff: a price for each time between two changes."""
    with (DATA / "lcl_tariffs_2013.csv").open() as file:
        rows = [(ms(row["begin"].rstrip("Z")), row["band"]) for row in csv.DictReader(file)]
    return tuple(
        Price("lcl-dtou", begin_ms, end_ms, PRICES[band], band)
        for (begin_ms, band), (end_ms, _) in pairwise([*rows, (YEAR_END_MS, "")])
    )


@cache
def home_mwh() -> NDArray[np.int64]:
    """Every half-hour that MAC000002 used in 2013, from YEAR_BEGIN_MS on. To the thousandth of a
    Wh: beyond it the file has noise, such as 1.0779999."""
    found = np.full(HALF_HOURS, -1, dtype=np.int64)
    with gzip.open(DATA / "lcl_home_2013.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            place = (ms(row["tstp"].strip()) - YEAR_BEGIN_MS) // HALF_HOUR_MS
            found[place] = round(Decimal(row["energy(kWh/hh)"].strip()).scaleb(6))
    assert (found >= 0).all()
    return found


@cache
def months() -> tuple[HomeMonth, ...]:
    """The months of all hundred homes, as far as they were measured."""
    with gzip.open(DATA / "lcl_months_2013.csv.gz", "rt") as file:
        return tuple(
            HomeMonth(
                row["id"],
                row["tou"] == "ToU",
                row["month"],
                int(row["half_hours"]),
                {band: int(row[f"{band.lower()}_wh"]) * 1_000 for band in PRICES},
            )
            for row in csv.DictReader(file)
        )
