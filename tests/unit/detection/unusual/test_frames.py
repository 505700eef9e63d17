import polars as pl
import pytest

from contracts.time import DAY_MS, HOUR_MS
from detection.errors import DataError
from detection.unusual.frames import (
    HALF_HOUR_MS,
    grid,
    half_hours_of_table,
    of_half_hours,
)

MIDNIGHT_MS = 1_356_998_400_000
"""2013-01-01, a Tuesday."""


def half_hours(*rows: tuple[str, int, int]) -> pl.DataFrame:
    schema = {"meter_id": pl.String, "ts": pl.Int64, "energy_mwh": pl.Int64}
    return pl.DataFrame(rows, schema, orient="row")


def test_an_hour_has_two_halves_that_end_in_it() -> None:
    first, second = MIDNIGHT_MS + HALF_HOUR_MS, MIDNIGHT_MS + 2 * HALF_HOUR_MS
    frame = of_half_hours(half_hours(("b", second, 3), ("a", second, 20), ("a", first, 100)))

    assert frame.sort("meter_id").rows() == [
        ("a", MIDNIGHT_MS, 120, True),
        ("b", MIDNIGHT_MS, 3, False),
    ]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("a", MIDNIGHT_MS + 60_000, 1)], "meter a: ts is 1356998460000, which is not on"),
        ([("a", MIDNIGHT_MS, -5_000)], "has -5 Wh"),
        ([("a", MIDNIGHT_MS, 1), ("a", MIDNIGHT_MS, 2)], "comes twice"),
    ],
)
def test_half_hours_that_cannot_be_used(rows: list[tuple[str, int, int]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        of_half_hours(half_hours(*rows))


def hours(*rows: tuple[str, int, int, bool]) -> pl.DataFrame:
    return pl.DataFrame(
        [(meter, MIDNIGHT_MS + hour * HOUR_MS, energy, done) for meter, hour, energy, done in rows],
        {
            "meter_id": pl.String,
            "hour_ms": pl.Int64,
            "energy_mwh": pl.Int64,
            "complete": pl.Boolean,
        },
        orient="row",
    )


def test_a_grid_has_whole_days_up_to_the_last_that_is_over() -> None:
    made = grid(
        hours(("b", 5, 7, True), ("a", 47, 8, True), ("a", 6, 9, False), ("b", 48, 1, True))
    )

    assert made.meters == ("a", "b")
    assert (made.first_ms, made.days) == (MIDNIGHT_MS, 2)
    assert made.end_ms == MIDNIGHT_MS + 2 * DAY_MS
    assert made.complete.sum() == 2
    assert (made.energy_mwh[1, 5], made.energy_mwh[0, 47]) == (7, 8)
    # What is not complete has no energy.
    assert made.energy_mwh[0, 6] == 0
    assert made.starts_ms[47] == MIDNIGHT_MS + 47 * HOUR_MS


def test_parts_of_a_grid() -> None:
    made = grid(hours(*((meter, hour, hour, True) for meter in "abc" for hour in range(72))))
    part = made.of_meters(slice(1, 3)).of_days(1, 3)

    assert part.meters == ("b", "c")
    assert (part.first_ms, part.days) == (MIDNIGHT_MS + DAY_MS, 2)
    assert part.energy_mwh[0, 0] == 24


@pytest.mark.parametrize("rows", [[], [("a", 3, 1, False)], [("a", 3, 1, True)]])
def test_no_whole_day_is_no_grid(rows: list[tuple[str, int, int, bool]]) -> None:
    with pytest.raises(DataError, match=r"no hour of any meter|no whole UTC day"):
        grid(hours(*rows))


def test_a_table_of_half_hours() -> None:
    table = pl.DataFrame(
        {"meter_id": ["a", "a"], "ts": [1, 2], "energy_wh": [0.0125, None], "note": ["", ""]}
    )

    assert half_hours_of_table(table, "x").rows() == [("a", 1, 12)]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"meter_id": ["a"], "ts": [1]}, "no column energy_wh; it has meter_id, ts"),
        ({"meter_id": ["a"], "ts": ["x"], "energy_wh": [1.0]}, "ts whole milliseconds"),
        ({"meter_id": ["a"], "ts": [1], "energy_wh": [float("nan")]}, "not a finite number"),
    ],
)
def test_tables_that_cannot_be_used(table: dict[str, list[object]], message: str) -> None:
    with pytest.raises(DataError, match=f"x: .*{message}"):
        half_hours_of_table(pl.DataFrame(table), "x")
