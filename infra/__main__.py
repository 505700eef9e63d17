"""`python -m infra`: what `make setup` does once Python is there, the Java part of `make check`,
`make format` and `make test`, and what the supervisor runs."""

import argparse
import logging
import multiprocessing
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.process import BaseProcess

from pydantic import ValidationError
from rich.console import Console

from adapters.terminal import terminal
from contracts.settings import Settings
from infra import artifacts, prerequisites, vendored
from infra.configuration import problems
from infra.errors import StackError
from infra.local.mosquitto import certificates
from infra.local.mosquitto.service import tls_dir
from infra.settings import StackSettings


def main() -> None:
    """Set up the machine, check or test what jobs have in Java, or keep the services of the stack
    alive."""
    parser = argparse.ArgumentParser(prog="python -m infra", description=main.__doc__)
    tasks = parser.add_subparsers(dest="task")
    tasks.add_parser("setup", help="install what the system lacks, lay out the JVM parts")
    tasks.add_parser("parts", help="lay out the JVM parts alone, for an image")
    tasks.add_parser("java", help="install the Java that runs them, without its compiler")
    tasks.add_parser("check-java", help="lint and formatting of what jobs have in Java")
    tasks.add_parser("format-java", help="format what jobs have in Java")
    tasks.add_parser("test-java", help="test what jobs have in Java")
    device = tasks.add_parser("device", help="make a certificate for an MQTT device")
    device.add_argument("name", help="its name in the topic, and so what it may write")
    revoke = tasks.add_parser("revoke", help="revoke what was made for an MQTT device")
    revoke.add_argument("name", help="its name in the topic")
    tasks.add_parser("vendor", help="fetch what others wrote for the page again, from npm")
    tasks.add_parser("supervise", help="restart services that die, until SIGTERM or Ctrl-C")
    try:
        arguments = parser.parse_args()
        match arguments.task:
            case "parts":
                prerequisites.ensure(terminal(), prerequisites.BUILD)
                artifacts.ensure(StackSettings(), terminal())
            case "java":
                prerequisites.ensure(terminal(), prerequisites.JAVA_RUNTIME)
            case "check-java":
                prerequisites.ensure(terminal(), prerequisites.BUILD)
                artifacts.check()
            case "format-java":
                prerequisites.ensure(terminal(), prerequisites.BUILD)
                artifacts.reformat()
            case "test-java":
                artifacts.test()
            case "device":
                _let_in(terminal(), arguments.name)
            case "revoke":
                _shut_out(terminal(), arguments.name)
            case "vendor":
                vendored.fetch()
            case "supervise":
                _supervise()
            case _:
                _set_up(terminal())
    except ValidationError as error:
        sys.exit("\n".join(problems(error)))
    except StackError as error:
        sys.exit(str(error))


def _set_up(console: Console) -> None:
    prerequisites.ensure(console, tuple(prerequisites.DEBIAN_PACKAGES))
    artifacts.ensure(StackSettings(), console)


def _let_in(console: Console, name: str) -> None:
    folder = tls_dir(Settings())
    certificates.issue_for_device(folder, name)
    for path in (certificates.certificate(folder, name), certificates.key(folder, name)):
        console.print(str(path), soft_wrap=True)


def _shut_out(console: Console, name: str) -> None:
    # Clients of all services take seconds to load.
    from infra.local import stack

    settings = Settings()
    number = certificates.revoke(tls_dir(settings), name)
    console.print(f"{number} revoked")
    broker = StackSettings().mqtt_broker
    if stack.runs(broker):
        # It reads the list as it starts, and a device that is connected would stay so.
        stack.stop_service(settings, broker)
        stack.start_service(settings, broker, console)


def _supervise() -> None:
    # The clients of all services take seconds to load, and no other task needs them.
    from infra.local.stack import restart
    from infra.local.supervisor import supervise

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)-7s %(message)s")
    # A fork has loaded them already.
    fork = multiprocessing.get_context("fork")

    def begin(name: str) -> BaseProcess:
        process = fork.Process(target=_restart, args=(restart, name), daemon=True)
        process.start()
        return process

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    supervise(StackSettings(), begin, stop)


def _restart(restart: Callable[[Settings, str], None], name: str) -> None:
    # One that waits for its turn ends with the supervisor.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        restart(Settings(), name)
    except StackError as error:
        logging.error("%s is not started: %s", name, error)


if __name__ == "__main__":
    main()
