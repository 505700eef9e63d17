"""`python -m services.pacemaker`: paces the readings topics of all namespaces until SIGTERM or
Ctrl-C."""

from services.pacemaker.pacemaker import pace
from services.program import run


def main() -> None:
    """Write heartbeats into partitions that go quiet while others go on, and tell of feeds that are
    quiet or have stopped, in every namespace, until SIGTERM or Ctrl-C. The log goes to standard
    error."""
    run("pacemaker", main.__doc__, pace)


if __name__ == "__main__":
    main()
