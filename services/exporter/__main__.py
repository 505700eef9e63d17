"""`python -m services.exporter`: tells Prometheus of all namespaces until SIGTERM or Ctrl-C."""

import logging

from services.exporter.exporter import export
from services.program import run


def main() -> None:
    """Look at Kafka, Flink, Redis, PostgreSQL and the disk again and again, and tell Prometheus, at
    WATTSTREAM_METRICS_PORT, what none of the other processes knows of all namespaces, until SIGTERM
    or Ctrl-C. The log goes to standard error."""
    # It would tell of each question.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    run("exporter", main.__doc__, export)


if __name__ == "__main__":
    main()
