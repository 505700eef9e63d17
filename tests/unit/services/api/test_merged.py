"""Rows of a minute become the minute, as the contract says."""

from hypothesis import given
from hypothesis import strategies as st

from adapters.meter_history import FullRow
from contracts.energy import Row
from contracts.time import MINUTE_MS
from services.api.merged import expected, merged
from verification.oracle.merged import expected_of

TEN = 36_000_000
ROW = Row(TEN, 0, 8, 1, 10, TEN, TEN + 45_000, 1_400_000, 1_540_000, 1_400_000, 1_540_000)


def row(corrected_ms: int, due: int, **fields: int) -> FullRow:
    return FullRow(ROW._replace(corrected_ms=corrected_ms, **fields), due, 0, 0.0, None, None)


def one(corrected_ms: int, due: int, seq: int, at_ms: int, register: int, readings: int) -> FullRow:
    return row(
        corrected_ms,
        due,
        readings=readings,
        first_seq=seq,
        last_seq=seq,
        first_at_ms=TEN + at_ms,
        last_at_ms=TEN + at_ms,
        first_register=register,
        last_register=register,
    )


def test_the_example_of_the_contract() -> None:
    rows = [
        one(TEN + 5_400_000, 0, 10, 45_000, 1_550_000, 0),
        one(TEN + 2 * MINUTE_MS, 1, 5, 20_000, 1_440_000, 1),
        row(0, 10),
        one(TEN + 3 * MINUTE_MS, 1, 12, 55_000, 1_580_000, 1),
    ]

    (minute,) = merged(rows)
    assert (minute.readings, minute.expected, minute.late) == (10, 12, 2)
    assert (minute.first_at_ms, minute.last_at_ms) == (TEN, TEN + 55_000)
    assert minute.last_register == 1_580_000
    (without,) = merged(rows[:3])
    assert without.last_register == 1_550_000


@given(
    st.lists(
        st.tuples(
            st.integers(0, 20), st.integers(0, 20), st.integers(0, 5), st.integers(0, 70_000)
        ),
        max_size=6,
    )
)
def test_what_is_expected_is_so_by_the_oracle(spans: list[tuple[int, int, int, int]]) -> None:
    rows = []
    for first, length, missing, seq in spans:
        due = length + 1
        readings = max(0, due - missing)
        each = row(
            0,
            due if readings else 0,
            readings=readings,
            first_at_ms=TEN + first * 1_000,
            last_at_ms=TEN + (first + length) * 1_000,
            first_seq=seq,
            last_seq=seq + length,
        )
        rows.append(each)

    assert expected(rows) == expected_of(
        (
            each.row.first_at_ms,
            each.row.first_seq,
            each.row.last_at_ms,
            each.row.last_seq,
            each.row.readings,
            each.expected,
        )
        for each in rows
    )


def test_demands_are_meant_and_bounded_over_all_rows() -> None:
    rows = [
        row(0, 10)._replace(demands=3, demand_sum=600.0, demand_min=100.0, demand_max=300.0),
        row(1, 10)._replace(demands=1, demand_sum=1_000.0, demand_min=1_000.0, demand_max=1_000.0),
    ]

    (minute,) = merged(rows)
    assert (minute.demand_mean, minute.demand_min, minute.demand_max) == (400.0, 100.0, 1_000.0)
