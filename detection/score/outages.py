"""Alerts of the kind `outage`: what they are right about, and whether they list the right homes."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile

from contracts.alerts import Alert, Cause
from detection.score.figures import Share, Spread, spread
from detection.score.pieces import Piece, PieceKind, Truth
from detection.score.verdicts import Claim, Outcome, judge

NAMED: Mapping[PieceKind, frozenset[Cause]] = {
    "outage": frozenset(("power", "unknown")),
    "link_loss": frozenset(("communication",)),
}
"""Causes that are right of an alert all of whose pieces are of this kind. One that has both kinds
is right by any name, `mixed` being the best, and `mixed` is right of nothing else."""
CAUSES: Mapping[PieceKind, Cause] = {"outage": "power", "link_loss": "communication"}
"""What the cause of each was."""


def judged_outages(truth: Truth, alerts: Iterable[Alert]) -> Outcome:
    """What outage alerts were worth, lost links included: pieces of both kinds are found by them.

    An alert is right about a piece of its feeder if their times meet, it opened after the piece
    began, and its last cause is right. One that is open still and has no cause yet is undecided if
    it was a link that was lost.
    """
    members = dict(truth.fleet.homes.group_by("feeder").agg("meter_id").iter_rows())
    return judge(_claim(alert, truth, members) for alert in alerts)


def _claim(alert: Alert, truth: Truth, members: Mapping[str, list[str]]) -> Claim:
    if alert.subject not in members:
        return Claim(alert, wrong=f"no home of the registry has the feeder {alert.subject}")
    pieces = tuple(piece for piece in truth.of_feeders.get(alert.subject, ()) if piece.meets(alert))
    if not any(piece.began_before(alert) for piece in pieces):
        meters = members[alert.subject]
        return Claim(alert, wrong=truth.meanwhile(meters, alert.onset_ms, alert.opened_at_ms))
    kind = _only_kind(pieces)
    if kind is None or alert.cause in NAMED[kind]:
        return Claim(alert, pieces)
    if alert.cause == "unknown" and alert.closed_at_ms is None:
        return Claim(alert, pieces, undecided=f"{pieces[0].id}; the alert is open without a cause")
    return Claim(alert, pieces, wrong=f"{pieces[0].id}, told as {alert.cause}")


def causes_told(outcome: Outcome) -> Share:
    """Of the closed alerts about pieces of one kind, those that say its cause."""
    told = [
        each.alert.cause == CAUSES[kind]
        for each in outcome.judged
        if each.verdict in ("right", "wrong") and each.alert.closed_at_ms is not None
        if (kind := _only_kind(each.pieces)) is not None
    ]
    return Share(sum(told), len(told))


def causes_told_first(
    outcome: Outcome, first: Mapping[str, Cause], feeders: frozenset[str]
) -> Share:
    """Of the alerts about pieces of one kind on some feeders, those that said its cause when they
    opened.

    Args:
        first: By an alert's id, the cause that its first version said.
    """
    told = [
        first[each.alert.id] == CAUSES[kind]
        for each in outcome.judged
        if each.alert.subject in feeders and each.alert.id in first
        if (kind := _only_kind(each.pieces)) is not None
    ]
    return Share(sum(told), len(told))


def causes_told_after(
    outcome: Outcome, versions: Mapping[str, Sequence[Alert]], feeders: frozenset[str]
) -> Spread | None:
    """How long after they opened alerts about pieces of one kind on some feeders said its cause for
    good, of those that do in the end; by event time.

    Args:
        versions: By an alert's id, all that there are, in their order.
    """
    return spread(
        for_good[-1].at_ms - each.alert.opened_at_ms
        for each in outcome.judged
        if each.alert.subject in feeders
        if (kind := _only_kind(each.pieces)) is not None
        if (for_good := _last_that_say(CAUSES[kind], versions[each.alert.id]))
    )


def _last_that_say(cause: Cause, versions: Sequence[Alert]) -> list[Alert]:
    """Backwards."""
    return list(takewhile(lambda each: each.cause == cause, reversed(versions)))


def homes_found(pieces: Iterable[Piece], outcome: Outcome) -> Share:
    """Of the homes with readings due in a piece that counts and was found, those in the alert's
    list. Alerts whose list is cut off are left out."""
    part = whole = 0
    for piece in pieces:
        finder = outcome.finders.get(piece.id)
        if piece.not_counted is None and finder is not None and _lists_all(finder.alert):
            part += len(piece.due.intersection(finder.alert.homes))
            whole += len(piece.due)
    return Share(part, whole)


def homes_right(outcome: Outcome) -> Share:
    """Of the homes in the lists of right alerts, those that are in one of their pieces. Lists that
    are cut off are left out."""
    part = whole = 0
    for each in outcome.judged:
        if each.verdict == "right" and _lists_all(each.alert):
            hit = frozenset[str]().union(*(piece.homes for piece in each.pieces))
            part += len(hit.intersection(each.alert.homes))
            whole += len(each.alert.homes)
    return Share(part, whole)


def _only_kind(pieces: Iterable[Piece]) -> PieceKind | None:
    """The kind of all of them; None of both kinds, or of none."""
    kinds = {piece.kind for piece in pieces}
    return kinds.pop() if len(kinds) == 1 else None


def _lists_all(alert: Alert) -> bool:
    return len(alert.homes) == alert.homes_count
