"""Rows of history that contradict the register: a meter read each minute, in rows of half-hours."""

from typing import Any

import polars as pl

from billing.curve.contradictions import contradictions
from contracts.time import MINUTE_MS
from tests.unit.billing.curve.registers import HALF_HOUR_MS, T, installed

READINGS = 30
REGISTERS = [installed(cadence_ms=MINUTE_MS)]
DEMAND_W = 600
"""10 Wh a minute, 300 Wh a half-hour."""


def rows(*changes: dict[str, Any], standing: bool = False) -> pl.DataFrame:
    """Half-hours of a constant demand; a register that counts it, or stands still."""
    counts_wh = 0.0 if standing else 10.0
    return pl.DataFrame(
        [
            {
                "meter_id": "m1",
                "commodity": "electricity",
                "readings": READINGS,
                "expected": READINGS,
                "first_at": T + place * HALF_HOUR_MS,
                "last_at": T + (place + 1) * HALF_HOUR_MS - MINUTE_MS,
                "first_register": 5_000 + place * READINGS * counts_wh,
                "last_register": 5_000 + (place * READINGS + READINGS - 1) * counts_wh,
                "demands": READINGS,
                "demand_sum": float(READINGS * DEMAND_W),
                **change,
            }
            for place, change in enumerate(changes)
        ]
    )


def found(table: pl.DataFrame) -> list[tuple[str, int, int]]:
    return [
        (each.rule, (each.begin_ms - T) // MINUTE_MS, (each.end_ms - T) // MINUTE_MS)
        for each in contradictions(table, REGISTERS)
    ]


def test_a_meter_that_does_not_contradict_itself_is_left_alone() -> None:
    assert found(rows({}, {}, {})) == []


def test_more_readings_than_there_can_be_are_told() -> None:
    table = rows({}, {"readings": 31, "demands": 31})
    assert found(table) == [("repeat", 30, 59)]
    assert contradictions(table, REGISTERS)[0].detail == {"readings": 31, "expected": 30}


def test_demands_that_are_not_what_the_register_counted_are_told() -> None:
    # 2 % of 300 Wh, and a little more.
    assert found(rows({}, {"demand_sum": 30 * 612.0}, {})) == []
    assert found(rows({}, {"demand_sum": 30 * 613.0}, {})) == [("sum", 29, 59)]


def test_a_half_hour_with_a_reading_less_is_not_compared() -> None:
    table = rows({}, {"readings": 29, "demands": 29, "demand_sum": 29 * 900.0}, {})
    assert found(table) == []


def test_a_register_that_stands_still_for_six_hours_while_there_is_a_demand_is_told() -> None:
    table = rows(*[{}] * 13, standing=True)
    stuck = [each for each in found(table) if each[0] == "stuck"]
    assert stuck == [("stuck", 29, 389)]
    shorter = found(rows(*[{}] * 12, standing=True))
    assert not [each for each in shorter if each[0] == "stuck"]
    idle = rows(*[{"demand_sum": 0.0}] * 13, standing=True)
    assert found(idle) == []


def test_registers_of_others_are_not_looked_at() -> None:
    assert contradictions(rows({}, {"readings": 99}), [installed("m2")]) == []
