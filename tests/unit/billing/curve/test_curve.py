"""From points to segments: the table of what comes, and what must hold of any readings."""

import random
from collections.abc import Sequence
from dataclasses import fields, replace
from decimal import Decimal
from itertools import starmap

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.curve import falls
from billing.curve.curve import UTC_DAYS, segments
from billing.curve.energies import energy
from billing.curve.errors import CurveError
from billing.curve.findings import Finding
from billing.curve.local import LocalDays
from billing.curve.points import UNSAID, Points, joined
from billing.curve.registers import Registers
from billing.curve.rules import Rules
from billing.curve.segments import Method, Reason, Segments, of_rows
from contracts.billing import Letter
from contracts.masters import Installation
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from tests.support.chance import examples
from tests.unit.billing.curve.registers import (
    HALF_HOUR_MS,
    T,
    brief,
    every_half_hour,
    installed,
    points_of,
    readings_of,
    rows,
)

LONDON = LocalDays("Europe/London")
APRIL_MS = 1_364_770_800_000
"""2013-04-01 in London, an hour before that of UTC."""


def test_steps_are_differences_and_gaps_of_a_counter_known_totals() -> None:
    found, findings = segments(every_half_hour([100, 110, None, None, 140, 141]), [installed()])
    assert brief(found) == [(0, 1, 10, "A"), (1, 4, 30, "S"), (4, 5, 1, "A")]
    assert found.method.tolist() == [Method.MEASURED, Method.EVEN, Method.MEASURED]
    assert not findings


def test_of_a_gap_of_intervals_only_the_last_is_known() -> None:
    found, _ = segments(
        every_half_hour([100, 110, None, None, 140, 141]), [installed(source="interval")]
    )
    assert brief(found) == [(0, 1, 10, "A"), (1, 3, 0, "N"), (3, 4, 30, "A"), (4, 5, 1, "A")]


def of_intervals(
    energies_wh: Sequence[float | None], registers_wh: Sequence[float] | None = None
) -> Points:
    """Points of one register that say what each half-hour counted; it shows 0 where nothing else is
    said. None is a reading that is not there."""
    said = [place for place, energy in enumerate(energies_wh) if energy is not None]
    shown = registers_wh or [0.0] * len(energies_wh)
    points = every_half_hour(
        [shown[place] if place in said else None for place in range(len(energies_wh))]
    )
    energy_mwh = [round(energy * 1_000) for energy in energies_wh if energy is not None]
    return replace(points, energy_mwh=np.array(energy_mwh))


INTERVALS = installed(source="interval")


def test_intervals_count_what_they_say_whatever_the_register_shows() -> None:
    shown = [100.0, 4_294_967.295, 7.0, 0.0, 50_000.0, 50_000.0]
    found, findings = segments(of_intervals([9, 10, None, None, 30, 1], shown), [INTERVALS])
    assert brief(found) == [(0, 1, 10, "A"), (1, 3, 0, "N"), (3, 4, 30, "A"), (4, 5, 1, "A")]
    assert not findings


def test_a_reading_of_intervals_that_says_none_counts_by_its_register() -> None:
    points = of_intervals([9, 10, 20, 30], [100, 110, 125, 135])
    assert points.energy_mwh is not None
    points.energy_mwh[2] = UNSAID
    found, _ = segments(points, [INTERVALS])
    assert brief(found) == [(0, 1, 10, "A"), (1, 2, 15, "A"), (2, 3, 30, "A")]


@pytest.mark.parametrize(("wrong", "rule"), [(-3, "counter_decrease"), (13_000, "high")])
def test_an_energy_that_cannot_be_is_unknown_and_harms_no_other(wrong: float, rule: str) -> None:
    # Its register falls as one that rolls over, which has nothing to say.
    sized = [replace(INTERVALS, size_mwh=100_000_000)]
    points = of_intervals([9, 10, wrong, 30, 1], [100, 90_000, 5, 6, 7])
    found, findings = segments(points, sized)
    assert brief(found) == [(0, 1, 10, "A"), (1, 2, 0, "N"), (2, 3, 30, "A"), (3, 4, 1, "A")]
    assert [(each.rule, each.detail) for each in findings] == [
        (rule, {"energy_mwh": wrong * 1_000})
    ]
    last, _ = segments(of_intervals([9, 10, wrong]), [INTERVALS])
    assert brief(last) == [(0, 1, 10, "A")]


