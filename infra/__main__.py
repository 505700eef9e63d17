"""`python -m infra`: what `make setup` does once Python is there."""

import sys

from rich.console import Console

from infra import artifacts, prerequisites
from infra.errors import StackError
from infra.settings import StackSettings


def main() -> None:
    """Install what the system lacks and lay out the JVM parts."""
    console = Console()
    try:
        prerequisites.ensure(console)
        artifacts.ensure(StackSettings(), console)
    except StackError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
