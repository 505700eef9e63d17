"""Findings of what registers counted, on London homes and by hand."""

import numpy as np

from billing.curve.curve import segments
from billing.curve.local import LocalDays
from billing.curve.points import joined
from billing.curve.rules import Rules
from billing.curve.validation import validated
from contracts.time import DAY_MS
from tests.unit.billing.curve import london
from tests.unit.billing.curve.registers import (
    HALF_HOUR_MS,
    T,
    every_half_hour,
    installed,
    points_of,
)

END_MS = london.BEGIN_MS + 31 * DAY_MS


def holes(row: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[int]:
    """Lengths of what is missing between two half-hours that are there."""
    there = np.flatnonzero(row >= 0)
    lacks = np.diff(there) - 1
    found: list[int] = lacks[lacks > 0].tolist()
    return found


def test_what_london_lacks_is_found_once() -> None:
    registers = london.registers("interval")
    found, _ = segments(joined(london.readings(), registers), registers)
    findings = validated(found, registers, until_ms=END_MS, rules=Rules(prolonged_ms=DAY_MS))
    homes, energies = london.half_hours()
    expected = {home: holes(row) for home, row in zip(homes, energies, strict=True) if holes(row)}
    missing: dict[str, list[int]] = {}
    for each in findings:
        if each.rule == "missing":
            missing.setdefault(each.register_id, []).append(int(each.detail["readings"]))
    assert missing == expected
    # Two lack a half-hour, and one stops: simulators/data/README.md.
    assert list(expected.values()) == [[1], [1]]
    stopped = [home for home, row in zip(homes, energies, strict=True) if row[-1] < 0]
    held = [each for each in findings if each.rule == "prolonged"]
    assert [each.register_id for each in held] == stopped
    assert held[0].end_ms == END_MS
    assert held[0].severity == "hold"
    first_ms = (
        london.BEGIN_MS
        + int(np.flatnonzero(energies[homes.index(stopped[0])] >= 0)[-1] + 1) * HALF_HOUR_MS
    )
    assert held[0].begin_ms == first_ms


def test_a_counter_lacks_one_reading_less_than_it_has_half_hours_in_a_gap() -> None:
    found, _ = segments(every_half_hour([1, 2, None, None, 5, 6]), [installed()])
    (finding,) = validated(found, [installed()])
    assert (finding.rule, finding.detail["readings"]) == ("missing", 2)
    assert (finding.begin_ms, finding.end_ms) == (T + HALF_HOUR_MS, T + 4 * HALF_HOUR_MS)


def test_an_open_end_is_missing_until_it_is_prolonged() -> None:
    found, _ = segments(every_half_hour([1, 2]), [installed()])
    last_ms = T + HALF_HOUR_MS
    for until_ms, rules in (
        (last_ms + HALF_HOUR_MS, []),
        (last_ms + DAY_MS, ["missing"]),
        (last_ms + 36 * DAY_MS, ["prolonged"]),
    ):
        findings = validated(found, [installed()], until_ms=until_ms)
        assert [each.rule for each in findings] == rules
    removed = [installed(end_ms=last_ms)]
    assert not validated(found, removed, until_ms=last_ms + 36 * DAY_MS)


def test_a_register_that_counts_nothing_for_a_day_is_looked_at_unless_it_had_no_power() -> None:
    registers = [5.0, *[6.0] * 49, 7.0]
    found, _ = segments(every_half_hour(registers), [installed()])
    (finding,) = validated(found, [installed()])
    assert (finding.rule, finding.severity) == ("zero", "review")
    assert (finding.begin_ms, finding.end_ms) == (T + HALF_HOUR_MS, T + 49 * HALF_HOUR_MS)
    outages = {"m1": [(T + DAY_MS // 2, T + DAY_MS)]}
    (finding,) = validated(found, [installed()], outages=outages)
    assert finding.severity == "note"
    shorter, _ = segments(every_half_hour(registers[:49]), [installed()])
    assert not validated(shorter, [installed()])


def test_a_register_that_is_read_otherwise_than_the_registry_says_is_told() -> None:
    points = points_of([(T + at * HALF_HOUR_MS, at) for at in range(9)])
    found, _ = segments(points, [installed(cadence_ms=900_000)])
    findings = validated(found, [installed(cadence_ms=900_000)])
    cadence = [each for each in findings if each.rule == "cadence"]
    assert cadence[0].detail == {"usual_ms": HALF_HOUR_MS, "cadence_ms": 900_000}
    jitter = points_of([(T + at * HALF_HOUR_MS + at % 2 * 60_000, at) for at in range(9)])
    found, _ = segments(jitter, [installed()])
    assert not validated(found, [installed()])


def test_an_export_register_that_says_nothing_is_told() -> None:
    day = [(T + at * HALF_HOUR_MS, at) for at in range(49)]
    registers = [installed("m1"), installed("m1:export", direction="export"), installed("m2")]
    found, _ = segments(points_of(day, [], day), registers)
    siblings = [each for each in validated(found, registers) if each.rule == "sibling"]
    assert [each.register_id for each in siblings] == ["m1:export"]
    assert (siblings[0].begin_ms, siblings[0].end_ms) == (T, T + DAY_MS)
    found, _ = segments(points_of(day, day, day), registers)
    assert not [each for each in validated(found, registers) if each.rule == "sibling"]


def days_of(energies_wh: list[float]) -> tuple[list[tuple[int, int]], int]:
    """Points of days that use so much each, evenly but for a little; and the register then."""
    path, mwh = [(T, 0)], 0
    for half_hour in range(len(energies_wh) * 48):
        mwh += round(energies_wh[half_hour // 48] * 1_000 / 48)
        path.append((T + (half_hour + 1) * HALF_HOUR_MS, mwh))
    return path, mwh


def test_a_day_unlike_all_before_is_looked_at() -> None:
    usual = [9_000.0 + day % 5 * 500 for day in range(30)]
    path, _ = days_of([*usual, 40_000.0, 9_500.0])
    found, _ = segments(points_of(path), [installed()])
    (finding,) = validated(found, [installed()])
    assert (finding.rule, finding.begin_ms) == ("unlike_itself", T + 30 * DAY_MS)
    assert finding.end_ms == T + 31 * DAY_MS
    # Median 10,000 and its deviation 500: (40,000 - 10,000) / (1.4826 * 500).
    assert finding.detail["z"] == 40.5


def test_a_week_of_next_to_nothing_is_low() -> None:
    usual = [9_000.0 + day % 5 * 500 for day in range(30)]
    for days, found_rules in ((7, 1), (6, 0)):
        path, _ = days_of([*usual, *[300.0] * days, 9_500.0])
        found, _ = segments(points_of(path), [installed()])
        low = [each for each in validated(found, [installed()]) if each.rule == "low"]
        assert len(low) == found_rules
        if low:
            assert (low[0].begin_ms, low[0].end_ms) == (T + 30 * DAY_MS, T + 37 * DAY_MS)


def test_a_half_hour_far_above_its_day_is_a_spike() -> None:
    registers_wh = [float(at * 100) for at in range(48)]
    for spike_wh, number in ((6_000, 1), (4_900, 0)):
        leap = [*registers_wh[:20], *(each + spike_wh for each in registers_wh[20:])]
        found, _ = segments(every_half_hour(leap), [installed()])
        spikes = [each for each in validated(found, [installed()]) if each.rule == "spike"]
        assert len(spikes) == number
        if spikes:
            assert spikes[0].begin_ms == T + 19 * HALF_HOUR_MS
            assert spikes[0].detail == {"energy_mwh": 6_100_000, "second_mwh": 100_000}


def test_days_are_those_of_the_place() -> None:
    usual = [9_000.0 + day % 5 * 500 for day in range(31)]
    path, _ = days_of([*usual, 40_000.0, 9_500.0])
    # Their days begin eleven hours before those of UTC.
    moved = [(ts_ms - 11 * 3_600_000, mwh) for ts_ms, mwh in path]
    found, _ = segments(points_of(moved), [installed()])
    (finding,) = validated(found, [installed()], calendar=LocalDays("Pacific/Noumea"))
    assert finding.begin_ms == T + 31 * DAY_MS - 11 * 3_600_000


def test_a_reading_that_is_missing_makes_no_two_of_a_day_of_zeros() -> None:
    registers = [5.0, *[6.0] * 20, None, *[6.0] * 28, 7.0]
    found, _ = segments(every_half_hour(registers), [installed(source="interval")])
    zeros = [each for each in validated(found, [installed()]) if each.rule == "zero"]
    spans = [(each.begin_ms - T, each.end_ms - T) for each in zeros]
    assert spans == [(HALF_HOUR_MS, 49 * HALF_HOUR_MS)]
