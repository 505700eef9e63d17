"""Overloads and sags: what there was to be told, and what alerts of them are worth."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest
from msgspec.structs import replace

from contracts.alerts import Alert, Kind, alert_id
from detection.score.figures import Share, Spread
from detection.score.limits import limit_pieces
from detection.score.pieces import Truth, truth_of
from detection.score.score import Score, score
from tests.unit.detection.score.handmade import (
    EVERY_5_S,
    EVERY_MINUTE,
    FLEET,
    ON_TIME_MS,
    labels,
    ms,
    of,
    outage,
    reasons,
)

Told = tuple[str, Sequence[str], float, float, str]
"""Kind, meters, start and end, and parameters."""

SAG: Told = ("voltage_sag", EVERY_5_S, 600, 900, '{"minutes": 5.0, "depth": 0.15, "feeder": "f"}')
LOAD: Told = ("overload", EVERY_MINUTE, 1_800, 3_000, '{"minutes": 20.0, "utilisation": 1.1}')


def run(*told: Told) -> Truth:
    """What went beyond a limit in the run."""
    frames = [
        labels([(kind, meters, start_s, end_s)]).with_columns(parameters=pl.lit(parameters))
        for kind, meters, start_s, end_s, parameters in told
    ]
    return truth_of(pl.concat([labels([]), *frames]), FLEET)


def alert(
    kind: Kind,
    subject: str,
    opened_s: float,
    closed_s: float | None,
    **fields: Any,  # noqa: ANN401
) -> Alert:
    """The last version of an alert of a limit."""
    told = outage(subject, opened_s, closed_s, **fields)
    return replace(told, kind=kind, id=alert_id(kind, subject, ms(opened_s)))


def scored(told: Sequence[Told], *alerts: Alert) -> Score:
    """The score of these alerts."""
    return score(run(*told), alerts, ON_TIME_MS)


def test_alerts_that_tell_all() -> None:
    sag = alert("voltage_low", "f", 660, 960, onset_ms=ms(600), restored_at_ms=ms(930))
    load = alert("overload", "s", 2_160, 3_360, onset_ms=ms(1_860), restored_at_ms=ms(3_060))

    found = scored([SAG, LOAD], sag, load)

    for kind in ("voltage_low", "overload"):
        row = of(found, kind)
        assert (row.pieces, row.found, row.right) == (1, Share(1, 1), Share(1, 1))
    assert not found.missed and not found.false and not found.not_counted
    assert of(found, "voltage_low").delay_s == Spread(63.0, 63.0, 63.0)
    assert of(found, "voltage_low").end_error_s == Spread(30.0, 30.0, 30.0)
    assert of(found, "overload").delay_s == Spread(363.0, 363.0, 363.0)
    assert of(found, "overload").onset_error_s == Spread(60.0, 60.0, 60.0)


def test_without_alerts_all_are_missed() -> None:
    found = scored([SAG, LOAD])

    assert [each.id for each in found.missed] == [
        f"overload:s:{ms(1_800)}-{ms(3_000)}",
        f"voltage_low:f:{ms(600)}-{ms(900)}",
    ]


def test_what_never_was_is_false() -> None:
    before = alert("overload", "s", 900, 1_000)
    other = alert("voltage_high", "f", 660, 960)
    strange = alert("voltage_low", "elsewhere", 660, 960)

    found = scored([SAG, LOAD], before, other, strange)

    assert reasons(found) == {
        before.id: "nothing was wrong then",
        other.id: "nothing of the kind; then there was voltage_sag of 10",
        strange.id: "no home of the registry has the feeder elsewhere",
    }
    assert of(found, "voltage_high").right == Share(0, 1)


def test_a_second_alert_of_a_crossing_is_false() -> None:
    first, second = alert("overload", "s", 2_160, 2_400), alert("overload", "s", 2_700, 3_300)

    found = scored([LOAD], first, second)

    assert (of(found, "overload").right, of(found, "overload").duplicates) == (Share(1, 2), 1)


@pytest.mark.parametrize(("depth", "pieces"), [(0.0999, 0), (0.1, 0), (0.1001, 1)])
def test_a_sag_within_the_bounds_is_none(depth: float, pieces: int) -> None:
    told = ("voltage_sag", EVERY_5_S, 600, 900, f'{{"depth": {depth}}}')

    assert len(limit_pieces(run(told))) == pieces


@pytest.mark.parametrize(
    ("meters", "end_s", "counted"),
    [
        (EVERY_5_S, 690, True),
        (EVERY_5_S, 689.999, False),
        (EVERY_5_S[:5], 690, True),
        (EVERY_5_S[:4], 690, False),
    ],
)
def test_a_sag_counts_if_half_of_the_homes_are_in_it_for_long_enough(
    meters: Sequence[str], end_s: float, counted: bool
) -> None:
    (piece,) = limit_pieces(run(("voltage_sag", meters, 600, end_s, '{"depth": 0.2}')))

    assert (piece.subject, piece.homes) == ("f", frozenset(meters))
    assert (piece.not_counted is None) == counted


@pytest.mark.parametrize(
    ("utilisation", "end_s", "homes", "counted"),
    [
        (0.84, 3_000, 6, None),
        (0.85, 3_000, 6, False),
        (0.9, 3_000, 6, True),
        # Five whole minutes, what is cut off of one, and a reading.
        (1.1, 2_220, 6, True),
        (1.1, 2_219, 6, False),
        (1.1, 3_000, 3, True),
        (1.1, 3_000, 2, False),
    ],
)
def test_an_overload_counts_if_it_is_high_and_long_enough(
    utilisation: float, end_s: float, homes: int, counted: bool | None
) -> None:
    told = ("overload", EVERY_MINUTE[:homes], 1_800, end_s, f'{{"utilisation": {utilisation}}}')

    pieces = limit_pieces(run(told))

    assert [piece.not_counted is None for piece in pieces] == ([] if counted is None else [counted])


def test_what_the_end_of_the_run_cuts_off_is_not_counted() -> None:
    (sag,) = limit_pieces(run(("voltage_sag", EVERY_5_S, 7_060, 7_800, '{"depth": 0.2}')))

    assert sag.not_counted == "80 s, and it takes 90 s to be told"


def test_a_run_without_any_has_no_rows_of_them() -> None:
    assert [row.kind for row in scored([]).rows] == ["outage", "link_loss", "meter_silent"]
