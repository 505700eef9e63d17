"""Which connectors are started again when."""

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from adapters.kafka_connect import ConnectError, ConnectRest
from contracts.settings import Settings
from services.capture import metrics

LOOK_S = 2.0
LONGEST_S = 8.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Restarts:
    """How often connectors were started again in a row: at once, then after twice as long each
    time."""

    _due_s: dict[str, float] = field(default_factory=dict)
    _delay_s: dict[str, float] = field(default_factory=dict)

    def due(self, failed: Iterable[str], now_s: float) -> list[str]:
        """Those to be started again now.

        Args:
            failed: All that have failed; of any other it is forgotten that it had.
            now_s: By a clock that never goes back.
        """
        names = set(failed)
        for gone in self._due_s.keys() - names:
            del self._due_s[gone], self._delay_s[gone]
        due = sorted(name for name in names if now_s >= self._due_s.get(name, now_s))
        for name in due:
            delay_s = self._delay_s.get(name, LOOK_S)
            self._due_s[name] = now_s + delay_s
            self._delay_s[name] = min(2 * delay_s, LONGEST_S)
        return due


def keep_going(settings: Settings, stop: threading.Event) -> None:
    """Look at all connectors until `stop`."""
    restarts = Restarts()
    away = False
    with ConnectRest(settings, patience_s=0) as rest:
        while not stop.is_set():
            try:
                failed = rest.failed()
                metrics.ANSWERS.set(1)
                metrics.FAILED.set(len(failed))
                for name in restarts.due(failed, time.monotonic()):
                    log.warning("%s is started again; it had failed: %s", name, failed[name])
                    rest.restart(name)
                    metrics.RESTARTS.inc()
                away = False
            except ConnectError as error:
                # It is started again by somebody else, or shares out its work.
                metrics.ANSWERS.set(0)
                if not away:
                    log.warning("%s", error)
                away = True
            stop.wait(LOOK_S)
