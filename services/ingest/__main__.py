"""`python -m services.ingest`: announces the meters of all namespaces until SIGTERM or Ctrl-C."""

from services.ingest.ingest import ingest
from services.program import run


def main() -> None:
    """Repeat the registry of meters in the log of readings, in every namespace whose broker stamps
    the arrival, until SIGTERM or Ctrl-C. The log goes to standard error."""
    run("ingest", main.__doc__, ingest)


if __name__ == "__main__":
    main()
