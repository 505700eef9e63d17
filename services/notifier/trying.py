"""A message that tells of nothing, to try a channel."""

from contracts.time import MINUTE_MS
from services.notifier.channels.alertmanager import Posted, utc
from services.notifier.composing import message
from services.notifier.messages import Message
from services.notifier.wording import Words


def trial(channel: str, page: str, at_ms: int) -> tuple[Message, Words]:
    """A message to a channel, and its words."""
    words = Words(
        "WattStream: a test",
        f"This is a test of the channel {channel}. Nothing is the matter.\n{page}",
        "This is a test. Nothing is the matter.",
        page,
    )
    return message(channel, f"test {at_ms}", (), at_ms, is_digest=False), words


def trial_alert(page: str, at_ms: int) -> Posted:
    """An alert for Alertmanager that ends by itself after a minute."""
    return {
        "labels": {"alertname": "test", "severity": "notice"},
        "annotations": {"summary": "This is a test. Nothing is the matter."},
        "startsAt": utc(at_ms),
        "endsAt": utc(at_ms + MINUTE_MS),
        "generatorURL": page,
    }
