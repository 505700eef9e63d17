"""What Prometheus is told of change capture."""

import prometheus_client as prometheus

ANSWERS = prometheus.Gauge(
    "wattstream_capture_answers", "Whether Kafka Connect answered when it was asked last: 1 or 0."
)
FAILED = prometheus.Gauge(
    "wattstream_capture_failed", "Connectors that have failed, or have a task that has."
)
RESTARTS = prometheus.Counter(
    "wattstream_capture_restarts", "How often a connector was started again that had failed."
)
