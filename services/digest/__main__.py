"""`python -m services.digest`: digests live state and registry of all namespaces until SIGTERM or
Ctrl-C."""

from services.digest.digest import digest
from services.program import run


def main() -> None:
    """Write to Redis, in every namespace, what consumers ask for and no job writes: areas added up,
    the fleet, the largest meters, the registry, and how far live state has come; until SIGTERM or
    Ctrl-C. The log goes to standard error."""
    run("digest", main.__doc__, digest)


if __name__ == "__main__":
    main()
