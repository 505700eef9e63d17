"""What Prometheus is told of the feeds, which the pacemaker looks at each second."""

from collections.abc import Mapping

import prometheus_client as prometheus

QUIET_S = prometheus.Gauge(
    "wattstream_feed_quiet_seconds",
    "For how long nobody has written a partition of the readings, as far as the pacemaker saw; its "
    "own heartbeats and the repeated registry do not count.",
    ("namespace", "partition"),
)
HEARTBEATS = prometheus.Counter(
    "wattstream_heartbeats",
    "Heartbeats that the pacemaker began to write for writers that are gone.",
    ("namespace",),
)


def tell(namespace: str, silent_s: Mapping[int, float]) -> None:
    """Tell for how long partitions are quiet."""
    HEARTBEATS.labels(namespace)
    for partition, seconds in silent_s.items():
        QUIET_S.labels(namespace, str(partition)).set(seconds)


def forget(namespace: str) -> None:
    """Tell no more of a namespace that is gone."""
    for metric in (QUIET_S, HEARTBEATS):
        metric.remove_by_labels({"namespace": namespace})
