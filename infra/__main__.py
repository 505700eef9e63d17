"""`python -m infra`: what `make setup` does once Python is there, the Java part of its test, and
what the supervisor runs."""

import argparse
import logging
import signal
import sys
import threading

from pydantic import ValidationError
from rich.console import Console

from infra import artifacts, prerequisites
from infra.configuration import problems
from infra.errors import StackError
from infra.settings import StackSettings


def main() -> None:
    """Set up the machine, test the reading format, or keep the services of the stack alive."""
    parser = argparse.ArgumentParser(prog="python -m infra", description=main.__doc__)
    tasks = parser.add_subparsers(dest="task")
    tasks.add_parser("setup", help="install what the system lacks, lay out the JVM parts")
    tasks.add_parser("test-source", help="test the reading format")
    tasks.add_parser("supervise", help="restart services that die, until SIGTERM or Ctrl-C")
    restart = tasks.add_parser("restart", help="start a service again if its process has died")
    restart.add_argument("name")
    arguments = parser.parse_args()
    try:
        match arguments.task:
            case "test-source":
                artifacts.test_source()
            case "supervise":
                _supervise()
            case "restart":
                _restart(arguments.name)
            case _:
                _set_up(Console())
    except ValidationError as error:
        sys.exit("\n".join(problems(error)))
    except StackError as error:
        sys.exit(str(error))


def _set_up(console: Console) -> None:
    prerequisites.ensure(console)
    artifacts.ensure(StackSettings(), console)


def _supervise() -> None:
    from infra.supervisor import restart_command, supervise

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)-7s %(message)s")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    supervise(StackSettings(), restart_command, stop)


def _restart(name: str) -> None:
    # The supervisor needs no client of any service, this does.
    from contracts.settings import Settings
    from infra import stack

    stack.restart(Settings(), name)


if __name__ == "__main__":
    main()
