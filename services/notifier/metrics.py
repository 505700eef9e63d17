"""What Prometheus is told of the notifier; the rest is in Redis (`contracts.deliveries`)."""

import prometheus_client as prometheus

from services.notifier.channels.sending import Sent

TRIES = prometheus.Counter(
    "wattstream_notifier_tries",
    "Messages that were tried, by channel and result: arrived, failed (tried again) or refused.",
    ("channel", "result"),
)


def tell(channel: str, sent: Sent) -> None:
    """Tell of a try."""
    result = "arrived" if not sent.problem else "refused" if sent.is_refused else "failed"
    TRIES.labels(channel, result).inc()


def begin(channel: str) -> None:
    """Tell of a channel by which nothing has been tried yet: what comes first has a rate, too."""
    for result in ("arrived", "failed", "refused"):
        TRIES.labels(channel, result)
