"""`python -m services.ingest`: announces the meters of all namespaces until SIGTERM or Ctrl-C."""

import argparse
import logging
import signal
import sys
import threading

from pydantic import ValidationError

from contracts.settings import Settings
from services.ingest.ingest import ingest


def main() -> None:
    """Repeat the registry of meters in the log of readings, in every namespace whose broker stamps
    the arrival, until SIGTERM or Ctrl-C. The log goes to standard error."""
    argparse.ArgumentParser(prog="python -m services.ingest", description=main.__doc__).parse_args()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    try:
        settings = Settings()
    except ValidationError as error:
        sys.exit(str(error))
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    ingest(settings, stop)


if __name__ == "__main__":
    main()
