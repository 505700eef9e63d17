"""`python -m services.capture`: keeps change capture going until SIGTERM or Ctrl-C."""

import argparse
import logging
import signal
import sys
import threading

from pydantic import ValidationError

from contracts.settings import Settings
from services.capture.again import keep_going


def main() -> None:
    """Start what has failed of the connectors of all namespaces again, each time later, until
    SIGTERM or Ctrl-C. The log goes to standard error."""
    argparse.ArgumentParser(
        prog="python -m services.capture", description=main.__doc__
    ).parse_args()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    # It would tell of each look.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        settings = Settings()
    except ValidationError as error:
        sys.exit(str(error))
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    keep_going(settings, stop)


if __name__ == "__main__":
    main()
