"""Rows of history become whole numbers again, and minutes that are left out those of periods."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.energy import minutes_left_out, row_of
from contracts.energy import Row
from contracts.figures import FIGURE_NAMES

T = 1_709_250_600_000
FIGURES = dict.fromkeys(FIGURE_NAMES, 1)


def row(**figures: object) -> Row:
    times = {"first_at": T + 1, "last_at": T + 59_999}
    return row_of(T, 0, tuple((FIGURES | times | figures).values()))


def test_times_are_milliseconds_and_registers_thousandths() -> None:
    made = row(first_register=0.001, last_register=45_678_901.5, low_register=0.0)
    assert (made.minute_ms, made.corrected_ms) == (T, 0)
    assert (made.first_at_ms, made.last_at_ms) == (T + 1, T + 59_999)
    assert (made.first_register, made.last_register) == (1, 45_678_901_500)
    assert (made.low_register, made.high_register) == (0, 1_000)


@given(st.integers(0, 10**14), st.integers(0, 4_102_444_800_000))
def test_nothing_is_lost_by_way_of_doubles(thousandths: int, ms: int) -> None:
    made = row(last_register=thousandths / 1_000, last_at=ms)
    assert (made.last_register, made.last_at_ms) == (thousandths, ms)


@pytest.mark.parametrize(
    ("figures", "energy", "estimated"),
    [
        ({"energy": None, "estimated": 0}, None, 0),
        ({"energy": 0.0, "estimated": 1}, 0, 1),
        ({"energy": None, "estimated": None}, None, 0),
        ({"energy": -0.2, "estimated": 3}, -200, 3),
    ],
    ids=["of a register", "of an interval without use", "older than the fields", "of a revision"],
)
def test_energy_is_none_where_no_reading_says_one(
    figures: dict[str, float | None], energy: int | None, estimated: int
) -> None:
    made = row(**figures)
    assert (made.energy, made.estimated) == (energy, estimated)


def test_a_period_of_one_minute_stands_for_the_minute_that_is_left_out() -> None:
    correction = row()._replace(corrected_ms=T + 3_600_000)
    period = row()._replace(minute_ms=T - 600_000)

    assert list(minutes_left_out([correction], [period])) == [row()]
    assert list(minutes_left_out([row(), correction], [period])) == []


def test_a_period_of_several_minutes_has_them_all_beside_it() -> None:
    period = row(last_at=T + 60_000)

    assert list(minutes_left_out([], [period])) == []
