"""Estimates: the shape of what is known and the energy of what is not, by a register's own days."""

from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from billing.curve.curve import segments
from billing.curve.energies import energy, matrix
from billing.curve.estimates import declared_final, estimated
from billing.curve.local import LocalDays
from billing.curve.points import Points, joined
from billing.curve.segments import Method, Segments
from contracts.billing import MEASURED, Letter
from contracts.time import DAY_MS
from tests.unit.billing.curve import london
from tests.unit.billing.curve.registers import HALF_HOUR_MS, T, installed, points_of, rows

MONDAY_MS = T + DAY_MS
"""2013-03-11."""
DAYS = 70
GAP_DAY = 35
"""A Monday."""


def pattern() -> NDArray[np.int64]:
    """Half-hours of ten weeks from a Monday on: 100 Wh and one more each half-hour of a workday,
    1,000 Wh and one more each of a weekend's."""
    half_hour = np.arange(48) * 1_000
    return np.array(
        [100_000 + half_hour if day % 7 < 5 else 1_000_000 + half_hour for day in range(DAYS)]
    ).reshape(-1)


def read(energies: NDArray[np.int64], missing: slice = slice(0, 0)) -> Points:
    """Points of a register of these half-hours; readings at the ends of `missing` are not there,
    and of an interval register (`counted`) neither is their energy."""
    ts_ms = MONDAY_MS + np.arange(len(energies) + 1) * HALF_HOUR_MS
    register_mwh = np.concatenate(([0], np.cumsum(energies)))
    kept = np.ones(len(ts_ms), dtype=np.bool_)
    kept[1:][missing] = False
    return points_of(list(zip(ts_ms[kept].tolist(), register_mwh[kept].tolist(), strict=True)))


def counted(energies: NDArray[np.int64], missing: slice) -> Points:
    """The same of a register that is made of the intervals that are there."""
    there = energies.copy()
    there[missing] = 0
    return read(there, missing)


def place(day: int, half_hour: int = 0) -> int:
    return day * 48 + half_hour


def in_gap(found: Segments, missing: slice) -> list[int]:
    begin_ms = MONDAY_MS + missing.start * HALF_HOUR_MS
    periods = missing.stop - missing.start
    energies: list[int] = matrix(found, 1, begin_ms, periods, HALF_HOUR_MS).energy_mwh[0].tolist()
    return energies


def gap_of(begin: int, half_hours: int) -> slice:
    return slice(begin, begin + half_hours)


@pytest.mark.parametrize("half_hours", [3, 48, 5 * 48])
def test_a_known_total_is_shaped_like_the_register_s_own_days(half_hours: int) -> None:
    missing = gap_of(place(GAP_DAY, 20), half_hours)
    energies = pattern()
    # A last half-hour is in the gap, too: the reading after it is there.
    whole = slice(missing.start, missing.stop + 1)
    energies[whole] *= 3
    found, _ = segments(read(energies, missing), [installed(max_w=None)])
    shaped = estimated(found, [installed(max_w=None)])
    assert in_gap(shaped, whole) == energies[whole].tolist()
    assert set(shaped.letter.tolist()) == {Letter.A, Letter.S}
    assert set(shaped.method.tolist()) == {Method.MEASURED, Method.PROFILE}


def test_a_total_of_an_hour_is_even_and_so_is_one_without_history() -> None:
    hour = gap_of(place(GAP_DAY, 20), 1)
    found, _ = segments(read(pattern(), hour), [installed(max_w=None)])
    shaped = estimated(found, [installed(max_w=None)])
    first, second = in_gap(shaped, slice(hour.start, hour.stop + 1))
    assert second - first in (0, 1)
    young = gap_of(place(3), 48)
    found, _ = segments(read(pattern()[: place(8)], young), [installed(max_w=None)])
    shaped = estimated(found, [installed(max_w=None)])
    assert shaped.method.tolist().count(Method.EVEN) == 1
    assert energy(shaped, 0, 0, 2 * T) == pattern()[: place(8)].sum()


def test_a_day_that_is_unknown_is_estimated_as_usual() -> None:
    missing = gap_of(place(GAP_DAY), 48)
    interval = [installed(source="interval", max_w=None)]
    found, _ = segments(counted(pattern(), missing), interval)
    filled = estimated(found, interval)
    assert in_gap(filled, missing) == pattern()[missing].tolist()
    assert set(filled.method.tolist()) == {Method.MEASURED, Method.PROFILE}
    assert filled.energy_mwh[np.isin(filled.letter, MEASURED)].sum() == found.energy_mwh.sum()
    assert filled.energy_mwh[filled.letter == Letter.E].sum() == pattern()[missing].sum()


