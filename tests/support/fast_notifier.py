"""`python -m tests.support.fast_notifier BEGIN_MS TIMES`: the notifier, by a clock that goes faster
than the wall's since a time, so many times, whatever process looks at it."""

import sys
import threading

from contracts.settings import Settings
from services.notifier.notifier import notify, wall_ms
from services.program import run


def main() -> None:
    """Tell people faster than they live."""
    begin_ms, times = map(int, sys.argv[1:])
    del sys.argv[1:]

    def now_ms() -> int:
        return begin_ms + (wall_ms() - begin_ms) * times

    def work(settings: Settings, stop: threading.Event) -> None:
        notify(settings, stop, now_ms)

    run("notifier", main.__doc__, work)


if __name__ == "__main__":
    main()
