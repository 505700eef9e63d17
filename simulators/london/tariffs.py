"""The dynamic tariff of London's trial of 2013 (simulators/data/README.md says where from)."""

from csv import DictReader
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from contracts.masters import Price
from contracts.settings import PROJECT

SERIES = "lcl-dtou"
PRICES = {"High": Decimal("0.6720"), "Normal": Decimal("0.1176"), "Low": Decimal("0.0399")}
"""GBP a kWh, by band."""


def dynamic_prices() -> tuple[Price, ...]:
    """A price for each time between two changes, GBP a kWh."""
    path = PROJECT / "simulators" / "data" / "lcl_tariffs_2013.csv"
    with path.open() as file:
        rows = [(_ms(row["begin"]), row["band"]) for row in DictReader(file)]
    end_ms = _ms("2014-01-01T00:00Z")
    return tuple(
        Price(SERIES, begin_ms, until_ms, PRICES[band], band)
        for (begin_ms, band), (until_ms, _) in pairwise([*rows, (end_ms, "")])
    )


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1_000)
