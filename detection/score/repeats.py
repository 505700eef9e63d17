"""Alerts of the kind `repeated_outage`: what there was to be told, and what they are right about.

A piece is the third time within a day that homes of a feeder were out together for a short time,
whether without power or without a link. Those of which alerts have told do not count again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from contracts.alerts import Alert
from contracts.time import DAY_MS, MINUTE_MS
from detection.score.pieces import FEWEST_HOMES, Piece, Truth, too_short
from detection.score.verdicts import Claim, Outcome, judge

REPEATED: Final = "repeated_outage"
TIMES = 3
WITHIN_MS = DAY_MS
LONGEST_MS = 5 * MINUTE_MS
SHARE_OF_FEEDER = 0.1
"""So many homes of a feeder, and FEWEST_HOMES, are a part of it."""


@dataclass(frozen=True, slots=True)
class _Short:
    """A time for which homes of a feeder were out."""

    piece: Piece
    """Of several that meet the short one with the most homes."""
    uncertain: str | None
    """Why it may not have been seen as one."""


def repeated_pieces(truth: Truth) -> list[Piece]:
    """The third times of a run, by time; each has start and end of the third time itself."""
    found = [piece for feeder in truth.of_feeders for piece in _of_feeder(_shorts(truth, feeder))]
    return sorted(found, key=lambda piece: (piece.start_ms, piece.end_ms, piece.id))


def _of_feeder(shorts: Iterable[_Short]) -> Iterator[Piece]:
    untold: list[_Short] = []
    for each in shorts:
        untold = [*_lately(untold, each.piece.end_ms), each]
        if len(untold) == TIMES:
            reasons = [other.uncertain for other in untold if other.uncertain is not None]
            yield replace(each.piece, kind=REPEATED, not_counted=reasons[0] if reasons else None)
            untold = []


def _lately(shorts: Iterable[_Short], at_ms: int) -> list[_Short]:
    return [each for each in shorts if at_ms - each.piece.end_ms <= WITHIN_MS]


def _shorts(truth: Truth, feeder: str) -> list[_Short]:
    """In their order."""
    members = truth.fleet.homes_of.get(feeder, 0)
    found = []
    for together in _meeting(truth.of_feeders.get(feeder, ())):
        short = [each for each in together if each.end_ms - each.start_ms <= LONGEST_MS]
        if short:
            most = max(short, key=lambda each: len(each.homes))
            others = None if len(together) == 1 else "others of the feeder were out then, too"
            found.append(_Short(most, others or _uncertain(most, members)))
    return found


def _meeting(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """Pieces that meet, together; of pieces by time."""
    found: list[list[Piece]] = []
    until_ms = -1
    for piece in pieces:
        if found and piece.start_ms <= until_ms:
            found[-1].append(piece)
        else:
            found.append([piece])
        until_ms = max(until_ms, piece.end_ms)
    return found


def _uncertain(piece: Piece, members: int) -> str | None:
    if piece.not_counted is not None:
        return piece.not_counted
    if len(piece.due) < max(FEWEST_HOMES, SHARE_OF_FEEDER * members):
        return f"{len(piece.due)} of the feeder's {members:,} homes are too few"
    lasted_ms = piece.end_ms - piece.start_ms
    if lasted_ms + piece.cadence_ms > LONGEST_MS:
        return f"with a cadence it may look longer than {LONGEST_MS / MINUTE_MS:g} min"
    return too_short(lasted_ms, piece.cadence_ms)


def judged_repeats(truth: Truth, pieces: Sequence[Piece], alerts: Iterable[Alert]) -> Outcome:
    """What alerts of repeated outages were worth.

    One is right about a third time of its feeder that was over, or almost, when it opened. Where
    times that may not have been seen make it another third time, nobody can say.
    """
    return judge(_claim(alert, truth, pieces) for alert in alerts)


def _claim(alert: Alert, truth: Truth, pieces: Sequence[Piece]) -> Claim:
    feeder = alert.subject
    if feeder not in truth.fleet.homes_of:
        return Claim(alert, wrong=f"no home of the registry has the feeder {feeder}")
    told = tuple(
        piece
        for piece in pieces
        if piece.subject == feeder and piece.meets(alert) and piece.began_before(alert)
    )
    if told:
        return Claim(alert, told)
    before = [each for each in _shorts(truth, feeder) if each.piece.start_ms < alert.opened_at_ms]
    lately = _lately(before, alert.opened_at_ms)
    reasons = [each.uncertain for each in lately if each.uncertain is not None]
    if len(lately) >= TIMES and reasons:
        return Claim(alert, undecided=f"of {len(lately)} times one may not count: {reasons[0]}")
    return Claim(alert, wrong=f"{len(lately)} short times within a day before it")
