"""A log of readings in memory, that may be away, may refuse, and outlives who writes it."""

import threading
import time
from collections import Counter, deque

from adapters.readings_writer import OnStored, Stored
from contracts.errors import OperationError
from contracts.reading import Reading
from contracts.settings import Settings
from services.api.readings.intake import Intake
from services.api.readings.known import Known


class PlayedLog:
    """What is there, and how it answers."""

    def __init__(self) -> None:
        self.records: list[tuple[str, Reading]] = []
        self.is_away = False
        self.refuses = False
        self.answers_at_most: int | None = None
        """So many records are stored yet, and then it is away."""
        self.beats = 0
        self.begun: list[str] = []
        """Namespaces whose intake was begun."""

    @property
    def ids(self) -> Counter[str]:
        """How often each id is there."""
        return Counter(record_id for record_id, _ in self.records)

    @property
    def readings(self) -> list[tuple[str, int]]:
        """Meter and number of each reading."""
        return sorted((reading.meter_id, reading.seq) for _, reading in self.records)

    def begin(self, settings: Settings) -> Intake:
        """An intake that knows what is there."""
        self.begun.append(settings.namespace)
        known = Known(time.monotonic)
        for record_id, _ in self.records:
            known.recall(record_id)
        return Intake(PlayedWriter(self), known)


class PlayedWriter:
    """One writer; what it had on its way is gone with it."""

    def __init__(self, log: PlayedLog) -> None:
        self._log = log
        self._pending: deque[tuple[Reading, str, OnStored | None]] = deque()
        self._some = threading.Event()

    def write(self, reading: Reading, record_id: str, stored: OnStored | None = None) -> None:
        self._pending.append((reading, record_id, stored))
        self._some.set()

    def pass_time(self, stored: OnStored | None = None, *, everywhere: bool = False) -> None:  # noqa: ARG002
        self._log.beats += 1

    def poll(self, timeout_s: float) -> None:  # noqa: ARG002
        self._some.wait(0.01)
        self._some.clear()
        self._answer()

    def close(self, timeout_s: float) -> int:  # noqa: ARG002
        if not self._log.refuses:
            self._answer()
        unanswered = len(self._pending)
        self._pending.clear()
        return unanswered

    def _answer(self) -> None:
        log = self._log
        if log.refuses:
            raise OperationError("refused for good")
        while self._pending and not log.is_away:
            if log.answers_at_most is not None and len(log.records) >= log.answers_at_most:
                return
            reading, record_id, stored = self._pending.popleft()
            log.records.append((record_id, reading))
            if stored is not None:
                stored(Stored(0, len(log.records) - 1, 0))
