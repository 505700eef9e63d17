"""`python -m services.capture`: keeps change capture going until SIGTERM or Ctrl-C."""

import logging

from services.capture.again import keep_going
from services.program import run


def main() -> None:
    """Start what has failed of the connectors of all namespaces again, each time later, until
    SIGTERM or Ctrl-C. The log goes to standard error."""
    # It would tell of each look.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    run("capture", main.__doc__, keep_going)


if __name__ == "__main__":
    main()
