"""Every kind of difference between what must be in a store and what is gets reported."""

from typing import NamedTuple

import polars as pl
import pytest

from verification.comparison.compare import EXAMPLES, compare_frames, compare_repeated, compare_rows
from verification.comparison.names import (
    merged_name,
    merged_period_name,
    minute_name,
    period_name,
    record_name,
    time_text,
)
from verification.oracle.merged import expected_of, merged_rows
from verification.rows import Minute, Reject

T = 1_357_000_200_000


class Row(NamedTuple):
    """A row of some store."""

    readings: int
    demand: float


Key = tuple[str]


def name(key: Key) -> str:
    """The key itself."""
    return key[0]


EXPECTED = {("a",): Row(1, 1.5), ("b",): Row(2, 2.5)}


def test_equal_rows() -> None:
    result = compare_rows("s", EXPECTED, dict(EXPECTED), name)
    assert result.equal
    assert (result.found, result.examples) == (2, [])


def test_missing_row() -> None:
    result = compare_rows("s", EXPECTED, {("a",): Row(1, 1.5)}, name)
    assert not result.equal
    assert (result.missing, result.surplus, result.different) == (1, 0, 0)
    assert result.examples == ["b is missing"]


def test_surplus_row() -> None:
    result = compare_rows("s", EXPECTED, {**EXPECTED, ("c",): Row(0, 0.0)}, name)
    assert not result.equal
    assert (result.missing, result.surplus, result.different) == (0, 1, 0)
    assert result.examples == ["c must not be there"]


def test_different_columns_are_named() -> None:
    result = compare_rows("s", EXPECTED, {**EXPECTED, ("a",): Row(9, 1.5000001)}, name)
    assert not result.equal
    assert (result.missing, result.surplus, result.different) == (0, 0, 1)
    assert result.examples == [
        "a readings: expected 1, found 9, demand: expected 1.5, found 1.5000001"
    ]


def test_a_column_without_value_differs() -> None:
    empty = Row(1, None)  # type: ignore[arg-type]
    result = compare_rows("s", EXPECTED, {**EXPECTED, ("a",): empty}, name)
    assert result.examples == ["a demand: expected 1.5, found None"]


def test_the_first_differences_in_key_order() -> None:
    wanted = {(f"{n:03}",): Row(n, 0.0) for n in reversed(range(100))}
    result = compare_rows("s", wanted, {}, name)
    assert result.missing == 100
    assert result.examples == [f"{n:03} is missing" for n in range(EXAMPLES)]


REJECT = Reject("not_json", "t", T, b"{")


def test_a_reject_may_be_there_twice() -> None:
    result = compare_repeated("s", {(0, 5): REJECT}, [((0, 5), REJECT)] * 2, record_name)
    assert result.equal


@pytest.mark.parametrize("order", [1, -1])
def test_a_reject_must_be_the_same_each_time(order: int) -> None:
    found = [((0, 5), REJECT), ((0, 5), REJECT._replace(reason="empty"))][::order]
    result = compare_repeated("s", {(0, 5): REJECT}, found, record_name)
    assert result.examples == ["partition 0 offset 5 reason: expected 'not_json', found 'empty'"]


def test_a_changed_payload_shows_shortened() -> None:
    found = [((0, 5), REJECT._replace(value=b"x" * 2_000_000))]
    (example,) = compare_repeated("s", {(0, 5): REJECT}, found, record_name).examples
    assert "value: expected b'{', found b'xxx" in example
    assert "2,000,003 characters" in example


def test_an_absent_value_is_not_an_empty_one() -> None:
    expected = {(0, 5): REJECT._replace(value=None)}
    found = [((0, 5), REJECT._replace(value=b""))]
    assert not compare_repeated("s", expected, found, record_name).equal


ARCHIVE = pl.DataFrame({"p": [0, 0, 1], "o": [0, 1, 0], "ts": [5, 6, 7], "v": [None, 1.5, 2.5]})


def compare_archive(found: pl.DataFrame) -> tuple[tuple[int, int, int], list[str]]:
    """Missing, surplus, different; and the words."""
    result = compare_frames("s", ARCHIVE, found, ("p", "o"), record_name)
    counts = (result.missing, result.surplus, result.different)
    assert result.equal is (counts == (0, 0, 0))
    return counts, result.examples


def test_equal_frames_in_any_order() -> None:
    assert compare_archive(ARCHIVE.reverse()) == ((0, 0, 0), [])


def test_missing_row_of_a_frame() -> None:
    assert compare_archive(ARCHIVE[1:]) == ((1, 0, 0), ["partition 0 offset 0 is missing"])


def test_empty_frame() -> None:
    assert compare_archive(ARCHIVE.clear())[0] == (3, 0, 0)


def test_surplus_row_of_a_frame() -> None:
    extra = pl.DataFrame({"p": [2], "o": [9], "ts": [1], "v": [1.0]})
    assert compare_archive(pl.concat([ARCHIVE, extra])) == (
        (0, 1, 0),
        ["partition 2 offset 9 must not be there"],
    )


def test_row_twice_in_a_frame() -> None:
    assert compare_archive(pl.concat([ARCHIVE, ARCHIVE[:1]])) == (
        (0, 1, 0),
        ["partition 0 offset 0 is there 2 times"],
    )


