"""`python -m services.notifier`: tells people of alerts until SIGTERM or Ctrl-C."""

import logging
import sys

from contracts.errors import WattStreamError
from services.notifier.notifier import notify
from services.program import run


def main() -> None:
    """Tell people of the alerts of the namespace, as notify.toml says, until SIGTERM or Ctrl-C. The
    log goes to standard error."""
    # It tells the address of each request, which may be a secret.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # So may what it says of a failure; that there was one is told without it.
    logging.getLogger("apprise").setLevel(logging.CRITICAL)
    try:
        run("notifier", main.__doc__, notify)
    except WattStreamError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
