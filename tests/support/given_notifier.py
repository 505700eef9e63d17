"""`python -m tests.support.given_notifier FILE`: the notifier, by the clock that a test gives it:
the time is what the file says. A broker that is away is given up within seconds."""

import sys
import threading
from pathlib import Path

from adapters import notifications_topic
from contracts.settings import Settings
from services.notifier.notifier import notify
from services.program import run

ANSWER_TIMEOUT_S = 3.0


def put_clock(file: Path, now_ms: int) -> None:
    """Let it be that time, whoever reads the file meanwhile."""
    written = file.with_suffix(".new")
    written.write_text(f"{now_ms}")
    written.replace(file)


def main() -> None:
    """Tell people by the time that is given."""
    file = Path(sys.argv.pop())
    notifications_topic.ANSWER_TIMEOUT_S = ANSWER_TIMEOUT_S

    def now_ms() -> int:
        return int(file.read_text())

    def work(settings: Settings, stop: threading.Event) -> None:
        notify(settings, stop, now_ms)

    run("notifier", main.__doc__, work)


if __name__ == "__main__":
    main()