@pytest.mark.parametrize("says_last", [True, False])
def test_of_a_meter_that_is_exchanged_no_interval_is_lost(says_last: bool) -> None:
    exchanged_ms = T + 2 * HALF_HOUR_MS
    registers = [
        replace(INTERVALS, end_ms=exchanged_ms, closing_mwh=150_000 if says_last else None),
        replace(INTERVALS, begin_ms=exchanged_ms, opening_mwh=4_000),
    ]
    found, findings = segments(of_intervals([9, 10, 20, 30], [100, 110, 130, 34]), registers)
    assert brief(found) == [(0, 1, 10, "A"), (1, 2, 20, "A"), (2, 3, 30, "A")]
    assert not findings


def test_an_interval_after_a_gap_can_count_no_more_than_any_other() -> None:
    """Of 25 kW a half-hour has 12.5 kWh, however long nothing was read before it."""
    for most in (12_500, 12_501):
        found, findings = segments(of_intervals([9, 10, *[None] * 9, most, 5]), [INTERVALS])
        if most == 12_500:
            *_, last, after = brief(found)
            assert (last, after) == ((10, 11, 12_500, "A"), (11, 12, 5, "A"))
            assert not findings
        else:
            assert brief(found) == [(0, 1, 10, "A"), (1, 11, 0, "N"), (11, 12, 5, "A")]
            assert [(each.rule, each.detail) for each in findings] == [
                ("high", {"energy_mwh": 12_501_000})
            ]


def test_of_intervals_that_are_too_much_in_a_row_none_counts() -> None:
    found, findings = segments(of_intervals([9, 10, 20_000, 20_000, 37_400, 5]), [INTERVALS])
    assert brief(found) == [(0, 1, 10, "A"), (1, 4, 0, "N"), (4, 5, 5, "A")]
    assert [each.rule for each in findings] == ["high"] * 3


