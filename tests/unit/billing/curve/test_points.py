"""Points: of several words the last, registers by place, multipliers, and what is left out."""

import random
from decimal import Decimal

import polars as pl
import pytest

from billing.curve.curve import segments
from billing.curve.energies import matrix
from billing.curve.errors import CurveError
from billing.curve.estimates import estimated
from billing.curve.points import UNSAID, joined
from billing.curve.registers import Registers
from billing.curve.validation import validated
from contracts.billing import Letter
from tests.unit.billing.curve.registers import HALF_HOUR_MS, T, installed

SCHEMA = {
    "meter_id": pl.String,
    "commodity": pl.String,
    "ts": pl.Int64,
    "seq": pl.Int64,
    "register": pl.Float64,
    "revision": pl.Int64,
    "kafka_offset": pl.Int64,
}


def frame(*rows: tuple[str, int, int, float, int, int]) -> pl.DataFrame:
    return pl.DataFrame(
        [(meter_id, "electricity", *rest) for meter_id, *rest in rows], SCHEMA, orient="row"
    )


def test_of_several_words_the_last_counts_in_any_order() -> None:
    rows = [
        ("m2", T, 1, 7.0, 0, 10),
        ("m1", T, 1, 5.0, 0, 3),
        ("m1", T, 1, 5.5, 1, 2),
        ("m1", T, 1, 5.25, 0, 9),
        ("m1", T + 1, 2, 6.001, 0, 4),
        ("m1", T + 1, 1, 9.0, 5, 99),
    ]
    for seed in range(10):
        random.Random(seed).shuffle(rows)
        points = joined(frame(*rows), [installed("m1"), installed("m2")])
        assert points.register.tolist() == [0, 0, 1]
        assert points.ts_ms.tolist() == [T, T + 1, T]
        assert points.register_mwh.tolist() == [5_500, 6_001, 7_000]


def test_what_no_installation_knows_is_left_out() -> None:
    readings = pl.concat(
        [
            frame(("m1", T, 1, 5.0, 0, 1), ("m9", T, 1, 5.0, 0, 2), ("m9", T + 5, 2, 6.0, 0, 3)),
            frame(("m1", T, 1, 5.0, 0, 4)).with_columns(commodity=pl.lit("gas")),
        ]
    )
    registers = [installed("m1")]
    assert joined(readings, registers).register_mwh.tolist() == [5_000]


def test_a_register_counts_as_often_as_the_installation_that_it_is_in_says() -> None:
    registers = [
        installed("m1", multiplier=Decimal("1.5"), begin_ms=0, end_ms=T),
        installed("m1", multiplier=Decimal(20), begin_ms=T),
    ]
    points = joined(frame(("m1", T - 1, 1, 0.003, 0, 1), ("m1", T, 2, 0.003, 0, 2)), registers)
    assert points.register_mwh.tolist() == [4, 60]
    assert points.register.tolist() == [0, 0]


def test_a_multiplier_that_cannot_be_is_refused() -> None:
    with pytest.raises(CurveError, match="register m1: multiplier is 0"):
        Registers([installed("m1", multiplier=Decimal(0))])
    with pytest.raises(CurveError, match=r"register m1: \d+ times the multiplier 900000"):
        joined(
            frame(("m1", T, 1, 100_000_000_000.0, 0, 1)),
            [installed("m1", multiplier=Decimal(900_000))],
        )


def test_readings_that_were_not_measured_say_so() -> None:
    readings = frame(*(("m1", T + at, at, 5.0 + at, 0, at) for at in range(4)))
    quality = pl.Series("quality", [None, "measured", "estimated", "final"])
    points = joined(readings.with_columns(quality), [installed("m1")])
    assert points.letter is not None
    assert points.letter.tolist() == [Letter.A, Letter.A, Letter.E, Letter.F]
    measured = joined(readings.with_columns(quality=pl.lit("measured")), [installed("m1")])
    assert measured.letter is None


