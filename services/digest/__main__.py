"""`python -m services.digest`: digests live state and registry of all namespaces until SIGTERM or
Ctrl-C."""

import argparse
import logging
import signal
import sys
import threading

from pydantic import ValidationError

from contracts.settings import Settings
from services.digest.digest import digest


def main() -> None:
    """Write to Redis, in every namespace, what consumers ask for and no job writes: areas added up,
    the fleet, the largest meters, the registry, and how far live state has come; until SIGTERM or
    Ctrl-C. The log goes to standard error."""
    argparse.ArgumentParser(prog="python -m services.digest", description=main.__doc__).parse_args()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    try:
        settings = Settings()
    except ValidationError as error:
        sys.exit(str(error))
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    digest(settings, stop)


if __name__ == "__main__":
    main()
