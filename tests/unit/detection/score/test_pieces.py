"""What somebody has to find, and what nobody has to."""

from dataclasses import replace

import polars as pl
import pytest

from detection.score.pieces import Piece, PieceKind, Truth, truth_of
from tests.unit.detection.score.handmade import (
    EVERY_5_S,
    EVERY_MINUTE,
    FLEET,
    labels,
    ms,
    truth,
)


def the_piece(wrong: Truth, kind: PieceKind) -> Piece:
    """The only one of its kind."""
    (piece,) = wrong.pieces(kind)
    return piece


def test_labels_of_meters_are_a_piece_for_each_feeder_cause_and_span() -> None:
    wrong = truth(
        ("area_outage", [*EVERY_5_S, *EVERY_MINUTE], 600, 900),
        ("feeder_outage", EVERY_5_S[:6], 600, 900),
        ("feeder_outage", EVERY_5_S[6:], 601, 900),
        ("link_loss", EVERY_5_S, 600, 900),
    )

    assert [
        (piece.subject, piece.start_ms, len(piece.homes), piece.cadence_ms)
        for piece in wrong.pieces("outage")
    ] == [
        ("f", ms(600), 10, 5_000),
        ("s", ms(600), 6, 60_000),
        ("f", ms(601), 4, 5_000),
    ]
    assert the_piece(wrong, "link_loss").homes == frozenset(EVERY_5_S)


def test_export_registers_and_other_commodities_are_no_homes() -> None:
    meters = [*EVERY_5_S[:5], "fast-0:export", "gas"]
    wrong = truth(("area_outage", meters, 600, 900), ("meter_silent", ["gas"], 600, 900))

    assert FLEET.homes.height == 16
    assert the_piece(wrong, "outage").homes == frozenset(EVERY_5_S[:5])
    silent = the_piece(wrong, "meter_silent")
    assert silent.not_counted == "not the meter of a home's electricity"


@pytest.mark.parametrize(
    ("start_s", "end_s", "due"),
    [
        # They read at each whole minute, and a reading at the end of an outage is in it.
        (600, 719.999, 0),
        (600, 720, 6),
        (599.999, 659.999, 0),
        (599.999, 660, 6),
        # Within the last 10 s of the run nobody can tell that a reading did not come.
        (7_080, 7_200, 0),
        (7_079.999, 7_200, 6),
    ],
)
def test_an_outage_counts_if_five_homes_had_two_readings_due(
    start_s: float, end_s: float, due: int
) -> None:
    piece = the_piece(truth(("feeder_outage", EVERY_MINUTE, start_s, end_s)), "outage")

    assert len(piece.due) == due
    assert (piece.not_counted is None) == (due >= 5)


@pytest.mark.parametrize(("homes", "counted"), [(4, False), (5, True)])
def test_an_outage_counts_from_five_homes_on(homes: int, counted: bool) -> None:
    piece = the_piece(truth(("feeder_outage", EVERY_5_S[:homes], 600, 900)), "outage")

    assert (piece.not_counted is None) == counted


@pytest.mark.parametrize(
    ("meter", "lasts_s", "counted"),
    [
        # Silent after 30 s at least, a cadence, and 10 s.
        ("fast-0", 45, False),
        ("fast-0", 45.001, True),
        # Three cadences, one more, and 10 s.
        ("slow-0", 250, False),
        ("slow-0", 250.001, True),
    ],
)
def test_a_silence_counts_if_it_is_long_enough(meter: str, lasts_s: float, counted: bool) -> None:
    piece = the_piece(truth(("meter_silent", [meter], 600, 600 + lasts_s)), "meter_silent")

    assert (piece.not_counted is None) == counted


def test_a_mixed_feeder_has_the_cadence_of_those_who_can_tell() -> None:
    slow = FLEET.homes.with_columns(feeder=pl.lit("f"))
    wrong = truth_of(
        labels([("feeder_outage", [*EVERY_5_S[:5], *EVERY_MINUTE], 605, 625)]),
        replace(FLEET, homes=slow),
    )

    piece = the_piece(wrong, "outage")
    assert (len(piece.homes), len(piece.due), piece.cadence_ms) == (11, 5, 5_000)
    assert piece.not_counted is None
