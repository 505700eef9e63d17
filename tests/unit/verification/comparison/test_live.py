"""What may differ in a live value because it was said again, and what may not."""

from typing import Any

import polars as pl
import pytest

from verification.comparison.live import allowed, compare_live
from verification.oracle.expected import Counts, Expected
from verification.oracle.live import Live
from verification.rows import LiveValue

END = 1_357_000_205_000
CLOSED = END + 60_000
KEY = ("gas", "gcpuy", "a")
VALUE = LiveValue(
    slice_end_ms=END,
    last_ms=END - 1_000,
    holds_until_ms=END + 29_000,
    late=False,
    geohash="gcpuyj",
    commodity="gas",
    register=7.5,
    demand=None,
    energy_today=0.5,
    readings=4,
    repeats=2,
    revisions=0,
    lost=0,
    resets=0,
    reset_ms=None,
    cadence_ms=None,
    voltage_v=None,
    quality="measured",
    feeder=None,
    region=None,
)
LIVE = Live(VALUE, repeats=5)


def expected(live: dict[tuple[str, str, str], Live], *unsettled: tuple[str, str]) -> Expected:
    """Nothing but these live values, in a log whose last slice to close was CLOSED."""
    return Expected(
        counts=Counts(0, 0, 0, 0, 0, 0, 0, {}, 0, 0),
        minutes={},
        periods={},
        area_minutes={},
        live=live,
        live_groups={},
        largest={},
        facts={},
        feeder_minutes={},
        meter_hours={},
        judged_hours={},
        feeder_days={},
        alerts={},
        undecided=frozenset(),
        rejects={},
        archive=pl.DataFrame(),
        merged={},
        merged_periods={},
        last_slice_end_ms=CLOSED,
        unsettled=frozenset(unsettled),
    )


@pytest.mark.parametrize(
    ("changes", "equal"),
    [
        ({}, True),
        ({"slice_end_ms": END + 1}, True),
        ({"slice_end_ms": END - 1}, False),
        ({"repeats": 3}, False),
        ({"slice_end_ms": END + 5_000, "repeats": 2}, True),
        ({"slice_end_ms": END + 5_000, "repeats": 5}, True),
        ({"slice_end_ms": END + 5_000, "repeats": 6}, False),
        ({"slice_end_ms": END + 5_000, "repeats": 1}, False),
        ({"slice_end_ms": END + 5_000, "register": 7.501}, False),
        ({"slice_end_ms": END + 5_000, "readings": 5}, False),
    ],
    ids=str,
)
def test_said_again_it_may_be_newer_and_count_repeats(changes: dict[str, Any], equal: bool) -> None:
    found = VALUE._replace(**changes)
    assert (allowed(LIVE, found) == found) is equal
    assert compare_live("s", expected({KEY: LIVE}), {KEY: found}).equal is equal


def test_a_missing_and_a_surplus_meter_differ() -> None:
    other = ("gas", "gcpuv", "a")
    result = compare_live("s", expected({KEY: LIVE}), {other: VALUE})
    assert (result.missing, result.surplus) == (1, 1)


@pytest.mark.parametrize(
    ("end_ms", "equal"), [(CLOSED + 5_000, True), (CLOSED, False)], ids=["open", "closed"]
)
def test_what_a_meter_is_in_a_slice_that_is_open_is_not_compared(end_ms: int, equal: bool) -> None:
    found = {("gas", "u1003", "a"): VALUE._replace(slice_end_ms=end_ms, register=99.0)}
    assert compare_live("s", expected({KEY: LIVE}, ("gas", "a")), found).equal is equal
    assert not compare_live("s", expected({KEY: LIVE}, ("gas", "b")), found).equal
