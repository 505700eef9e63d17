"""A message as those are told of it who ask what became of it."""

from contracts.deliveries import MOST_ALERT_IDS, MOST_GISTS, Delivery, Gist, State
from services.notifier.messages import Message, Part


def delivery(
    message: Message,
    state: State,
    since_ms: int,
    problem: str = "",
    again_ms: int | None = None,
) -> Delivery:
    """A message, and what became of it."""
    parts = message.parts[:MOST_GISTS]
    most = MOST_ALERT_IDS // max(len(parts), 1)
    return Delivery(
        id=message.id,
        channel=message.channel,
        settled_ms=message.at_ms,
        state=state,
        since_ms=since_ms,
        groups=len(message.parts),
        gists=tuple(_gist(each, most) for each in parts),
        problem=problem,
        again_ms=again_ms,
        customer=message.customer,
    )


def _gist(part: Part, most: int) -> Gist:
    named = (*(each.id for each in part.examples), *part.opened, *part.ended)
    return Gist(
        kind=part.kind,
        why=part.why,
        rule=part.rule,
        severity=part.severity,
        subject=part.examples[0].subject,
        alerts=part.alerts,
        alerts_open=part.alerts_open,
        homes_out=part.homes_out,
        alert_ids=tuple(dict.fromkeys(named))[:most],
    )
