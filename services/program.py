"""A process of `services/` that listens to nobody: it works until it is told to stop."""

import argparse
import signal
import sys
import threading
from collections.abc import Callable

from pydantic import ValidationError

from contracts.settings import Settings
from services import logs
from services.metrics import tell


def run(
    name: str, purpose: str | None, work: Callable[[Settings, threading.Event], object]
) -> None:
    """Be `python -m services.<name>`: work, by the settings of the environment, until SIGTERM or
    Ctrl-C. The log goes to standard error, and whoever asks at its metrics port is told how it
    does.

    Args:
        purpose: What `--help` says.
        work: Returns soon after the event is set.
    """
    argparse.ArgumentParser(prog=f"python -m services.{name}", description=purpose).parse_args()
    try:
        settings = Settings()
    except ValidationError as error:
        sys.exit(str(error))
    logs.begin(settings.log)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    tell(settings.metrics)
    work(settings, stop)
