from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from exchange.settling import Interval, settled
from exchange.values import MEASURED, Mark, Repeated, Seen
from tests.unit.exchange.files import Outcome, outcome

HOUR_MS = 3_600_000


def of(*intervals: Interval) -> Outcome:
    return outcome([Seen(len(intervals)), *settled("m", "electricity", intervals, "value")])


def interval(begin: int, end: int, amount: int, line: int = 0, mark: Mark = MEASURED) -> Interval:
    return Interval(begin * HOUR_MS, end * HOUR_MS, amount, line, mark)


def test_intervals_stand_by_time_and_length() -> None:
    found = of(interval(2, 3, 30), interval(0, 1, 10), interval(3, 5, 50), interval(1, 2, 20))
    assert [(block.interval_ms, block.amounts.tolist()) for block in found.blocks] == [
        (HOUR_MS, [10, 20, 30]),
        (2 * HOUR_MS, [50]),
    ]


def test_each_has_its_mark() -> None:
    guess = Mark("estimated", "8")
    found = of(interval(0, 1, 1), interval(1, 2, 2, mark=guess), interval(2, 3, 3))
    assert found.marks() == {("measured", None): 2, ("estimated", "8"): 1}


def test_of_two_values_neither_is_taken() -> None:
    found = of(interval(0, 1, 707, 4), interval(0, 1, 721, 9), interval(1, 2, 1, 10))
    assert found.unusable == [(4, "conflict", 1), (9, "conflict", 1)]
    assert found.amounts("m").tolist() == [1]


def test_what_is_said_again_is_one() -> None:
    found = of(interval(0, 1, 5, 1), interval(0, 1, 5, 2))
    assert found.found[1] == Repeated(2, 1)
    assert found.amounts("m").tolist() == [5]


def test_intervals_that_overlap_are_not_taken() -> None:
    found = of(
        interval(0, 4, 1, 1), interval(1, 2, 2, 2), interval(3, 5, 3, 3), interval(5, 6, 4, 4)
    )
    assert [line for line, _, _ in found.unusable] == [1, 2, 3]
    assert {reason for _, reason, _ in found.unusable} == {"overlap"}
    assert found.amounts("m").tolist() == [4]


def test_an_interval_has_a_length_and_a_time() -> None:
    found = of(
        interval(1, 1, 1, 1), interval(2, 1, 1, 2), interval(-1, 0, 1, 3), interval(0, 745, 1, 4)
    )
    assert [reason for _, reason, _ in found.unusable] == [
        *("zero_length", "zero_length", "too_old", "out_of_range")
    ]


@given(
    st.lists(
        st.builds(interval, st.integers(-2, 9), st.integers(-2, 9), st.integers(0, 2)), max_size=12
    )
)
def test_what_is_taken_does_not_overlap_and_nothing_is_lost(intervals: list[Interval]) -> None:
    taken = sorted(
        (int(end) - block.interval_ms, int(end))
        for block in of(*intervals).blocks
        for end in block.ends_ms
    )
    assert all(end <= begin for (_, end), (begin, _) in pairwise(taken))
