"""Who found what first: the rules of matching that all kinds of alerts share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from contracts.alerts import Alert
from detection.score.pieces import Piece

Verdict = Literal["right", "duplicate", "wrong", "undecided"]


@dataclass(frozen=True, slots=True)
class Claim:
    """An alert, and what it would be right about."""

    alert: Alert
    pieces: tuple[Piece, ...] = ()
    """That it tells, each with a name that is right, in the order of time; at least one began
    before the alert opened, unless it is not right."""
    wrong: str | None = None
    """Why it is about nothing."""
    undecided: str | None = None
    """Why nobody can say."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What an alert was worth."""

    alert: Alert
    verdict: Verdict
    reason: str = ""
    """Of all but right ones."""
    pieces: tuple[Piece, ...] = ()
    """As its claim has them."""
    opened_for: Piece | None = None
    """Of a right one: the earliest piece that nobody had found before."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What all alerts of a kind were worth."""

    judged: tuple[Judged, ...]
    """In the order in which they opened."""
    finders: Mapping[str, Judged]
    """By a piece's id, the alert that found it."""


def judge(claims: Iterable[Claim]) -> Outcome:
    """Who found what; the order of the claims does not matter.

    A piece is found by the first alert that opened after it began. An alert that finds none which
    is not found already is a duplicate, and counts as false. A piece that began while a right alert
    was open, and for which none opened later, is found by that one: nobody is told twice of what
    is nested.
    """
    judged: list[Judged] = []
    finders: dict[str, Judged] = {}
    for claim in sorted(claims, key=lambda each: (each.alert.opened_at_ms, each.alert.id)):
        each = _judge(claim, finders)
        judged.append(each)
        if each.verdict == "right":
            for piece in each.pieces:
                if piece.began_before(each.alert):
                    finders.setdefault(piece.id, each)
    for each in judged:
        if each.verdict == "right":
            for piece in each.pieces:
                finders.setdefault(piece.id, each)
    return Outcome(tuple(judged), finders)


def _judge(claim: Claim, finders: Mapping[str, Judged]) -> Judged:
    alert = claim.alert
    if claim.undecided is not None:
        return Judged(alert, "undecided", claim.undecided, claim.pieces)
    if claim.wrong is not None:
        return Judged(alert, "wrong", claim.wrong, claim.pieces)
    begun = [piece for piece in claim.pieces if piece.began_before(alert)]
    new = [piece for piece in begun if piece.id not in finders]
    if not new:
        first = finders[begun[0].id].alert
        return Judged(alert, "duplicate", f"{first.id} told it before", claim.pieces)
    return Judged(alert, "right", "", claim.pieces, new[0])