def test_half_of_how_much_more_it_counted_beside_counts() -> None:
    energies, missing = pattern(), gap_of(place(GAP_DAY + 1), 48)
    for beside in (gap_of(missing.start - 24, 24), gap_of(missing.stop, 24)):
        energies[beside] *= 2
    interval = [installed(source="interval", max_w=None)]
    found, _ = segments(counted(energies, missing), interval)
    filled = sum(in_gap(estimated(found, interval), missing))
    # The doubled half-days are part of what is usual, an eighth of the workdays that are looked at.
    assert filled / pattern()[missing].sum() == pytest.approx(1.5, abs=0.05)


def test_a_half_hour_is_between_its_neighbours() -> None:
    energies = pattern()
    at = place(GAP_DAY, 20)
    energies[at - 1], energies[at + 1] = 400_000, 700_001
    interval = [installed(source="interval", max_w=None)]
    found, _ = segments(counted(energies, gap_of(at, 1)), interval)
    assert in_gap(estimated(found, interval), gap_of(at, 1)) == [550_000]
    energies[at + 2] = 700_001
    found, _ = segments(counted(energies, gap_of(at, 2)), interval)
    filled = estimated(found, interval)
    assert in_gap(filled, gap_of(at, 2)) == [500_000, 600_000]
    assert Method.LINE in filled.method.tolist()


def test_a_holiday_is_like_a_weekend() -> None:
    missing = gap_of(place(GAP_DAY), 48)
    interval = [installed(source="interval", max_w=None)]
    found, _ = segments(counted(pattern(), missing), interval)
    holiday = LocalDays("UTC", frozenset({date(2013, 4, 15)}))
    filled = sum(in_gap(estimated(found, interval, calendar=holiday), missing))
    weekend = pattern()[gap_of(place(GAP_DAY - 1), 48)]
    usual = pattern()[missing]
    # What is beside is a weekend's night and a workday's, as usual: no level.
    assert filled == weekend.sum() != usual.sum()


def test_what_is_usual_keeps_to_the_clock_of_the_place() -> None:
    """Clocks go forward on 2013-03-31: half-hours of the same local time are an hour earlier."""
    energies = np.full(DAYS * 48, 100_000, dtype=np.int64)
    # 18:00 London: 18:00 UTC up to day 19, 17:00 UTC from day 20 on.
    for day in range(DAYS):
        energies[place(day, 36 if day < 20 else 34)] = 900_000
    missing = gap_of(place(22), 48)
    interval = [installed(source="interval", max_w=None)]
    found, _ = segments(counted(energies, missing), interval)
    local = estimated(found, interval, calendar=LocalDays("Europe/London"))
    assert in_gap(local, missing) == energies[missing].tolist()
    assert in_gap(estimated(found, interval), missing) != energies[missing].tolist()


