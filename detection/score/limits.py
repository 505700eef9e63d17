"""Alerts of what goes beyond a limit at a feeder, `overload` and `voltage_*`: what there was to be
told, and what they are right about.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from contracts.alerts import Alert, Kind
from contracts.facts import LOW_V, SLOWEST_VOLTAGE_MS
from contracts.time import MINUTE_MS, SECOND_MS
from detection.score.fleet import Fleet
from detection.score.pieces import Piece, PieceKind, Truth
from detection.score.verdicts import Claim, Outcome, judge

ALERTS: tuple[Kind, ...] = ("overload", "voltage_low", "voltage_high")
"""Kinds of alerts; a piece has the name of the alert that tells it."""

USUAL_V = 230.0
OVERLOADED = 0.85
"""A share of its capacity that a feeder must draw on average for it to be an overload at all."""
TELLABLE_OVERLOAD = 0.9
"""And for it to be there to be found: what homes draw goes up and down about the average."""
OVERLOADED_MINUTES = 5
"""Whole minutes in a row that it takes."""
SAG_MS = 90 * SECOND_MS
"""How long a sag must last to be there to be found: of shorter ones a part of a minute is left."""
FEWEST_HOMES = 3
"""Of fewer nobody can say that it is the feeder's matter."""


def limit_pieces(truth: Truth) -> list[Piece]:
    """What went beyond a limit in a run, by time: a piece for each feeder, cause and span.

    A sag that leaves the usual voltage within its bounds, and a load below OVERLOADED, are none.
    """
    fleet = truth.fleet
    numbers = pl.col("parameters")
    labels = truth.labels.with_columns(
        depth=numbers.str.json_path_match("$.depth").cast(pl.Float64),
        utilisation=numbers.str.json_path_match("$.utilisation").cast(pl.Float64),
    )
    sags = labels.filter(pl.col("kind") == "voltage_sag", USUAL_V * (1 - pl.col("depth")) < LOW_V)
    loads = labels.filter(pl.col("kind") == "overload", pl.col("utilisation") >= OVERLOADED)
    found = [
        *(_piece("voltage_low", row, _not_sagged(row, fleet)) for row in _merged(sags, fleet)),
        *(_piece("overload", row, _not_loaded(row, fleet)) for row in _merged(loads, fleet)),
    ]
    return sorted(found, key=lambda piece: (piece.start_ms, piece.end_ms, piece.id))


def _merged(labels: pl.DataFrame, fleet: Fleet) -> Sequence[dict[str, Any]]:
    """Of labels of one kind a row for each feeder and span, with `feeder_homes`, all that the
    feeder has."""
    behind = fleet.homes.group_by("feeder").agg(
        pl.col("meter_id").filter(pl.col("cadence_ms") <= SLOWEST_VOLTAGE_MS).alias("telling")
    )
    return (
        labels.join(fleet.homes, on="meter_id")
        .group_by("feeder", "start_ms", "end_ms")
        .agg(
            pl.col("meter_id").unique().alias("homes"),
            pl.col("cadence_ms").median(),
            pl.col("utilisation").max(),
        )
        .join(behind, on="feeder")
        .to_dicts()
    )


def _piece(kind: PieceKind, row: Mapping[str, Any], not_counted: str | None) -> Piece:
    homes = frozenset(row["homes"])
    return Piece(
        kind=kind,
        subject=row["feeder"],
        start_ms=row["start_ms"],
        end_ms=row["end_ms"],
        homes=homes,
        due=homes,
        cadence_ms=int(row["cadence_ms"]),
        not_counted=not_counted,
    )


def _not_sagged(row: Mapping[str, Any], fleet: Fleet) -> str | None:
    telling = frozenset(row["telling"])
    sagged = len(telling.intersection(row["homes"]))
    if sagged < FEWEST_HOMES or 2 * sagged < len(telling):
        return f"{sagged} of {len(telling)} homes that tell their voltage each 5 min were in it"
    return _too_short(row, fleet, SAG_MS)


def _not_loaded(row: Mapping[str, Any], fleet: Fleet) -> str | None:
    homes = len(row["homes"])
    if homes < FEWEST_HOMES:
        return f"{homes} homes that the registry has there were in it"
    if row["utilisation"] < TELLABLE_OVERLOAD:
        return f"{row['utilisation']:.0%} on average, not above {OVERLOADED:.0%} all the time"
    # A minute may be cut off at its beginning, and what is measured comes a reading later.
    lag_ms = max(MINUTE_MS, int(row["cadence_ms"]))
    return _too_short(row, fleet, (OVERLOADED_MINUTES + 1) * MINUTE_MS + lag_ms)


def _too_short(row: Mapping[str, Any], fleet: Fleet, needed_ms: int) -> str | None:
    """Why it need not be found, seen as long as the run went on."""
    lasted_ms = min(row["end_ms"], fleet.end_ms - MINUTE_MS) - row["start_ms"]
    if lasted_ms >= needed_ms:
        return None
    return f"{lasted_ms / SECOND_MS:g} s, and it takes {needed_ms / SECOND_MS:g} s to be told"


def judged_limits(truth: Truth, pieces: Iterable[Piece], alerts: Iterable[Alert]) -> Outcome:
    """What alerts of one kind were worth.

    One is right about a piece of its feeder if their times meet and it opened after the piece
    began.

    Args:
        pieces: Those of the alerts' kind.
    """
    members = dict(truth.fleet.homes.group_by("feeder").agg("meter_id").iter_rows())
    of_feeders: dict[str, list[Piece]] = {}
    for piece in pieces:
        of_feeders.setdefault(piece.subject, []).append(piece)
    return judge(_claim(alert, truth, of_feeders, members) for alert in alerts)


def _claim(
    alert: Alert,
    truth: Truth,
    of_feeders: Mapping[str, Sequence[Piece]],
    members: Mapping[str, list[str]],
) -> Claim:
    if alert.subject not in members:
        return Claim(alert, wrong=f"no home of the registry has the feeder {alert.subject}")
    found = tuple(piece for piece in of_feeders.get(alert.subject, ()) if piece.meets(alert))
    if any(piece.began_before(alert) for piece in found):
        return Claim(alert, found)
    meters = members[alert.subject]
    return Claim(alert, wrong=truth.meanwhile(meters, alert.onset_ms, alert.opened_at_ms))
