"""What there was to be told: labels of meters, merged to the pieces that one alert can tell."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import orjson
import polars as pl

from contracts.alerts import Alert
from contracts.facts import SHORTEST_SILENCE_MS, SILENT_CADENCES
from contracts.time import HOUR_MS, SECOND_MS
from detection.score.fleet import Fleet

PieceKind = Literal[
    "outage",
    "link_loss",
    "meter_silent",
    "meter_exchange",
    "theft_tamper",
    "register_reset",
    "unusual_use",
    "overload",
    "voltage_low",
    "feeder_loss",
    "repeated_outage",
]

OF_FEEDERS: Mapping[str, PieceKind] = {
    "feeder_outage": "outage",
    "area_outage": "outage",
    "link_loss": "link_loss",
}
"""Labels whose meters are told together, a piece for each feeder and span."""
OF_METERS: Mapping[str, PieceKind] = {
    "meter_silent": "meter_silent",
    "meter_exchange": "meter_exchange",
    "theft_tamper": "theft_tamper",
    "register_reset": "register_reset",
    "unusual_use": "unusual_use",
    "high_use": "unusual_use",
}
"""Labels that are a piece for each meter and span."""

FEWEST_HOMES = 5
READINGS_DUE = 2
"""An outage is there to be found if so many homes had so many readings due in it."""
TOLD_WITHIN_MS = 10 * SECOND_MS
"""How long after a reading was due it can take until a rule has seen that it did not come: what a
run's end leaves less time for is not there to be found."""
STUCK_HOURS = 2
"""A register that stands still is there to be found if it does so for so many whole hours."""
UNUSUAL_FACTOR = 2
"""Who uses so many times as much as usual uses unusually much; of less nobody has to be told."""
TOLERANCE_MS = 30 * SECOND_MS
"""How long after its end, and a cadence, an alert may still open for it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that was wrong, which one alert can tell."""

    kind: PieceKind
    subject: str
    """A feeder, or a meter."""
    start_ms: int
    end_ms: int
    homes: frozenset[str]
    due: frozenset[str]
    """Of them those that had READINGS_DUE readings due in it, as long as the run went on."""
    cadence_ms: int
    """The median of those that are due, or of all if none is."""
    not_counted: str | None = None
    """Why nobody has to find it; None if somebody has to."""

    @property
    def id(self) -> str:
        """Its name in lists."""
        return f"{self.kind}:{self.subject}:{self.start_ms}-{self.end_ms}"

    def meets(self, alert: Alert, later_ms: int = 0) -> bool:
        """Whether the alert was open between its start and its end with what is tolerated, and so
        much more."""
        latest_ms = self.end_ms + self.cadence_ms + TOLERANCE_MS + later_ms
        ended = alert.closed_at_ms is not None and alert.closed_at_ms < self.start_ms
        return alert.opened_at_ms <= latest_ms and not ended

    def began_before(self, alert: Alert) -> bool:
        """Whether the alert can have been opened because of it."""
        return self.start_ms < alert.opened_at_ms


@dataclass(frozen=True, slots=True)
class Truth:
    """All that was wrong in a run."""

    fleet: Fleet
    of_feeders: Mapping[str, tuple[Piece, ...]]
    """By feeder, those of OF_FEEDERS."""
    of_meters: Mapping[str, tuple[Piece, ...]]
    """By meter, those of OF_METERS."""
    through_feeders: Mapping[str, tuple[Piece, ...]]
    """By home, each as if it had been alone with what hit its feeder."""
    labels: pl.DataFrame
    """As `contracts.labels` has them, of all meters."""

    def pieces(self, kind: PieceKind) -> list[Piece]:
        """All of a kind, by time."""
        of = self.of_feeders if kind in OF_FEEDERS.values() else self.of_meters
        return _ordered(piece for some in of.values() for piece in some if piece.kind == kind)

    def meanwhile(self, meters: Iterable[str], from_ms: int, to_ms: int) -> str:
        """What the labels say of these meters and this span, in words."""
        found = (
            self.labels.filter(
                pl.col("meter_id").is_in(list(meters)),
                pl.col("start_ms") <= to_ms,
                pl.col("end_ms") >= from_ms,
            )
            .group_by("kind")
            .agg(pl.col("meter_id").n_unique())
            .sort("kind")
        )
        if not found.height:
            return "nothing was wrong then"
        kinds = ", ".join(f"{kind} of {number:,}" for kind, number in found.iter_rows())
        return f"nothing of the kind; then there was {kinds}"


def truth_of(labels: pl.DataFrame, fleet: Fleet) -> Truth:
    """The pieces of a run's labels (`contracts.labels`).

    Of what hit a feeder or an area, meters that are no homes (export registers, gas) are left out;
    what hit such a meter alone is a piece that is not counted.
    """
    feeders = _of_feeders(labels, fleet)
    alone: dict[str, list[Piece]] = {}
    cadences = dict(fleet.homes.select("meter_id", "cadence_ms").iter_rows())
    for piece in feeders:
        for home in piece.homes:
            one = frozenset((home,))
            alone.setdefault(home, []).append(
                replace(
                    piece,
                    subject=home,
                    homes=one,
                    due=piece.due & one,
                    cadence_ms=cadences[home],
                )
            )
    return Truth(
        fleet,
        _by_subject(feeders),
        _by_subject(_of_meters(labels, fleet)),
        {home: tuple(_ordered(pieces)) for home, pieces in alone.items()},
        labels,
    )


