"""Edits: over all else, a later one over an earlier one, and nothing beside them."""

from dataclasses import replace

import pytest

from billing.curve.curve import segments
from billing.curve.edits import edited
from billing.curve.energies import by_letter, energy
from billing.curve.errors import CurveError
from contracts.billing import Letter
from contracts.masters import Edit
from tests.unit.billing.curve.registers import (
    HALF_HOUR_MS,
    T,
    brief,
    every_half_hour,
    installed,
    rows,
)

TEN_MINUTES_MS = 600_000


def edit(edit_id: int, begin: int, end: int, energy_wh: int, register_id: str = "m1") -> Edit:
    begin_ms, end_ms = T + begin * HALF_HOUR_MS, T + end * HALF_HOUR_MS
    return Edit(edit_id, register_id, begin_ms, end_ms, energy_wh * 1_000, "stuck", "ann")


def test_an_edit_stands_in_the_place_of_what_was_measured() -> None:
    found, _ = segments(every_half_hour([0, 10, 20, 30, 40]), [installed()])
    after = edited(found, [edit(1, 1, 3, 7)], [installed()])
    assert brief(after) == [(0, 1, 10, "A"), (1, 3, 7, "X"), (3, 4, 10, "A")]


def test_an_edit_across_segments_leaves_their_other_parts() -> None:
    found, _ = segments(every_half_hour([0, 10, 20]), [installed()])
    begin_ms, end_ms = T + TEN_MINUTES_MS, T + HALF_HOUR_MS + TEN_MINUTES_MS
    after = edited(found, [Edit(1, "m1", begin_ms, end_ms, 1_000, "r", "u")], [installed()])
    assert by_letter(after, 0, T, begin_ms) == {Letter.A: 3_333}
    assert by_letter(after, 0, begin_ms, end_ms) == {Letter.X: 1_000}
    assert by_letter(after, 0, end_ms, T + 2 * HALF_HOUR_MS) == {Letter.A: 6_667}


def test_a_later_edit_is_over_an_earlier_one_and_a_gap_may_be_edited() -> None:
    found, _ = segments(every_half_hour([0, None, None, None, 40]), [installed(source="interval")])
    edits = [edit(2, 2, 6, 8), edit(1, 0, 3, 3)]
    after = edited(found, edits, [installed(source="interval")])
    assert brief(after) == [(0, 2, 2, "X"), (2, 6, 8, "X")]
    assert energy(after, 0, T, T + 6 * HALF_HOUR_MS) == 10_000


def test_without_its_edit_everything_is_as_before() -> None:
    found, _ = segments(every_half_hour([0, 10, 20]), [installed()])
    assert rows(edited(found, [], [installed()])) == rows(found)
    assert rows(edited(found, [edit(1, 0, 1, 3, "m2")], [installed()])) == rows(found)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (edit(7, 2, 2, 1), "edit 7 of register m1: end_ms is"),
        (edit(7, 1, 2, -1), "edit 7 of register m1: energy_mwh is -1000: give 0 or more"),
    ],
)
def test_an_edit_that_cannot_be_is_refused(wrong: Edit, message: str) -> None:
    found, _ = segments(every_half_hour([0, 10, 20]), [installed()])
    with pytest.raises(CurveError, match=message):
        edited(found, [wrong], [installed()])


def test_an_edit_of_a_meter_of_two_commodities_says_which() -> None:
    registers = [installed(), installed(commodity="gas")]
    electricity = every_half_hour([0, 10, 20])
    found, _ = segments(electricity, registers)
    gas = replace(edit(1, 0, 1, 1), commodity="gas")

    after = edited(found, [gas], registers)

    assert brief(after.take(after.of(0))) == brief(found)
    assert brief(after.take(after.of(1))) == [(0, 1, 1, "X")]
