"""What Prometheus is told of the bridge."""

from collections import Counter as Counts

import prometheus_client as prometheus

from services.bridge.intake import Intake

MESSAGES = prometheus.Counter(
    "wattstream_bridge_messages",
    "Messages of devices that were received, and readings, by what became of them.",
    ("became",),
)
UNMAPPED = prometheus.Counter(
    "wattstream_bridge_unmapped", "Messages of devices that are no readings.", ("reason",)
)
CONNECTED = prometheus.Gauge(
    "wattstream_bridge_connected",
    "Whether the bridge is connected to its MQTT broker: 1 or 0.",
    ("broker",),
)
for became in ("received", "readings", "unmapped"):
    # What is not there yet has no rate when it comes for the first time.
    MESSAGES.labels(became)


class Told:
    """What was told of an intake, which counts from its beginning; Prometheus goes on from one to
    the next."""

    def __init__(self, broker: str) -> None:
        """
        Args:
            broker: Its address, without a password.
        """
        self._broker = broker
        self._counts: Counts[str] = Counts()
        self._reasons: Counts[str] = Counts()

    def tell(self, intake: Intake, *, is_connected: bool) -> None:
        """Tell what came since the last time."""
        counts, reasons = intake.counts.copy(), intake.unmapped_by_reason.copy()
        for name, number in (counts - self._counts).items():
            MESSAGES.labels(name).inc(number)
        for reason, number in (reasons - self._reasons).items():
            UNMAPPED.labels(reason).inc(number)
        CONNECTED.labels(self._broker).set(is_connected)
        self._counts, self._reasons = counts, reasons
