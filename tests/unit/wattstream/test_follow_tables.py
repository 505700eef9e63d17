"""A running month as people read it: what is archived, what is provisional, and how old it is."""

import io
from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as changed
from rich.console import Console

from billing.settlement.tail import Tail
from contracts.so_far import BalanceSoFar, CustomerSoFar, LineSoFar, SiteSoFar, UnpricedSoFar
from wattstream.follow_tables import Row, age, picture

NOON_MS = 1_373_886_000_000
"""2013-07-15T11:00Z."""
LINE = LineSoFar("home", "lcl-dtou/1/energy", "High", "mwh", 1_578_000, 106)
ADA = CustomerSoFar(106, 5, 111, [LINE], {"electricity": 1_578_000}, {}, 15_780)
SITE = SiteSoFar(
    *("london", "2013-07", NOON_MS - 10**9, NOON_MS + 10**9, "GBP", NOON_MS, NOON_MS, NOON_MS),
    *(NOON_MS + 5_000, 1_200, 2, 212, 10, 222),
    [BalanceSoFar("electricity", "import", 3_156_000, 3_156_000, 0, 0)],
    [],
)
ROW = Row(
    SITE,
    {1: ADA, 2: ADA},
    # 0.5 kWh at 20 p, with 5 % of tax.
    Tail({("electricity", "import"): 500_000}, 10 * 10**12, 5 * 10**11, newest_ms=NOON_MS + 60_000),
)


def shown(*arguments: Any, **others: Any) -> list[str]:  # noqa: ANN401
    console = Console(width=160, record=True, file=io.StringIO())
    console.print(picture(*arguments, **others))
    return [" ".join(line.split()) for line in console.export_text().splitlines()]


def test_the_sums_of_a_site_and_whom_it_costs_most() -> None:
    dear = changed(ADA, gross_minor=999)

    lines = shown([replace(ROW, customers={1: ADA, 2: dear})], {}, NOON_MS + 95_000)

    assert lines[0] == "london, 2013-07 so far: 2 customers"
    assert "archived 3.156 kWh 2.12 0.10 11.10" in lines
    assert "provisional 0.5 kWh 0.10 0.01 0.11" in lines
    assert "so far 3.656 kWh 2.22 0.11 11.21 GBP" in lines
    assert (
        "archived until 2013-07-15 11:00:00 UTC, settled 90 s ago; "
        "live until 2013-07-15 11:01:00 UTC" in lines
    )
    assert lines[-2:] == ["2 1.578 kWh 1.0% 9.99", "1 1.578 kWh 1.0% 1.11"]


def test_the_lines_of_a_customer() -> None:
    lines = shown([replace(ROW, customers={1: ADA})], {}, NOON_MS, one=1)

    assert lines[0] == "london, 2013-07 so far: customer 1"
    assert "home lcl-dtou/1/energy High 1.578 kWh 1.06" in lines
    assert "archived 1.578 kWh 1.06 0.05 1.11" in lines


def test_what_is_wrong_is_told() -> None:
    broken = changed(SITE, is_closed=True, broken=["energy: all is 3, +1 from 2"], archived_ms=None)
    silent = replace(ROW.tail, silent=3, not_known=1, unpriced_mwh=5, newest_ms=None)

    lines = shown([Row(broken, {1: ADA}, silent)], {"paris": "no plan"}, NOON_MS + 5_000)

    assert lines[0] == "london, 2013-07 over: 2 customers"
    assert "does not add up: energy: all is 3, +1 from 2" in lines
    assert lines[-1] == "paris: no plan"
    assert (
        "archived nothing, settled 0 s ago; 3 registers without a live value; 1 that fell or "
        "leapt wait for the archive; some of it without a price" in lines
    )


def test_whose_contracts_have_no_price_is_told_in_a_line_of_each_reason() -> None:
    site = changed(SITE, unpriced=[UnpricedSoFar("a", "no version"), UnpricedSoFar("b", "why")])
    one, both = changed(ADA, unpriced=[1]), changed(ADA, unpriced=[0, 1])
    many = dict.fromkeys(range(30, 2, -1), one)

    lines = shown([replace(ROW, site=site, customers={**many, 2: both, 1: ADA})], {}, NOON_MS)
    of_two = shown([replace(ROW, site=site, customers={2: both})], {}, NOON_MS, one=2)
    of_one = shown([replace(ROW, site=site, customers={1: ADA})], {}, NOON_MS, one=1)

    assert [line for line in lines if "without a price: " in line] == [
        "without a price: a of customer 2: no version",
        "without a price: b of customers 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 19 more: why",
    ]
    assert "without a price: b of customer 2: why" in of_two
    assert not [line for line in of_one if "without a price" in line]


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (-5, "0 s"),
        (119_999, "119 s"),
        (120_000, "2 min"),
        (7_199_999, "119 min"),
        (7_200_000, "2 h"),
    ],
)
def test_an_age_in_words(ms: int, text: str) -> None:
    assert age(ms) == text
