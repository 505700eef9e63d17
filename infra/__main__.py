"""`python -m infra`: what `make setup` does once Python is there, and the Java part of its test."""

import argparse
import sys

from pydantic import ValidationError
from rich.console import Console

from infra import artifacts, prerequisites
from infra.configuration import problems
from infra.errors import StackError
from infra.settings import StackSettings


def main() -> None:
    """Install what the system lacks and lay out the JVM parts; or test the reading format."""
    parser = argparse.ArgumentParser(prog="python -m infra", description=main.__doc__)
    parser.add_argument("task", nargs="?", choices=("setup", "test-source"), default="setup")
    task = parser.parse_args().task
    console = Console()
    try:
        if task == "test-source":
            artifacts.test_source()
        else:
            prerequisites.ensure(console)
            artifacts.ensure(StackSettings(), console)
    except ValidationError as error:
        sys.exit("\n".join(problems(error)))
    except StackError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
