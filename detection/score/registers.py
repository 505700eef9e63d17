"""Alerts of a meter's hours, `stuck_register`, `register_back`, `use_while_off` and `unusual_use`:
what they are right about. They come up to an hour after what they are of."""

from collections.abc import Iterable

from contracts.alerts import Alert, Kind
from contracts.time import HOUR_MS
from detection.score.pieces import Piece, PieceKind, Truth
from detection.score.verdicts import Claim, Outcome, judge

RIGHT: dict[Kind, tuple[PieceKind, ...]] = {
    "stuck_register": ("theft_tamper",),
    "register_back": ("register_reset", "meter_exchange"),
    "use_while_off": (),
    "unusual_use": ("unusual_use",),
}
"""Pieces that an alert of a kind is right about. Nothing in a run makes `use_while_off` right."""
MUST_FIND: dict[Kind, PieceKind | None] = {
    "stuck_register": "theft_tamper",
    "register_back": "register_reset",
    "use_while_off": None,
    "unusual_use": "unusual_use",
}
"""Those that one has to find."""
HIDING: tuple[PieceKind, ...] = ("outage", "link_loss", "meter_silent", "meter_exchange")
"""Pieces in which a meter is not heard."""
MILD = ("notice", "warning")
"""Of an exchange no severer alert is right."""


def judged_registers(truth: Truth, alerts: Iterable[Alert], kind: Kind) -> Outcome:
    """What alerts of one of these kinds were worth."""
    homes = frozenset(truth.fleet.homes["meter_id"].to_list())
    return judge(_claim(alert, truth, homes, kind) for alert in alerts)


def _claim(alert: Alert, truth: Truth, homes: frozenset[str], kind: Kind) -> Claim:
    meter = alert.subject
    if meter not in homes:
        return Claim(alert, wrong=f"{meter} is not the meter of a home's electricity")
    pieces = tuple(
        piece
        for piece in truth.of_meters.get(meter, ())
        if piece.kind in RIGHT[kind] and piece.meets(alert, HOUR_MS + _hidden_ms(piece, truth))
    )
    if not any(piece.began_before(alert) for piece in pieces):
        return Claim(alert, wrong=truth.meanwhile((meter,), alert.onset_ms, alert.opened_at_ms))
    exchanges = [piece for piece in pieces if piece.kind == "meter_exchange"]
    if len(exchanges) == len(pieces) and alert.severity not in MILD:
        return Claim(alert, pieces, wrong=f"{exchanges[0].id}, told as {alert.severity}")
    return Claim(alert, pieces)


def _hidden_ms(piece: Piece, truth: Truth) -> int:
    """For how long after its end nothing is heard of the meter for another reason: the next reading
    shows it."""
    meter, shown_ms = piece.subject, piece.end_ms
    silent = (*truth.through_feeders.get(meter, ()), *truth.of_meters.get(meter, ()))
    for other in sorted(silent, key=lambda each: each.start_ms):
        if other.kind in HIDING and other.start_ms <= shown_ms + piece.cadence_ms:
            shown_ms = max(shown_ms, other.end_ms)
    return shown_ms - piece.end_ms