def test_an_open_end_is_estimated_as_far_as_is_asked_and_the_meter_is_there() -> None:
    energies = pattern()[: place(35)]
    last_ms = MONDAY_MS + place(35) * HALF_HOUR_MS
    open_end = gap_of(place(35), 48)
    for removed, days in ((None, 1), (last_ms + DAY_MS // 2, 0.5)):
        registers = [installed(end_ms=removed)]
        found, _ = segments(read(energies), registers)
        filled = estimated(found, registers, open_until_ms=last_ms + DAY_MS)
        usual = pattern()[open_end][: int(48 * days)]
        assert filled.method.tolist().count(Method.PROSPECTIVE) == len(usual)
        assert in_gap(filled, open_end)[: len(usual)] == usual.tolist()
        assert sum(in_gap(filled, open_end)) == usual.sum()
    found, _ = segments(read(energies), [installed()])
    assert len(estimated(found, [installed()], open_until_ms=last_ms + 1)) == len(found)


def test_without_days_of_its_own_a_register_has_its_share_of_the_fleet_s() -> None:
    fleet = [installed(f"m{at}", source="interval", max_w=None) for at in range(3)]
    whole = read(pattern())
    young = counted(pattern()[: place(9)] // 2, gap_of(place(4), 48))
    points = points_of(
        *(
            [*zip(each.ts_ms.tolist(), each.register_mwh.tolist(), strict=True)]
            for each in (whole, whole, young)
        )
    )
    found, _ = segments(points, fleet)
    filled = estimated(found, fleet)
    assert set(filled.method[filled.register == 2].tolist()) == {Method.MEASURED, Method.FLEET}
    assert filled.energy_mwh[filled.letter == Letter.E].sum() == pytest.approx(
        pattern()[place(4) : place(5)].sum() / 2, rel=1e-3
    )


def test_of_a_register_that_was_hardly_read_nothing_is_said() -> None:
    interval = [installed(source="interval", max_w=None)]
    found, _ = segments(counted(pattern()[: place(1)], gap_of(10, 20)), interval)
    filled = estimated(found, interval)
    assert filled.letter.tolist() == found.letter.tolist()
    assert Letter.N in filled.letter.tolist()


def test_a_reset_is_estimated_and_never_less_than_what_was_counted_since() -> None:
    energies = pattern()
    points = read(energies)
    at = place(GAP_DAY, 20)
    register_mwh = points.register_mwh.copy()
    # It began anew in the half-hour, or before its end with more than is usual.
    for since_mwh in (5_000, 2_000_000):
        register_mwh[at + 1 :] = points.register_mwh[at + 1 :] - points.register_mwh[at + 1]
        register_mwh[at + 1 :] += since_mwh
        fallen = Points(points.register, points.ts_ms, register_mwh)
        found, findings = segments(fallen, [installed()])
        assert [each.rule for each in findings] == ["reset"]
        filled = estimated(found, [installed()])
        usual = (energies[at - 1] + energies[at + 1]) // 2
        assert in_gap(filled, gap_of(at, 1)) == [max(since_mwh, usual)]
        assert in_gap(filled, gap_of(at + 1, 1)) == [energies[at + 1]]


def test_estimates_are_made_once() -> None:
    missing = gap_of(place(GAP_DAY), 48)
    interval = [installed(source="interval", max_w=None)]
    found, _ = segments(counted(pattern(), missing), interval)
    until_ms = MONDAY_MS + (DAYS + 2) * DAY_MS
    once = estimated(found, interval, open_until_ms=until_ms)
    twice = estimated(once, interval, open_until_ms=until_ms)
    assert rows(once) == rows(twice)


def test_an_estimate_becomes_final_and_nothing_else() -> None:
    interval = [installed(source="interval", max_w=None)]
    found, _ = segments(counted(pattern(), gap_of(place(GAP_DAY), 48)), interval)
    filled = estimated(found, interval)
    final = declared_final(filled)
    assert (final.letter == Letter.F).tolist() == (filled.letter == Letter.E).tolist()
    assert set(final.letter.tolist()) == {Letter.A, Letter.F}


def test_an_estimate_gives_way_to_what_comes_late_even_if_that_is_less() -> None:
    """A day that is withheld from a London home: its half-hours are there once it comes, whatever
    had been estimated; and a counter's total was right before."""
    readings = london.readings()
    home = london.half_hours()[0].index("MAC000013")
    begin_ms = london.BEGIN_MS + 20 * DAY_MS
    day = readings["ts"].is_between(begin_ms, begin_ms + DAY_MS, closed="right")
    withheld = readings.filter(~(day & (readings["meter_id"] == "MAC000013")))
    truth = london.half_hours()[1][home, 20 * 48 : 21 * 48]
    for source in ("counter", "interval"):
        registers = london.registers(source)
        some = estimated(segments(joined(withheld, registers), registers)[0], registers)
        whole = estimated(segments(joined(readings, registers), registers)[0], registers)
        letters = {int(each) for each in some.letter[some.of(home)]}
        assert (Letter.S in letters) == (source == "counter")
        after = matrix(whole, len(registers), begin_ms, 48, HALF_HOUR_MS).energy_mwh[home]
        assert after.tolist() == truth.tolist()
        before = matrix(some, len(registers), begin_ms, 48, HALF_HOUR_MS).energy_mwh[home]
        assert before.tolist() != truth.tolist()
        assert before.min() > 0
        if source == "counter":
            span = begin_ms - DAY_MS, begin_ms + 2 * DAY_MS
            assert energy(some, home, *span) == energy(whole, home, *span)
