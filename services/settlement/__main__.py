"""`python -m services.settlement`: keeps what running months have cost so far, until SIGTERM or
Ctrl-C."""

import os

from services.program import run
from services.settlement.so_far import keep

NICENESS = 10
"""What is live goes first."""


def main() -> None:
    """Write to Redis, again and again, what the running month of each site of the namespace
    (WATTSTREAM_NAMESPACE) has cost so far, by what is archived; until SIGTERM or Ctrl-C. The log
    goes to standard error."""
    os.nice(NICENESS)
    run("settlement", main.__doc__, keep)


if __name__ == "__main__":
    main()
