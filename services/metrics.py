"""How a process does, told to Prometheus at a port of its own: all that it counts with
`prometheus_client`, its memory, its time and its files."""

import logging

from prometheus_client import start_http_server

from contracts.settings import MetricsSettings

log = logging.getLogger(__name__)


def tell(metrics: MetricsSettings) -> None:
    """Tell whoever asks, until the process ends; nobody if there is no port. A port that cannot be
    had keeps nobody from working: the log has it, and Prometheus misses the process."""
    if metrics.port is None:
        return
    try:
        start_http_server(metrics.port, metrics.host)
    except OSError as error:
        log.error(
            "no metrics at %s:%d: %s; free the port or set WATTSTREAM_METRICS_PORT",
            *(metrics.host, metrics.port, error),
        )