def _of_feeders(labels: pl.DataFrame, fleet: Fleet) -> list[Piece]:
    begin, phase, cadence = (pl.col(name) for name in ("start_ms", "phase_ms", "cadence_ms"))
    seen_until = pl.min_horizontal("end_ms", pl.lit(fleet.end_ms - TOLD_WITHIN_MS))
    readings = (seen_until - phase) // cadence - (begin - phase) // cadence
    due = readings >= READINGS_DUE
    merged = (
        labels.filter(pl.col("kind").is_in(list(OF_FEEDERS)))
        .with_columns(pl.col("kind").replace_strict(OF_FEEDERS, return_dtype=pl.String))
        # A feeder's outage and its area's with the same span are one.
        .unique(("kind", "meter_id", "start_ms", "end_ms"))
        .join(fleet.homes, on="meter_id")
        .group_by("kind", "feeder", "start_ms", "end_ms")
        .agg(
            pl.col("meter_id").alias("homes"),
            pl.col("meter_id").filter(due).alias("due"),
            pl.coalesce(cadence.filter(due).median(), cadence.median()).alias("cadence_ms"),
        )
    )
    return [
        Piece(
            kind=row["kind"],
            subject=row["feeder"],
            start_ms=row["start_ms"],
            end_ms=row["end_ms"],
            homes=frozenset(row["homes"]),
            due=frozenset(row["due"]),
            cadence_ms=int(row["cadence_ms"]),
            not_counted=_too_few(len(row["due"]), len(row["homes"])),
        )
        for row in merged.iter_rows(named=True)
    ]


def _too_few(due: int, homes: int) -> str | None:
    if due >= FEWEST_HOMES:
        return None
    return (
        f"{due} of {homes:,} homes had {READINGS_DUE} readings due in time, "
        f"fewer than {FEWEST_HOMES}"
    )


def _of_meters(labels: pl.DataFrame, fleet: Fleet) -> list[Piece]:
    rows = (
        labels.filter(pl.col("kind").is_in(list(OF_METERS)))
        .unique(("kind", "meter_id", "start_ms", "end_ms"))
        .join(fleet.homes, on="meter_id", how="left")
    )
    return [
        Piece(
            kind=OF_METERS[row["kind"]],
            subject=row["meter_id"],
            start_ms=row["start_ms"],
            end_ms=row["end_ms"],
            homes=frozenset((row["meter_id"],)),
            due=frozenset((row["meter_id"],)),
            cadence_ms=row["cadence_ms"] or 0,
            not_counted=_of_meter_not_counted(row, fleet),
        )
        for row in rows.iter_rows(named=True)
    ]


def _of_meter_not_counted(row: Mapping[str, Any], fleet: Fleet) -> str | None:
    start_ms, end_ms, cadence_ms = row["start_ms"], row["end_ms"], row["cadence_ms"]
    if cadence_ms is None:
        return "not the meter of a home's electricity"
    # An hour is over when the meter has gone on.
    told_until_ms = fleet.end_ms - cadence_ms - TOLD_WITHIN_MS
    match OF_METERS[row["kind"]]:
        case "theft_tamper":
            hours = min(end_ms, told_until_ms) // HOUR_MS - -(-start_ms // HOUR_MS)
            if hours < STUCK_HOURS:
                return f"{max(hours, 0)} whole hours in time, fewer than {STUCK_HOURS}"
            return None
        case "register_reset" | "unusual_use":
            factor = orjson.loads(row["parameters"]).get("factor", UNUSUAL_FACTOR)
            if factor < UNUSUAL_FACTOR:
                return f"{factor:g} times as much, less than {UNUSUAL_FACTOR:g}"
            over_ms = (start_ms // HOUR_MS + 1) * HOUR_MS
            return "its hour is not over in time" if over_ms > told_until_ms else None
        case _:
            return too_short(end_ms - start_ms, cadence_ms)


def too_short(lasted_ms: int, cadence_ms: int) -> str | None:
    """Why a silence of meters with this cadence need not be told; None if it must be."""
    silent_ms = max(SILENT_CADENCES * cadence_ms, SHORTEST_SILENCE_MS)
    needed_ms = silent_ms + cadence_ms + TOLD_WITHIN_MS
    if lasted_ms > needed_ms:
        return None
    return (
        f"{lasted_ms / SECOND_MS:g} s, and {needed_ms / SECOND_MS:g} s at this cadence are too "
        "short to be told"
    )


def _ordered(pieces: Iterable[Piece]) -> list[Piece]:
    return sorted(pieces, key=lambda piece: (piece.start_ms, piece.end_ms, piece.id))


def _by_subject(pieces: Iterable[Piece]) -> dict[str, tuple[Piece, ...]]:
    found: dict[str, list[Piece]] = {}
    for piece in _ordered(pieces):
        found.setdefault(piece.subject, []).append(piece)
    return {subject: tuple(some) for subject, some in found.items()}
