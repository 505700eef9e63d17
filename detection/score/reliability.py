"""The indices of IEEE 1366 for the time of a run, by the labels and by the alerts."""

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.alerts import Alert
from contracts.time import MINUTE_MS
from detection.score.pieces import Piece

MOMENTARY_MS = 5 * MINUTE_MS
"""An interruption of up to so long is momentary, a longer one sustained."""


@dataclass(frozen=True, slots=True)
class Reliability:
    """What customers (homes) went through on average. Lost links are no interruptions."""

    saidi_minutes: float
    """System average interruption duration: minutes of sustained ones a home."""
    saifi: float
    """System average interruption frequency: sustained ones a home."""
    maifi: float
    """Momentary average interruption frequency: momentary ones a home."""


def reliability_of_labels(outages: Iterable[Piece], homes: int) -> Reliability:
    """By the truth, home by home; outages of one that overlap or touch are one interruption.

    Args:
        homes: in the fleet, at least 1.
    """
    spans: dict[str, list[tuple[int, int]]] = {}
    for piece in outages:
        for home in piece.homes:
            spans.setdefault(home, []).append((piece.start_ms, piece.end_ms))
    lengths_ms = [length_ms for some in spans.values() for length_ms in _lengths_ms(some)]
    sustained_ms = [length_ms for length_ms in lengths_ms if length_ms > MOMENTARY_MS]
    return Reliability(
        saidi_minutes=sum(sustained_ms) / MINUTE_MS / homes,
        saifi=len(sustained_ms) / homes,
        maifi=(len(lengths_ms) - len(sustained_ms)) / homes,
    )


def reliability_of_alerts(outages: Iterable[Alert], homes: int) -> Reliability:
    """As an operator would add up closed outage alerts, wrong ones too, without lost links.

    Args:
        homes: in the fleet, at least 1.
    """
    closed = [
        alert
        for alert in outages
        if alert.closed_at_ms is not None and alert.cause != "communication"
    ]
    sustained = [alert for alert in closed if not alert.momentary]
    momentary = [alert for alert in closed if alert.momentary]
    return Reliability(
        saidi_minutes=sum(alert.customer_minutes or 0.0 for alert in sustained) / homes,
        saifi=sum(alert.homes_count for alert in sustained) / homes,
        maifi=sum(alert.homes_count for alert in momentary) / homes,
    )


def _lengths_ms(spans: list[tuple[int, int]]) -> list[int]:
    """How long each interruption of a home was."""
    lengths_ms: list[int] = []
    begin_ms = end_ms = None
    for start_ms, until_ms in sorted(spans):
        if begin_ms is None or end_ms is None:
            begin_ms, end_ms = start_ms, until_ms
        elif start_ms <= end_ms:
            end_ms = max(end_ms, until_ms)
        else:
            lengths_ms.append(end_ms - begin_ms)
            begin_ms, end_ms = start_ms, until_ms
    if begin_ms is not None and end_ms is not None:
        lengths_ms.append(end_ms - begin_ms)
    return lengths_ms