def test_different_columns_of_a_frame() -> None:
    found = ARCHIVE.with_columns(ts=pl.Series([5, 0, 7]), v=pl.Series([0.0, 1.5, 2.5]))
    assert compare_archive(found) == (
        (0, 0, 2),
        [
            "partition 0 offset 0 v: expected None, found 0.0",
            "partition 0 offset 1 ts: expected 6, found 0",
        ],
    )


def minute(**changes: float | None) -> Minute:
    """A minute of one reading."""
    registers = (1.0, 1.0, 1.0, 1.0)
    row = Minute("gcpuy", 1, 1, 4, 4, T, T, *registers, 1, 0.1, 0.1, 0.1, None, 0)
    return row._replace(**changes)  # type: ignore[arg-type]


KEY = ("a", "gas", T)


def test_on_time_row_and_corrections_are_added() -> None:
    late = minute(
        first_seq=5,
        last_seq=7,
        first_at=T + 1,
        last_at=T + 9,
        expected=3,
        last_register=0.5,
        demand_sum=0.2,
        energy=1.5,
        estimated=1,
    )
    merged = merged_rows({(*KEY, 0): minute(), (*KEY, T): late, ("b", "gas", T, 0): minute()})
    assert sorted(merged) == [KEY, ("b", "gas", T)]
    both = merged[KEY]
    assert (both.readings, both.first_seq, both.last_seq, both.expected) == (2, 4, 7, 4)
    assert (both.first_at, both.first_register) == (T, 1.0)
    assert (both.last_at, both.last_register) == (T + 9, 0.5)
    assert (both.demands, both.demand_sum) == (2, 0.3)
    assert (both.energy, both.estimated) == (1.5, 1)
    assert merged["b", "gas", T].energy is None


def test_the_latest_correction_has_the_word_on_an_instant_that_rows_share() -> None:
    rows = {
        (*KEY, 0): minute(),
        (*KEY, T + 60_000): minute(first_register=3.0, last_register=3.0, readings=0, expected=0),
        (*KEY, T): minute(first_register=2.0, last_register=2.0, readings=0, expected=0),
    }
    both = merged_rows(rows)[KEY]
    assert (both.readings, both.expected) == (1, 1)
    assert (both.first_register, both.last_register) == (3.0, 3.0)


Span = tuple[int, int, int, int, int, int]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # first_at, first_seq, last_at, last_seq, readings, expected
        ([(0, 1, 9, 10, 10, 10)], 10),
        ([(0, 1, 9, 10, 10, 10), (10, 13, 11, 14, 2, 2)], 14),
        ([(10, 13, 11, 14, 2, 2), (0, 1, 9, 10, 10, 10)], 14),
        # Those of two restarts, one behind the other.
        ([(0, 900, 9, 3, 8, 9), (10, 4, 10, 4, 1, 1)], 10),
        # Within one another: known to be one run of numbers, or not.
        ([(0, 1, 9, 10, 8, 10), (3, 4, 12, 13, 2, 10)], 13),
        ([(0, 900, 9, 3, 8, 9), (3, 904, 12, 2, 2, 4)], 10),
        ([(0, 1, 9, 10, 10, 10), (3, 900, 12, 2, 2, 3)], 12),
        ([(0, 1, 9, 10, 10, 10), (3, 5, 12, 40, 20, 30)], 30),
        # One begins at the other's last instant, with the next number.
        ([(0, 900, 9, 3, 8, 9), (9, 5, 10, 6, 2, 2)], 12),
        # Only revisions: nothing is expected of them.
        ([(0, 1, 9, 10, 10, 10), (30, 99, 31, 99, 0, 0)], 10),
        ([(30, 99, 31, 99, 0, 0)], 0),
        # A wrap of 16 bits between two rows.
        ([(0, 65_534, 1, 65_535, 2, 2), (2, 1, 2, 1, 1, 1)], 4),
    ],
    ids=str,
)
def test_what_rows_expect_together(rows: list[Span], expected: int) -> None:
    assert expected_of(rows) == expected


def test_a_row_with_a_hole_cannot_be_added() -> None:
    assert merged_rows({(*KEY, 0): minute(demand_sum=None)}) == {}


def test_words_name_meter_minute_and_correction() -> None:
    assert time_text(T) == "2013-01-01T00:30:00Z"
    assert time_text(T + 5) == "2013-01-01T00:30:00.005Z"
    assert minute_name(("2013-01-01", "a", "gas", T, 0)) == (
        "meter a, gas, minute 2013-01-01T00:30:00Z, on-time row (in 2013-01-01)"
    )
    assert minute_name(("gcpuy", "a", "gas", T, T + 60_000)) == (
        "meter a, gas, minute 2013-01-01T00:30:00Z, correction of 2013-01-01T00:31:00Z (in gcpuy)"
    )
    assert period_name((7, "2013-01-01", "a", "gas", T, T)) == (
        "meter a, gas, period 2013-01-01T00:30:00Z, correction of 2013-01-01T00:30:00Z "
        "(in bucket 7, 2013-01-01)"
    )
    assert merged_period_name(KEY).startswith("meter a, gas, period 2013-01-01T00:30:00Z, on")
    assert merged_name(KEY).startswith("meter a, gas, minute 2013-01-01T00:30:00Z")
