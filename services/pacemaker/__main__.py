"""`python -m services.pacemaker`: paces the readings topics of all namespaces until SIGTERM or
Ctrl-C."""

import argparse
import logging
import signal
import sys
import threading

from pydantic import ValidationError

from contracts.settings import Settings
from services.pacemaker.pacemaker import pace


def main() -> None:
    """Write heartbeats into partitions that go quiet while others go on, and tell of feeds that are
    quiet or have stopped, in every namespace, until SIGTERM or Ctrl-C. The log goes to standard
    error."""
    argparse.ArgumentParser(
        prog="python -m services.pacemaker", description=main.__doc__
    ).parse_args()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    try:
        settings = Settings()
    except ValidationError as error:
        sys.exit(str(error))
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    pace(settings, stop)


if __name__ == "__main__":
    main()