def energies(*rows: tuple[int, int, int, int, float | None]) -> pl.DataFrame:
    """Of m1, by instant, sequence number, revision and place in the log."""
    said = [("m1", T + at, seq, 7.0, revision, offset) for at, seq, revision, offset, _ in rows]
    column = pl.Series("energy", [energy for *_, energy in rows], dtype=pl.Float64)
    return frame(*said).with_columns(column)


def test_what_an_interval_counted_is_the_sum_of_all_words_in_any_order() -> None:
    rows: list[tuple[int, int, int, int, float | None]] = [
        (0, 1, 0, 10, 5.0),
        (0, 1, 1, 14, -1.25),
        (0, 1, 2, 12, 0.5),
        # Once for each number, and what has no number replaces what had none.
        (0, 1, 2, 15, 0.75),
        (1, 2, 0, 20, 3.0),
        (1, 2, 0, 21, 4.0),
        (1, 2, 0, 22, 4.0),
        # Two devices read at one instant.
        (1, 3, 0, 19, 0.5),
        (2, 4, 0, 30, None),
        (3, 5, 0, 31, None),
        (3, 5, 1, 32, 2.0),
    ]
    registers = [installed("m1", source="interval")]
    for seed in range(10):
        random.Random(seed).shuffle(rows)
        points = joined(energies(*rows), registers)
        assert points.energy_mwh is not None
        assert points.energy_mwh.tolist() == [4_250, 4_500, UNSAID, 2_000]
        assert points.says_energy.tolist() == [True, True, False, True]
        assert points.counted_mwh().tolist() == [4_500, 0, 2_000]


def test_an_interval_is_as_long_as_any_word_on_it_says() -> None:
    rows: list[tuple[int, int, int, int, float | None]] = [
        (0, 1, 0, 10, 5.0),
        (0, 1, 1, 14, -1.25),
        (1, 2, 0, 20, 3.0),
        (2, 3, 0, 30, None),
    ]
    lengths = pl.Series("interval_ms", [HALF_HOUR_MS, None, None, 7], dtype=pl.Int64)
    said = energies(*rows).with_columns(lengths)
    register = installed("m1", source="interval", cadence_ms=9)
    points = joined(said, [register])
    assert points.interval_ms is not None
    assert points.interval_ms.tolist() == [HALF_HOUR_MS, 0, 0]
    assert points.cadence_ms(Registers([register]).counts).tolist() == [HALF_HOUR_MS, 9, 9]
    assert joined(said, [installed("m1")]).interval_ms is None


def test_only_registers_of_intervals_count_by_energies() -> None:
    one, other = energies((0, 1, 0, 1, 5.0)), energies((0, 1, 0, 2, 6.0))
    both = pl.concat([one, other.with_columns(meter_id=pl.lit("m2"))])
    points = joined(both, [installed("m1"), installed("m2", source="interval")])
    assert points.energy_mwh is not None
    assert points.energy_mwh.tolist() == [UNSAID, 6_000]
    assert joined(both, [installed("m1"), installed("m2")]).energy_mwh is None
    silent = both.with_columns(energy=pl.lit(None, pl.Float64))
    assert joined(silent, [installed("m2", source="interval")]).energy_mwh is None


def test_an_interval_that_ends_when_a_meter_is_exchanged_is_of_the_one_before() -> None:
    registers = [
        installed("m1", source="interval", multiplier=Decimal(2), begin_ms=0, end_ms=T),
        installed("m1", source="interval", multiplier=Decimal(20), begin_ms=T),
    ]
    points = joined(energies((-1, 1, 0, 1, 5.0), (0, 2, 0, 2, 5.0), (1, 3, 0, 3, 5.0)), registers)
    assert points.energy_mwh is not None
    assert points.energy_mwh.tolist() == [10_000, 10_000, 100_000]


def test_of_no_readings_there_are_no_points_and_no_segments() -> None:
    points = joined(frame(), [installed("m1")])
    assert len(points) == 0
    found, findings = segments(points, [installed("m1")])
    assert len(found) == 0
    assert not findings
    assert len(estimated(found, [installed("m1")], open_until_ms=T)) == 0
    assert not matrix(found, 1, T, 2, HALF_HOUR_MS).energy_mwh.any()
    assert not validated(found, [installed("m1")], until_ms=T)
