"""Alerts of the kind `meter_silent`: what they are right about."""

from collections.abc import Iterable, Sequence

from contracts.alerts import Alert
from detection.score.pieces import Piece, PieceKind, Truth
from detection.score.verdicts import Claim, Judged, Outcome, judge

SILENT: tuple[PieceKind, ...] = ("meter_silent", "meter_exchange")
"""Pieces in which a meter itself is silent."""
NOT_RESTORED = "not_restored"
"""The rule that tells of a home that stayed away when its feeder's outage was over."""


def judged_silent_meters(truth: Truth, alerts: Iterable[Alert], outages: Outcome) -> Outcome:
    """What alerts of single meters were worth.

    One is right about a silence or an exchange of its meter; about an outage or a lost link that is
    too small to be told of the feeder; and about any that the meter did not come back from, if
    its rule is NOT_RESTORED. A silence is also found by a right outage alert that lists the meter.
    """
    homes = frozenset(truth.fleet.homes["meter_id"].to_list())
    outcome = judge(_claim(alert, truth, homes) for alert in alerts)
    found = dict(outcome.finders)
    listed: dict[str, list[Judged]] = {}
    for each in outages.judged:
        if each.verdict == "right":
            for home in each.alert.homes:
                listed.setdefault(home, []).append(each)
    for piece in truth.pieces("meter_silent"):
        for each in listed.get(piece.subject, ()):
            if piece.meets(each.alert):
                found.setdefault(piece.id, each)
    return Outcome(outcome.judged, found)


def _claim(alert: Alert, truth: Truth, homes: frozenset[str]) -> Claim:
    meter = alert.subject
    if meter not in homes:
        return Claim(alert, wrong=f"{meter} is not the meter of a home's electricity")
    through_feeder = _met(truth.through_feeders.get(meter, ()), alert)
    alone = [
        piece
        for piece in through_feeder
        if piece.not_counted is not None or alert.evidence.rule == NOT_RESTORED
    ]
    of_meter = [piece for piece in truth.of_meters.get(meter, ()) if piece.kind in SILENT]
    pieces = (*_met(of_meter, alert), *alone)
    if any(piece.began_before(alert) for piece in pieces):
        return Claim(alert, tuple(sorted(pieces, key=lambda piece: (piece.start_ms, piece.id))))
    return Claim(alert, wrong=truth.meanwhile((meter,), alert.onset_ms, alert.opened_at_ms))


def _met(pieces: Sequence[Piece], alert: Alert) -> list[Piece]:
    return [piece for piece in pieces if piece.meets(alert)]