@pytest.mark.parametrize("said_apart", [True, False])
def test_what_lacks_before_an_interval_is_judged_by_its_own_length(said_apart: bool) -> None:
    """A day's energy in the place of its half-hours, quarters of which two lack, and a half-hour
    of which no length is said."""
    quarter_ms = HALF_HOUR_MS // 2
    said = [
        *[(0, 10, HALF_HOUR_MS), (HALF_HOUR_MS, 11, HALF_HOUR_MS)],
        *[(HALF_HOUR_MS + DAY_MS, 9_600, DAY_MS), (HALF_HOUR_MS + 2 * DAY_MS, 12, HALF_HOUR_MS)],
        *[(2 * DAY_MS + 5 * quarter_ms, 3, quarter_ms), (2 * DAY_MS + 8 * quarter_ms, 4, 0)],
    ]
    points = replace(
        points_of([(T + at_ms, 0) for at_ms, *_ in said]),
        energy_mwh=np.array([energy_wh * 1_000 for _, energy_wh, _ in said]),
        interval_ms=np.array([length_ms for *_, length_ms in said]),
    )
    registers = [INTERVALS]
    if said_apart:
        # Read one by one, as a register is of which some step is strange.
        registers.append(replace(INTERVALS, begin_ms=T - 1))
    found, findings = segments(points, registers)
    quarters = [
        ((begin_ms - T) / quarter_ms, (end_ms - T) / quarter_ms, energy_mwh // 1_000, letter)
        for _, begin_ms, end_ms, energy_mwh, letter, *_ in rows(found)
    ]
    assert quarters == [
        (0, 2, 11, Letter.A),
        (2, 98, 9_600, Letter.A),
        (98, 192, 0, Letter.N),
        (192, 194, 12, Letter.A),
        (194, 196, 0, Letter.N),
        (196, 197, 3, Letter.A),
        (197, 200, 4, Letter.A),
    ]
    assert not findings


CHANGED_MS = T + 2 * HALF_HOUR_MS


@pytest.mark.parametrize("says", [True, False])
def test_a_counter_in_whose_place_intervals_are_counted_is_one_until_then(says: bool) -> None:
    """Until then what it shows counts though it says energies, too, and after that what they say,
    though it shows less and less."""
    registers = [
        installed(end_ms=CHANGED_MS, closing_mwh=120_000 if says else None),
        installed(source="interval", begin_ms=CHANGED_MS, opening_mwh=0 if says else None),
    ]
    readings = half_hours([99, 99, 99, 7, 8, 9, None, 4], [100, 110, 120, 5, 3, 1, 0, 0])
    found, findings = segments(joined(readings, registers), registers)
    assert brief(found) == [
        *[(0, 1, 10, "A"), (1, 2, 10, "A"), (2, 3, 7, "A"), (3, 4, 8, "A"), (4, 5, 9, "A")],
        *[(5, 6, 0, "N"), (6, 7, 4, "A")],
    ]
    assert not findings
    edited = readings.with_columns(quality=pl.lit("edited"))
    letters = [each[-1] for each in brief(segments(joined(edited, registers), registers)[0])]
    assert letters == ["S", "S", "X", "X", "X", "N", "X"]


def test_intervals_in_whose_place_a_counter_comes_are_some_until_then() -> None:
    registers = [
        installed(source="interval", end_ms=CHANGED_MS),
        installed(begin_ms=CHANGED_MS, opening_mwh=500_000),
    ]
    readings = half_hours([10, 11, 12, 99, 99, None, 99], [100, 50, 20, 503, 507, 0, 512])
    found, findings = segments(joined(readings, registers), registers)
    assert brief(found) == [
        *[(0, 1, 11, "A"), (1, 2, 12, "A"), (2, 3, 3, "A"), (3, 4, 4, "A"), (4, 6, 5, "S")],
    ]
    assert not findings


def half_hours(energies_wh: Sequence[float | None], registers_wh: Sequence[float]) -> pl.DataFrame:
    """Rows of the archive of one meter that shows a register and says energies; None is a reading
    that is not there."""
    there = [place for place, energy in enumerate(energies_wh) if energy is not None]
    return pl.DataFrame(
        {
            "meter_id": ["m1"] * len(there),
            "commodity": ["electricity"] * len(there),
            "ts": [T + place * HALF_HOUR_MS for place in there],
            "seq": there,
            "register": [float(registers_wh[place]) for place in there],
            "energy": [float(energies_wh[place] or 0) for place in there],
            "revision": [0] * len(there),
            "kafka_offset": there,
        }
    )


def test_jitter_is_no_gap_and_nobody_knows_gaps_without_a_cadence() -> None:
    late = points_of([(T, 0), (T + HALF_HOUR_MS * 3 // 2, 9_000)])
    assert segments(late, [installed()])[0].letter.tolist() == [Letter.A]
    long = points_of([(T, 0), (T + DAY_MS, 9_000)])
    assert segments(long, [installed(cadence_ms=None)])[0].letter.tolist() == [Letter.A]


def test_intervals_of_unknown_length_are_refused() -> None:
    with pytest.raises(CurveError, match="register m1: cadence_ms is None"):
        segments(every_half_hour([1, 2]), [installed(source="interval", cadence_ms=None)])


@pytest.mark.parametrize(
    ("size_wh", "registers_wh", "energy_wh"),
    [
        (838_860.8, [838_850.7, 838_860.7, 9.9, 20], 30.1),
        (100_000_000, [99_999_990, 99_999_995, 6, 8], 18),
    ],
)
@pytest.mark.parametrize("max_w", [25_000, None])
def test_a_rollover_counts_on(
    size_wh: float, registers_wh: list[float], energy_wh: float, max_w: int | None
) -> None:
    installation = installed(size_mwh=round(size_wh * 1_000), max_w=max_w)
    found, findings = segments(every_half_hour(registers_wh), [installation])
    assert found.energy_mwh.sum() == round(energy_wh * 1_000)
    assert set(found.letter.tolist()) == {Letter.A}
    assert found.reason.tolist() == [Reason.NONE, Reason.ROLLOVER, Reason.NONE]
    assert [each.rule for each in findings] == ["rollover"]


def test_a_rollover_in_a_gap_has_a_known_total() -> None:
    found, _ = segments(every_half_hour([990, None, None, 20, 25]), [installed(size_mwh=1_000_000)])
    assert brief(found) == [(0, 3, 30, "S"), (3, 4, 5, "A")]


def test_a_meter_put_in_another_s_place_counts_from_closing_and_opening_register() -> None:
    exchange_ms = T + HALF_HOUR_MS + 10 * MINUTE_MS
    registers = [
        installed(end_ms=exchange_ms, closing_mwh=115_000),
        installed(begin_ms=exchange_ms, opening_mwh=7_000),
    ]
    found, findings = segments(every_half_hour([100, 110, 9, 12]), registers)
    assert found.register.tolist() == [0, 0, 0, 0]
    assert found.energy_mwh.tolist() == [10_000, 5_000, 2_000, 3_000]
    assert found.end_ms.tolist()[1] == found.begin_ms.tolist()[2] == exchange_ms
    assert set(found.letter.tolist()) == {Letter.A}
    assert not findings


def test_a_used_meter_that_stands_higher_is_no_consumption() -> None:
    exchange_ms = T + HALF_HOUR_MS + 10 * MINUTE_MS
    registers = [
        installed(end_ms=exchange_ms, closing_mwh=115_000, max_w=None),
        installed(begin_ms=exchange_ms, opening_mwh=54_000_000, max_w=None),
    ]
    found, _ = segments(every_half_hour([100, 110, 54_003, 54_004]), registers)
    assert found.energy_mwh.sum() == 10_000 + 5_000 + 3_000 + 1_000


def test_with_an_opening_register_alone_what_the_old_meter_counted_last_is_unknown() -> None:
    exchange_ms = T + HALF_HOUR_MS + 10 * MINUTE_MS
    registers = [installed(end_ms=exchange_ms), installed(begin_ms=exchange_ms, opening_mwh=0)]
    found, _ = segments(every_half_hour([100, 110, 2, 4]), registers)
    assert found.energy_mwh.tolist() == [10_000, 0, 2_000, 2_000]
    assert [Letter(each).name for each in found.letter.tolist()] == ["A", "N", "A", "A"]
    assert found.reason.tolist()[1] == Reason.EXCHANGE
    assert found.method.tolist()[1] == Method.AT_LEAST


def test_a_first_register_that_the_fitter_read_is_the_first_point() -> None:
    registers = [installed(begin_ms=T - HALF_HOUR_MS, opening_mwh=98_000)]
    found, _ = segments(every_half_hour([100, 110]), registers)
    assert found.energy_mwh.tolist() == [2_000, 10_000]
    later, _ = segments(every_half_hour([100, 110]), registers, since_ms=T)
    assert later.energy_mwh.tolist() == [10_000]


def test_a_reset_is_at_least_what_was_counted_since() -> None:
    found, findings = segments(every_half_hour([5_000, 5_010, 3, 9, 14]), [installed()])
    assert brief(found) == [(0, 1, 10, "A"), (1, 2, 3, "E"), (2, 3, 6, "A"), (3, 4, 5, "A")]
    assert found.reason.tolist()[1] == Reason.RESET
    assert [(each.rule, each.detail["after_mwh"]) for each in findings] == [("reset", 3_000)]


def test_an_unannounced_meter_that_begins_high_is_not_billed_what_it_stood_at() -> None:
    found, findings = segments(
        every_half_hour([70_000, 70_010, 60_000, 60_006, 60_012]), [installed()]
    )
    assert brief(found)[1] == (1, 2, 0, "E")
    found, findings = segments(
        every_half_hour([5_000, 5_010, 95_000, 95_006, 95_012, 95_013]), [installed()]
    )
    assert brief(found)[1:] == [(1, 2, 0, "E"), (2, 3, 6, "A"), (3, 4, 6, "A"), (4, 5, 1, "A")]
    assert [each.rule for each in findings] == ["jump"]


def test_a_wrong_low_value_is_left_out() -> None:
    found, findings = segments(every_half_hour([5_000, 5_010, 3, 5_030, 5_040]), [installed()])
    assert brief(found) == [(0, 1, 10, "A"), (1, 3, 20, "S"), (3, 4, 10, "A")]
    assert [each.rule for each in findings] == ["counter_decrease"]
    assert findings[0].detail == {"before_mwh": 5_010_000, "after_mwh": 3_000}


def test_an_hour_of_zeros_is_left_out() -> None:
    found, findings = segments(
        every_half_hour([90_000, 90_010, 0, 0, 0, 0, 90_060, 90_070]), [installed()]
    )
    assert brief(found) == [(0, 1, 10, "A"), (1, 6, 50, "S"), (6, 7, 10, "A")]
    assert [each.rule for each in findings] == ["counter_decrease"] * 4


def test_a_fall_is_decided_with_two_readings_after_it() -> None:
    for after in ([3], [3, 9]):
        found, findings = segments(every_half_hour([5_000, 5_010, *after]), [installed()])
        assert brief(found) == [(0, 1, 10, "A")]
        assert {each.rule for each in findings} == {"counter_decrease"}


def test_what_cannot_be_counted_is_left_out() -> None:
    found, findings = segments(every_half_hour([100, 110, 22_700, 120, 130]), [installed()])
    assert brief(found) == [(0, 1, 10, "A"), (1, 3, 10, "S"), (3, 4, 10, "A")]
    assert [(each.rule, each.severity) for each in findings] == [("high", "review")]


def test_a_limit_may_be_met() -> None:
    found, findings = segments(every_half_hour([100, 12_600, 25_100]), [installed()])
    assert found.energy_mwh.tolist() == [12_500_000, 12_500_000]
    assert not findings
    assert segments(every_half_hour([100, 12_600.001]), [installed()])[1][0].rule == "high"


@pytest.mark.parametrize("sentinel_mwh", [4_294_967_295, 2_147_483_647, 4_294_967_295_000])
@pytest.mark.parametrize("max_w", [25_000, None])
def test_a_sentinel_is_never_billed(sentinel_mwh: int, max_w: int | None) -> None:
    points = every_half_hour([100, 110, sentinel_mwh / 1_000, 130, sentinel_mwh / 1_000])
    found, findings = segments(points, [installed(max_w=max_w)])
    assert brief(found) == [(0, 1, 10, "A"), (1, 3, 20, "S")]
    assert [each.rule for each in findings] == ["high", "high"]
    times_ten = Points(points.register, points.ts_ms, points.register_mwh * 10)
    found, _ = segments(times_ten, [installed(max_w=max_w, multiplier=Decimal(10))])
    assert found.energy_mwh.sum() == 300_000


@pytest.mark.parametrize("sentinel_mwh", [4_294_967_295, 2_147_483_647])
@pytest.mark.parametrize("max_w", [25_000, None])
def test_an_interval_that_means_nothing_is_never_billed(
    sentinel_mwh: int, max_w: int | None
) -> None:
    intervals = [9, 10, sentinel_mwh / 1_000, 30, 0, 5]
    found, findings = segments(of_intervals(intervals), [replace(INTERVALS, max_w=max_w)])
    told = [(0, 1, 10, "A"), (1, 2, 0, "N"), (2, 3, 30, "A"), (3, 4, 0, "A"), (4, 5, 5, "A")]
    assert brief(found) == told
    assert [each.rule for each in findings] == ["high"]
    points = of_intervals([10 * each for each in intervals])
    ten_times = replace(INTERVALS, max_w=max_w, multiplier=Decimal(10))
    found, _ = segments(points, [ten_times])
    assert [each[-1] for each in brief(found)] == [each[-1] for each in told]


def test_an_interval_of_zero_is_one_whatever_a_register_of_zero_means() -> None:
    rules = replace(Rules(), sentinels=(0,))
    found, findings = segments(of_intervals([9, 0, 7]), [INTERVALS], rules=rules)
    assert brief(found) == [(0, 1, 0, "A"), (1, 2, 7, "A")]
    assert not findings


def test_a_fall_within_a_row_is_exact() -> None:
    points = points_of([(T, 100_000), (T + 500, 103_000), (T + 501, 1_000), (T + 1_000, 2_000)])
    found, findings = segments(points, [installed(cadence_ms=None, max_w=None)])
    assert found.energy_mwh.sum() == 3_000 + 2_000
    assert set(found.letter.tolist()) == {Letter.A}
    assert [each.rule for each in findings] == ["reset"]


def monthly() -> Installation:
    return installed(source="month_to_date", boundary="at_reading", cadence_ms=None, max_w=None)


def test_a_counter_of_a_month_to_date_begins_at_zero_with_the_local_month() -> None:
    points = points_of(
        [
            (APRIL_MS - DAY_MS, 1_034_000),
            (APRIL_MS - 10 * MINUTE_MS, 1_134_000),
            (APRIL_MS + 30 * MINUTE_MS, 40_000),
            (APRIL_MS + HOUR_MS, 45_000),
        ]
    )
    found, findings = segments(points, [monthly()], calendar=LONDON)
    assert energy(found, 0, 0, APRIL_MS) == 1_134_000
    assert energy(found, 0, APRIL_MS, APRIL_MS + DAY_MS) == 45_000
    assert set(found.letter.tolist()) == {Letter.A}
    assert not findings


@pytest.mark.parametrize("first_mwh", [1_200_000, 2_000_000])
def test_a_new_month_counts_from_zero_even_above_the_old_one(first_mwh: int) -> None:
    points = points_of([(APRIL_MS - HOUR_MS, 1_134_000), (APRIL_MS + 20 * DAY_MS, first_mwh)])
    found, _ = segments(points, [monthly()], calendar=LONDON)
    assert energy(found, 0, APRIL_MS, APRIL_MS + 30 * DAY_MS) == first_mwh


def test_a_counter_that_is_reset_seconds_after_midnight_is_not_counted_twice() -> None:
    points = points_of(
        [
            (APRIL_MS - 10 * SECOND_MS, 1_134_000),
            (APRIL_MS + 3 * SECOND_MS, 1_134_010),
            (APRIL_MS + 7 * SECOND_MS, 0),
            (APRIL_MS + 60 * SECOND_MS, 90),
        ]
    )
    found, findings = segments(points, [monthly()], calendar=LONDON)
    assert energy(found, 0, 0, APRIL_MS + DAY_MS) == 1_134_010 + 90
    assert not findings


def test_a_reading_at_the_very_begin_of_a_month_is_of_that_month() -> None:
    points = points_of([(APRIL_MS - HOUR_MS, 500_000), (APRIL_MS, 7), (APRIL_MS + 1_000, 9)])
    found, _ = segments(points, [monthly()], calendar=LONDON)
    assert energy(found, 0, 0, APRIL_MS) == 500_000
    assert energy(found, 0, APRIL_MS, APRIL_MS + DAY_MS) == 9


def test_within_a_month_a_counter_that_falls_is_left_out() -> None:
    points = points_of([(T, 1_034_000), (T + HOUR_MS, 1_134_000), (T + 2 * HOUR_MS, 900_000)])
    found, findings = segments(points, [monthly()])
    assert found.energy_mwh.sum() == 1_134_000
    assert [each.rule for each in findings] == ["counter_decrease"]
    assert findings[0].detail == {"before_mwh": 1_134_000, "after_mwh": 900_000}


def test_readings_that_were_not_measured_keep_their_letters() -> None:
    points = every_half_hour([100, 110, 120, 130, 140])
    letters = np.array([Letter.A, Letter.E, Letter.A, Letter.F, Letter.X], dtype=np.uint8)
    said = Points(points.register, points.ts_ms, points.register_mwh, letters)
    intervals, _ = segments(said, [installed(source="interval")])
    assert [each[-1] for each in brief(intervals)] == ["E", "A", "F", "X"]
    counter, _ = segments(said, [installed()])
    assert [each[-1] for each in brief(counter)] == ["S", "S", "S", "S"]
    assert counter.energy_mwh.sum() == 40_000


steps = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 12_500_000)), min_size=1, max_size=20)


@given(st.lists(steps, min_size=1, max_size=4), st.sampled_from(["counter", "interval"]))
@settings(max_examples=examples(150), deadline=None)
def test_many_registers_are_read_as_each_of_them_alone(
    registers: list[list[tuple[int, int]]], source: str
) -> None:
    known = Registers([installed(f"m{at}", source=source) for at in range(len(registers))])
    paths = []
    for each in registers:
        ts_ms, mwh, path = T, 0, [(T, 0)]
        for lasted, energy_mwh in each:
            ts_ms, mwh = ts_ms + lasted * HALF_HOUR_MS, mwh + energy_mwh
            path.append((ts_ms, mwh))
        paths.append(path)
    found, _ = segments(points_of(*paths), known)
    alone = [
        segment
        for place, path in enumerate(paths)
        for segment in falls.of_register(
            place, list(starmap(falls.Point, path)), known, UTC_DAYS, Rules(), None
        ).segments
    ]
    assert rows(found) == rows(of_rows(alone))


words = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 3_000), st.integers(0, 2)),
    min_size=2,
    max_size=25,
)


