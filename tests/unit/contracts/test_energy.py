"""Energy of a span: cases of the field with their right values, and what must hold of any."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.energy import (
    Counting,
    Energy,
    Fall,
    Point,
    Row,
    Span,
    Straddle,
    energy_of_points,
    energy_of_rows,
)
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS

T = 1_709_250_600_000
"""A whole minute."""
HALF_HOUR_MS = HOUR_MS // 2
MIDNIGHT_MS = 1_709_251_200_000
EVERY_10_S = Counting(cadence_ms=10_000)
HALF_HOURLY = Counting(cadence_ms=HALF_HOUR_MS)
INTERVALS = Counting("interval", cadence_ms=HALF_HOUR_MS)
ALWAYS = Span(0, 4_102_444_800_000)

EXCHANGE_WH = [45_678_900, 45_678_905, 45_678_910, 0, 5, 10, 15, 20]
ROLLOVER_WH = [99_999_700, 99_999_800, 99_999_900, 0, 100, 200]


def points_of(
    registers_wh: Iterable[float], begin_ms: int = T, every_ms: int = 10_000
) -> list[Point]:
    return [
        Point(begin_ms + seq * every_ms, round(register * 1_000), seq)
        for seq, register in enumerate(registers_wh)
    ]


def rows_of(points: Sequence[Point], late: Iterable[int] = ()) -> list[Row]:
    """History of the points; those at the places `late` are corrections."""
    corrections = set(late)
    same: dict[tuple[int, int], list[Point]] = defaultdict(list)
    for place, point in enumerate(points):
        minute_ms = point.at_ms - point.at_ms % MINUTE_MS
        same[minute_ms, minute_ms + HOUR_MS if place in corrections else 0].append(point)
    return [row_of(minute_ms, corrected, these) for (minute_ms, corrected), these in same.items()]


def row_of(minute_ms: int, corrected_ms: int, points: Sequence[Point]) -> Row:
    ordered = sorted(points, key=lambda point: (point.at_ms, point.seq))
    registers = [point.register for point in ordered]
    energies = [point.energy for point in ordered if point.energy is not None]
    return Row(
        minute_ms,
        corrected_ms,
        readings=sum(point.revision == 0 for point in ordered),
        first_seq=min(point.seq for point in ordered),
        last_seq=max(point.seq for point in ordered),
        first_at_ms=ordered[0].at_ms,
        last_at_ms=ordered[-1].at_ms,
        first_register=registers[0],
        last_register=registers[-1],
        low_register=min(registers),
        high_register=max(registers),
        energy=sum(energies) if energies else None,
        estimated=sum(point.estimated for point in ordered),
    )


def of_both(points: Sequence[Point], counting: Counting, span: Span = ALWAYS) -> Energy:
    """The energy from readings, once history is seen to say as much."""
    energy = energy_of_points(points, span, counting)
    from_rows = energy_of_rows(rows_of(points), span, counting)
    assert (from_rows.amount, from_rows.covers) == (energy.amount, energy.covers)
    assert (len(from_rows.resets), len(from_rows.rollovers)) == (
        len(energy.resets),
        len(energy.rollovers),
    )
    return energy


def test_an_exchange_within_a_minute_costs_the_step_alone() -> None:
    energy = of_both(points_of(EXCHANGE_WH), EVERY_10_S)
    assert energy.amount == 30_000
    assert energy.resets == (Fall(T + 20_000, T + 30_000, 45_678_910_000, 0),)
    assert (energy.gaps, energy.rollovers, energy.estimated) == ((), (), 0)
    assert energy.covers == Span(T, T + 70_000)


def test_history_times_a_fall_within_its_minute() -> None:
    energy = energy_of_rows(rows_of(points_of(EXCHANGE_WH)), ALWAYS, EVERY_10_S)
    assert energy.resets == (Fall(T, T + 50_000, 45_678_910_000, 0),)


@pytest.mark.parametrize("given_in", ["order", "reverse"])
def test_an_exchange_at_one_instant_counts_by_seq(given_in: str) -> None:
    points = [
        Point(T + 55_000, 45_678_900_000, 1),
        Point(T + 59_000, 45_678_901_500, 2),
        Point(T + 59_000, 0, 3),
    ]
    energy = of_both(points if given_in == "order" else points[::-1], EVERY_10_S)
    assert energy.amount == 1_500
    assert energy.resets == (Fall(T + 59_000, T + 59_000, 45_678_901_500, 0),)


def test_an_exchange_at_one_instant_goes_on_from_the_new_register() -> None:
    points = points_of([45_678_900, 45_678_901.5])
    points += [Point(T + 10_000, 0, 2), Point(T + 20_000, 500, 3)]
    energy = of_both(points, EVERY_10_S)
    assert (energy.amount, len(energy.resets)) == (2_000, 1)


@pytest.mark.parametrize(
    ("size", "amount", "resets", "rollovers"),
    [(None, 400_000, 1, 0), (100_000_000_000, 500_000, 0, 1), (99_999_000_000, 400_000, 1, 0)],
    ids=["unknown", "known", "smaller than what it said"],
)
def test_a_register_that_rolls_over(
    size: int | None, amount: int, resets: int, rollovers: int
) -> None:
    energy = of_both(points_of(ROLLOVER_WH), replace(EVERY_10_S, register_size=size))
    assert energy.amount == amount
    assert (len(energy.resets), len(energy.rollovers)) == (resets, rollovers)


def test_a_counter_of_16_bits_rolls_over_many_times() -> None:
    pulses = [(count * 20_011) % 65_536 for count in range(101)]
    counting = Counting(register_size=65_536_000, cadence_ms=HALF_HOUR_MS)
    energy = of_both(points_of(pulses, every_ms=HALF_HOUR_MS), counting)
    assert energy.amount == 100 * 20_011 * 1_000
    assert len(energy.rollovers) == 100 * 20_011 // 65_536
    assert energy.resets == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [(40_000, 33_000), (30_000, 100), (32_768, 0)],
    ids=["above half", "below half", "at half"],
)
def test_a_fall_that_does_not_cross_the_half_is_a_reset(before: int, after: int) -> None:
    energy = of_both(points_of([before, after]), Counting(register_size=65_536_000))
    assert (energy.amount, len(energy.resets), energy.rollovers) == (0, 1, ())


def test_two_exchanges() -> None:
    registers = [900, 910, 0, 5, 700, 730, 3, 4]
    energy = of_both(points_of(registers, every_ms=HALF_HOUR_MS), HALF_HOURLY)
    assert energy.amount == (10 + 5 + 695 + 30 + 1) * 1_000
    assert [(fall.before, fall.after) for fall in energy.resets] == [(910_000, 0), (730_000, 3_000)]


@pytest.mark.parametrize(
    ("first", "high", "low", "last", "amount", "fall"),
    [
        (100, 110, 0, 5, 10 + 5, (110, 0)),
        (100, 100, 0, 5, 5, (100, 0)),
        (100, 110, 0, 0, 10, (110, 0)),
        (8, 20, 0, 20, 20, (8, 0)),
        (0, 10, 0, 5, 10, (10, 5)),
        (100, 120, 100, 120, 20, None),
    ],
    ids=["both", "at once", "at last", "the last is the highest", "the first is the lowest", "no"],
)
def test_what_low_and_high_witness(
    first: int, high: int, low: int, last: int, amount: int, fall: tuple[int, int] | None
) -> None:
    row = Row(T, 0, 60, 0, 59, T, T + 59_000, first, last, low, high)
    energy = energy_of_rows([row], ALWAYS, Counting(cadence_ms=1_000))
    assert energy.amount == amount
    assert [(each.before, each.after) for each in energy.resets] == ([fall] if fall else [])
    assert energy.gaps == ()


def test_a_rollover_that_only_low_and_high_show() -> None:
    row = Row(T, 0, 60, 0, 59, T, T + 59_000, 65_000, 300, 10, 65_500)
    energy = energy_of_rows([row], ALWAYS, Counting(register_size=65_536))
    assert (energy.amount, energy.resets) == (836, ())
    assert energy.rollovers == (Fall(T, T + 59_000, 65_500, 10),)


def test_a_correction_beside_a_fall_counts_it_once() -> None:
    points = points_of([100, 102, 110, 1, 3, 5])
    for late in ([1], [1, 3], [2], [3, 4], [0, 5], range(6)):
        energy = energy_of_rows(rows_of(points, late), ALWAYS, EVERY_10_S)
        assert (energy.amount, len(energy.resets)) == (14_000, 1), late


@pytest.mark.parametrize("revised_wh", [4_800, 5_200])
def test_a_revised_register_takes_the_place_of_the_first_word(revised_wh: int) -> None:
    points = points_of([4_700, 4_900, 5_000])
    points.append(replace(points[-1], register=revised_wh * 1_000))
    energy = energy_of_points(points, ALWAYS, EVERY_10_S)
    # Not more than said: of 4,900 to 4,800 nothing is witnessed.
    assert energy.amount == (200_000 if revised_wh == 4_800 else 500_000)
    alone = points[2:]
    late = energy_of_rows(rows_of(alone, [1]), ALWAYS, EVERY_10_S)
    assert (late.amount, late.resets, late.covers) == (0, (), Span(T + 20_000, T + 20_000))


def test_a_late_revision_of_a_minutes_last_is_no_reset() -> None:
    points = points_of([4_700, 4_750, 5_000])
    points.append(replace(points[-1], register=4_800_000))
    energy = energy_of_rows(rows_of(points, [3]), ALWAYS, EVERY_10_S)
    assert (energy.amount, energy.resets) == (100_000, ())


def test_a_day_ends_with_its_last_half_hour() -> None:
    registers = list(range(0, 100 * 48 * 2, 100))
    points = points_of(registers, MIDNIGHT_MS - DAY_MS, HALF_HOUR_MS)
    for counting in (HALF_HOURLY, Counting()):
        day = of_both(points, counting, Span(MIDNIGHT_MS, MIDNIGHT_MS + DAY_MS - HALF_HOUR_MS))
        assert day.amount == 47 * 100_000
        day = of_both(points, counting, Span(MIDNIGHT_MS - DAY_MS, MIDNIGHT_MS))
        assert (day.amount, day.covers, day.uncovered) == (48 * 100_000, day.span, ())


def test_a_gap_over_midnight_is_of_the_day_in_which_it_ends() -> None:
    evening = MIDNIGHT_MS - 2 * HOUR_MS
    points = points_of([100, 110], evening - HALF_HOUR_MS, HALF_HOUR_MS)
    points += points_of([200, 210], MIDNIGHT_MS + 3 * HOUR_MS, HALF_HOUR_MS)
    before = of_both(points, HALF_HOURLY, Span(MIDNIGHT_MS - DAY_MS, MIDNIGHT_MS))
    after = of_both(points, HALF_HOURLY, Span(MIDNIGHT_MS, MIDNIGHT_MS + DAY_MS))
    gap = Span(evening, MIDNIGHT_MS + 3 * HOUR_MS)
    assert (before.amount, after.amount) == (10_000, 100_000)
    assert (before.gaps, after.gaps) == ((), (gap,))
    assert before.uncovered == (
        Span(MIDNIGHT_MS - DAY_MS, evening - HALF_HOUR_MS),
        Span(evening, MIDNIGHT_MS),
    )
    assert before.straddling == (Straddle(gap, 90_000, 0),)
    assert (before.carried, after.carried) == (None, Span(evening, MIDNIGHT_MS))
    assert after.straddling == (Straddle(gap, 90_000, 90_000),)


def test_one_missing_reading_is_a_gap_and_jitter_is_none() -> None:
    at = [0, 1_000, 2_400, 3_000, 5_000]
    points = [Point(T + ms, 0, seq) for seq, ms in enumerate(at)]
    energy = energy_of_points(points, ALWAYS, Counting(cadence_ms=1_000))
    assert energy.gaps == (Span(T + 3_000, T + 5_000),)
    assert energy_of_points(points, ALWAYS, Counting()).gaps == ()
    longer = energy_of_points(points, ALWAYS, Counting(cadence_ms=1_000), gap_cadences=3)
    assert longer.gaps == ()


def test_an_empty_span_has_no_energy_and_says_what_it_stands_on() -> None:
    span = Span(T + 15_000, T + 15_000)
    energy = energy_of_points(points_of(EXCHANGE_WH), span, EVERY_10_S)
    assert (energy.amount, energy.covers) == (0, Span(T + 10_000, T + 10_000))
    assert (energy.uncovered, energy.carried) == ((), None)


@pytest.mark.parametrize("points", [[], points_of([5, 6], T + HOUR_MS)], ids=["none", "later"])
def test_without_a_point_nothing_is_known(points: list[Point]) -> None:
    span = Span(T, T + MINUTE_MS)
    energy = of_both(points, EVERY_10_S, span)
    assert (energy.amount, energy.covers, energy.uncovered) == (0, None, (span,))
    assert energy.carried is None


def test_a_meter_that_was_silent_all_day_covers_nothing_of_it() -> None:
    day = Span(MIDNIGHT_MS, MIDNIGHT_MS + DAY_MS)
    energy = of_both(points_of([7], MIDNIGHT_MS - HOUR_MS), HALF_HOURLY, day)
    assert energy.covers == Span(MIDNIGHT_MS - HOUR_MS, MIDNIGHT_MS - HOUR_MS)
    assert (energy.amount, energy.uncovered, energy.carried) == (0, (day,), None)


def test_a_meter_that_begins_within_the_span_says_since_when() -> None:
    span = Span(T, T + MINUTE_MS)
    energy = of_both(points_of([7, 9, 12], T + 30_000), EVERY_10_S, span)
    assert (energy.amount, energy.covers) == (5_000, Span(T + 30_000, T + 50_000))
    assert energy.uncovered == (Span(T, T + 30_000), Span(T + 50_000, T + MINUTE_MS))


def test_steps_from_and_to_an_estimate_are_estimated() -> None:
    points = points_of([0, 1, 3, 7, 15])
    points[2] = replace(points[2], estimated=True)
    energy = energy_of_points(points, ALWAYS, EVERY_10_S)
    assert (energy.amount, energy.estimated) == (15_000, 2_000 + 4_000)


def half_hours(energies_wh: Iterable[float | None], begin_ms: int = MIDNIGHT_MS) -> list[Point]:
    """Intervals from `begin_ms` on; None is missing."""
    return [
        Point(
            begin_ms + (number + 1) * HALF_HOUR_MS,
            10**12,
            number,
            energy=round(wh * 1_000),
            interval_ms=HALF_HOUR_MS,
        )
        for number, wh in enumerate(energies_wh)
        if wh is not None
    ]


def test_interval_meters_add_up_energies_and_name_what_is_missing() -> None:
    points = half_hours([100, 200, None, None, 300])
    energy = of_both(points, INTERVALS, Span(MIDNIGHT_MS, MIDNIGHT_MS + 3 * HOUR_MS))
    assert energy.amount == 600_000
    assert energy.gaps == (Span(MIDNIGHT_MS + HOUR_MS, MIDNIGHT_MS + 2 * HOUR_MS),)
    assert energy.covers == Span(MIDNIGHT_MS, MIDNIGHT_MS + 5 * HALF_HOUR_MS)
    assert energy.uncovered == (Span(MIDNIGHT_MS + 5 * HALF_HOUR_MS, MIDNIGHT_MS + 3 * HOUR_MS),)


def test_an_interval_counts_where_it_ends_unless_it_is_prorated() -> None:
    points = half_hours([100, 200, 301])
    span = Span(MIDNIGHT_MS + 10 * MINUTE_MS, MIDNIGHT_MS + 80 * MINUTE_MS)
    first = Span(MIDNIGHT_MS, MIDNIGHT_MS + HALF_HOUR_MS)
    last = Span(MIDNIGHT_MS + HOUR_MS, MIDNIGHT_MS + 90 * MINUTE_MS)
    energy = of_both(points, INTERVALS, span)
    assert (energy.amount, energy.estimated) == (300_000, 0)
    assert energy.covers == Span(MIDNIGHT_MS, MIDNIGHT_MS + HOUR_MS)
    assert energy.carried == Span(MIDNIGHT_MS, span.begin_ms)
    assert energy.straddling == (Straddle(first, 100_000, 100_000), Straddle(last, 301_000, 0))
    energy = energy_of_points(points, span, INTERVALS, prorate=True)
    # 100 - floor(33.333), 200, floor(200.666)
    assert energy.straddling == (Straddle(first, 100_000, 66_667), Straddle(last, 301_000, 200_666))
    assert (energy.amount, energy.estimated) == (66_667 + 200_000 + 200_666, 66_667 + 200_666)
    assert (energy.covers, energy.uncovered, energy.carried) == (span, (), None)


def test_a_register_is_prorated_too_if_asked() -> None:
    points = points_of([0, 30], every_ms=HALF_HOUR_MS)
    energy = energy_of_points(points, Span(T, T + 10 * MINUTE_MS), HALF_HOURLY, prorate=True)
    assert (energy.amount, energy.estimated) == (10_000, 10_000)


def test_a_revision_adds_its_difference_once() -> None:
    points = half_hours([5_000, 100])
    revision = replace(points[0], energy=-200_000, revision=1)
    for repeats in ([], [points[0]], [points[0], revision]):
        energy = energy_of_points([*points, revision, *repeats], ALWAYS, INTERVALS)
        assert energy.amount == 4_900_000
        assert (energy.overlaps, energy.gaps) == ((), ())
    late = energy_of_rows(rows_of([*points, revision], [2]), ALWAYS, INTERVALS)
    assert (late.amount, late.overlaps, late.gaps) == (4_900_000, (), ())


def test_the_last_word_says_whether_an_interval_is_estimated() -> None:
    (point,) = half_hours([500])
    estimate = replace(point, estimated=True)
    assert energy_of_points([estimate], ALWAYS, INTERVALS).estimated == 500_000
    actual = replace(point, energy=-20_000, revision=1)
    energy = energy_of_points([actual, estimate], ALWAYS, INTERVALS)
    assert (energy.amount, energy.estimated) == (480_000, 0)


def test_intervals_may_be_negative_as_net_meters_are() -> None:
    energy = of_both(half_hours([-300, 100, -0.001]), INTERVALS)
    assert energy.amount == -200_001


def test_two_intervals_for_one_time_are_named() -> None:
    points = half_hours([100, 100])
    hour = Point(points[1].at_ms, 10**12, 7, energy=200_000, interval_ms=HOUR_MS)
    energy = energy_of_points([*points, hour], ALWAYS, INTERVALS)
    assert energy.amount == 400_000
    middle = MIDNIGHT_MS + HALF_HOUR_MS
    assert energy.overlaps == (Span(MIDNIGHT_MS, middle), Span(middle, MIDNIGHT_MS + HOUR_MS))


def test_points_of_an_interval_meter_without_energy_say_nothing() -> None:
    energy = of_both(points_of([1, 2]), INTERVALS)
    assert (energy.amount, energy.covers) == (0, None)


def test_intervals_shorter_than_a_minute() -> None:
    counting = Counting("interval", cadence_ms=10_000)
    points = [
        Point(T + place * 10_000, 10**12, place, energy=7, interval_ms=10_000)
        for place in range(12)
        if place not in (2, 3, 4)
    ]
    energy = of_both(points, counting)
    assert (energy.amount, energy.gaps) == (63, (Span(T + 10_000, T + 40_000),))
    rows = energy_of_rows(rows_of(points), ALWAYS, counting)
    assert rows.gaps == (Span(T - 10_000, T + 50_000),)


def test_an_interval_whose_length_nobody_says_is_refused() -> None:
    point = Point(T, 0, energy=5)
    with pytest.raises(ValueError, match="cadence_ms is None: give the length"):
        energy_of_points([point], ALWAYS, Counting("interval"))
    with pytest.raises(ValueError, match="cadence_ms is None: give the length"):
        energy_of_rows(rows_of([point]), ALWAYS, Counting("interval"))


def test_lengths_and_sizes_are_above_zero() -> None:
    with pytest.raises(ValueError, match="register_size is 0: give a number above 0"):
        Counting(register_size=0)
    with pytest.raises(ValueError, match="cadence_ms is -1: give a number above 0"):
        Counting(cadence_ms=-1)


def test_a_span_ends_after_it_begins() -> None:
    with pytest.raises(ValueError, match="end_ms is 1, before begin_ms 2"):
        Span(2, 1)


TIMES = st.integers(-30, 250).map(lambda s: T + s * 1_000)
POINTS = st.lists(
    st.builds(
        Point,
        st.integers(0, 220).map(lambda s: T + s * 1_000),
        st.integers(0, 65_535),
        st.integers(0, 3),
        energy=st.none() | st.integers(-1_000, 1_000),
        interval_ms=st.sampled_from([10_000, 30_000]),
        revision=st.integers(0, 2),
        estimated=st.booleans(),
    ),
    max_size=30,
)
COUNTINGS = st.builds(
    Counting,
    st.sampled_from(["register", "interval"]),
    st.none() | st.just(65_536),
    st.sampled_from([1_000, 10_000]),
)


@given(POINTS, COUNTINGS, st.lists(TIMES, min_size=2, max_size=5), st.booleans(), st.booleans())
def test_any_cut_adds_up_to_the_whole(
    points: list[Point], counting: Counting, cuts: list[int], prorate: bool, from_history: bool
) -> None:
    edges = sorted(cuts)

    def energy(span: Span) -> Energy:
        if from_history:
            rows = rows_of(points, range(0, len(points), 3))
            return energy_of_rows(rows, span, counting, prorate=prorate)
        return energy_of_points(points, span, counting, prorate=prorate)

    whole = energy(Span(edges[0], edges[-1]))
    parts = [energy(Span(*each)) for each in pairwise(edges)]
    assert sum(part.amount for part in parts) == whole.amount
    for name in ("resets", "rollovers", "gaps", "overlaps"):
        joined = tuple(each for part in parts for each in getattr(part, name))
        assert joined == getattr(whole, name)
    if not prorate:
        assert sum(part.estimated for part in parts) == whole.estimated


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(0, 900)), min_size=1, max_size=40),
    st.sets(st.integers(0, 39)),
    st.tuples(st.integers(-1, 20), st.integers(0, 20)),
)
def test_history_says_what_the_readings_say(
    steps: list[tuple[int, int]], late: set[int], minutes: tuple[int, int]
) -> None:
    at_s = register = 0
    points = []
    for seq, (seconds, energy) in enumerate(steps):
        at_s, register = at_s + seconds, register + energy
        points.append(Point(T + at_s * 1_000, register, seq))
    begin = T + minutes[0] * MINUTE_MS
    span = Span(begin, begin + minutes[1] * MINUTE_MS)
    from_rows = energy_of_rows(rows_of(points, late), span, Counting())
    assert from_rows == replace(
        energy_of_points(points, span, Counting()), straddling=from_rows.straddling
    )
