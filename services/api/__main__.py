"""`python -m services.api`: serves the API of all namespaces until SIGTERM or Ctrl-C."""

import argparse
import logging
import os
import sys

from pydantic import ValidationError

from contracts.settings import Settings
from services import logs
from services.api.serve import serve


def main() -> None:
    """Answer requests for what is live, for history and for alerts, of all namespaces, until
    SIGTERM or Ctrl-C. The log goes to standard error."""
    argparse.ArgumentParser(prog="python -m services.api", description=main.__doc__).parse_args()
    # What is computed for one must leave the processor to those who look at what is live.
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    try:
        settings = Settings()
    except ValidationError as error:
        sys.exit(str(error))
    logs.begin(settings.log)
    logging.info("answering at %s, metrics at port %d", settings.api.url, settings.api.metrics_port)
    serve(settings)


if __name__ == "__main__":
    main()