@given(words, st.randoms(use_true_random=False))
@settings(max_examples=examples(300), deadline=None)
def test_any_order_of_arrival_gives_the_same_segments(
    said: list[tuple[int, int, int]], shuffled: random.Random
) -> None:
    """Registers at will: falls, leaps, repeats and revisions among them."""
    registers = [installed("m1", size_mwh=3_000_000)]
    readings = pl.DataFrame(
        {
            "meter_id": ["m1"] * len(said),
            "commodity": ["electricity"] * len(said),
            "ts": [T + place * HALF_HOUR_MS for place, _, _ in said],
            "seq": [place for place, _, _ in said],
            "register": [float(register) for _, register, _ in said],
            "revision": [revision for _, _, revision in said],
            "kafka_offset": list(range(len(said))),
        }
    )
    order = list(range(len(said)))
    shuffled.shuffle(order)
    one, found = segments(joined(readings, registers), registers)
    other, also = segments(joined(readings[order], registers), registers)
    assert all(
        np.array_equal(getattr(one, each.name), getattr(other, each.name)) for each in fields(one)
    )
    assert found == also
    assert (one.energy_mwh >= 0).all()
    assert (one.begin_ms < one.end_ms).all()
    assert (one.begin_ms[1:] >= one.end_ms[:-1]).all()


