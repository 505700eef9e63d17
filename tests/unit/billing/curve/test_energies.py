"""Any cut of time adds up to the whole; matrices say what single spans say."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.curve.curve import segments
from billing.curve.energies import by_letter, energy, matrix
from billing.curve.estimates import estimated
from billing.curve.rules import Rules
from billing.curve.segments import Method, Reason, Segments, of_rows
from contracts.billing import MEASURED, Letter
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS
from tests.support.chance import examples
from tests.unit.billing.curve.registers import HALF_HOUR_MS, T, installed, points_of

AROUND_MS = 40 * DAY_MS


def shows_no_sentinel(steps: Sequence[tuple[int, int]]) -> bool:
    """A register that shows one says nothing then, and its point is left out."""
    shown = accumulate(energy_mwh for _, energy_mwh in steps)
    return not set(Rules().sentinels).intersection(shown)


counted = st.lists(
    st.tuples(st.integers(1, 3 * HOUR_MS), st.integers(0, 10**11)), min_size=1, max_size=30
).filter(shows_no_sentinel)
"""Steps of a register: how long, how much."""


def curve(steps: Sequence[tuple[int, int]], source: str = "counter") -> tuple[Segments, int]:
    """Segments of a register that counts in these steps, and all that it counted."""
    ts_ms, register_mwh = T, 0
    points = [(ts_ms, register_mwh)]
    for lasted_ms, energy_mwh in steps:
        ts_ms, register_mwh = ts_ms + lasted_ms, register_mwh + energy_mwh
        points.append((ts_ms, register_mwh))
    found, findings = segments(points_of(points), [installed(source=source, max_w=None)])
    assert not findings
    return found, register_mwh


@given(counted, st.lists(st.integers(T, T + AROUND_MS), max_size=20))
@settings(max_examples=examples(300), deadline=None)
def test_any_cut_of_a_counter_adds_up_to_its_difference(
    steps: list[tuple[int, int]], cuts: list[int]
) -> None:
    found, whole_mwh = curve(steps)
    edges = [T, *sorted(cuts), T + AROUND_MS]
    parts = [energy(found, 0, begin, end) for begin, end in pairwise(edges)]
    assert sum(parts) == whole_mwh
    assert min(parts) >= 0


@given(counted, st.integers(1, 5), st.integers(-DAY_MS, DAY_MS), st.integers(1, 4))
@settings(max_examples=examples(200), deadline=None)
def test_a_matrix_says_what_spans_say(
    steps: list[tuple[int, int]], periods: int, later_ms: int, hours: int
) -> None:
    found, _ = curve(steps, source="interval")
    begin_ms, period_ms = T + later_ms, hours * HOUR_MS + 1
    whole = matrix(found, 2, begin_ms, periods, period_ms)
    assert whole.energy_mwh.shape == (2, periods)
    assert not whole.energy_mwh[1].any()
    for period in range(periods):
        edge_ms = begin_ms + period * period_ms
        letters = by_letter(found, 0, edge_ms, edge_ms + period_ms)
        assert whole.energy_mwh[0, period] == sum(letters.values())
        other = whole.other.period == period
        said = zip(whole.other.letter[other], whole.other.energy_mwh[other], strict=True)
        assert dict(said) == {letter: mwh for letter, mwh in letters.items() if letter != Letter.A}


def test_a_move_within_a_half_hour_divides_it_by_time() -> None:
    found, _ = curve([(HALF_HOUR_MS, 100_000)])
    move_ms = T + 10 * MINUTE_MS
    assert energy(found, 0, T, move_ms) == 33_333
    assert energy(found, 0, move_ms, T + HALF_HOUR_MS) == 66_667


def test_what_belongs_to_its_end_is_there_as_a_whole() -> None:
    points = points_of([(T, 0), (T + HOUR_MS, 66_000), (T + 2 * HOUR_MS, 70_000)])
    found, _ = segments(points, [installed(boundary="at_reading", cadence_ms=None)])
    assert energy(found, 0, T, T + HOUR_MS - 1) == 0
    assert energy(found, 0, T + HOUR_MS - 1, T + HOUR_MS) == 66_000
    assert matrix(found, 1, T, 4, HALF_HOUR_MS).energy_mwh.tolist() == [[0, 66_000, 0, 4_000]]
    assert matrix(found, 1, T + HALF_HOUR_MS, 2, HALF_HOUR_MS).energy_mwh.tolist() == [[66_000, 0]]


def test_a_year_of_gigawatt_hours_is_divided_exactly() -> None:
    year_ms, energy_mwh = 365 * DAY_MS, 10**17 + 1
    one = of_rows([(0, T, T + year_ms, energy_mwh, Letter.S, Method.EVEN, Reason.NONE, False)])
    days = matrix(one, 1, T, 365, DAY_MS).energy_mwh[0].tolist()
    assert days == [energy_mwh * (day + 1) // 365 - energy_mwh * day // 365 for day in range(365)]


@given(counted)
@settings(max_examples=examples(100), deadline=None)
def test_estimates_leave_what_was_measured_as_it_is(steps: list[tuple[int, int]]) -> None:
    found, whole_mwh = curve(steps, source="interval")
    after = estimated(found, [installed(source="interval", max_w=None)])
    measured = np.isin(after.letter, MEASURED)
    assert after.energy_mwh[measured].sum() == whole_mwh
    assert (after.energy_mwh >= 0).all()
    assert (after.begin_ms[1:] == after.end_ms[:-1]).all()


def test_of_segments_that_overlap_nothing_is_lost() -> None:
    """As of a counter of a month to date that is exchanged at a month's first instant."""
    one = (0, T, T + 3 * HALF_HOUR_MS, 300, int(Letter.A), 0, 0, False)
    other = (0, T + HALF_HOUR_MS, T + 4 * HALF_HOUR_MS, 30, int(Letter.S), 0, 0, False)

    found = matrix(of_rows([one, other]), 1, T, 4, HALF_HOUR_MS)

    assert found.energy_mwh.tolist() == [[100, 110, 110, 10]]
    assert found.other.energy_mwh.tolist() == [10, 10, 10]