intervals = st.lists(
    st.tuples(st.integers(0, 12), st.integers(-500, 2_000), st.integers(0, 2), st.booleans()),
    min_size=2,
    max_size=25,
    unique_by=lambda word: (word[0], word[2]),
)


@given(intervals, st.randoms(use_true_random=False))
@settings(max_examples=examples(300), deadline=None)
def test_intervals_count_the_same_in_any_order_of_arrival(
    said: list[tuple[int, int, int, bool]], shuffled: random.Random
) -> None:
    """A register that counts what was sent, as that of an importer; a revision may come before what
    it is one of."""

    def found_in(order: list[int]) -> tuple[Segments, list[Finding]]:
        words = [said[place] for place in order]
        readings = pl.DataFrame(
            {
                "meter_id": ["m1"] * len(words),
                "commodity": ["electricity"] * len(words),
                "ts": [T + place * HALF_HOUR_MS for place, *_ in words],
                "seq": [place for place, *_ in words],
                "register": np.cumsum([1e9, *(float(energy) for _, energy, *_ in words)])[1:],
                "energy": [float(energy) for _, energy, *_ in words],
                "revision": [revision for _, _, revision, _ in words],
                "kafka_offset": list(range(len(words))),
                "quality": ["estimated" if estimated else None for *_, estimated in words],
            },
            schema_overrides={"quality": pl.String},
        )
        return segments(joined(readings, [INTERVALS]), [INTERVALS])

    order = list(range(len(said)))
    one, findings = found_in(order)
    shuffled.shuffle(order)
    other, also = found_in(order)
    assert rows(one) == rows(other)
    assert findings == also
    sums = dict.fromkeys(sorted(place for place, *_ in said), 0)
    for place, counted, *_ in said:
        sums[place] += counted
    _, *known = sums.values()
    assert one.energy_mwh.sum() == 1_000 * sum(each for each in known if each >= 0)


def test_a_day_of_many_has_the_same_segments_as_readings() -> None:
    points = points_of(
        *([(T + at * HALF_HOUR_MS, at * 1_000 + place) for at in range(5)] for place in range(9))
    )
    registers = [installed(f"m{place}") for place in range(9)]
    found, _ = segments(joined(readings_of(points, registers), registers), registers)
    assert len(found) == 9 * 4
    assert set(found.energy_mwh.tolist()) == {1_000}
