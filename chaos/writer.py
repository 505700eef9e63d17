"""The writer of the last partition, which does what the load's own writers never do."""

import threading
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack

from confluent_kafka import KafkaException

from contracts.reading import Commodity, Reading, encode
from contracts.settings import Settings
from contracts.time import SECOND_MS
from contracts.topics import readings
from simulators.errors import SendError, TopicError
from simulators.sending.partitions import admin_client, meters_in, newest_arrivals
from simulators.sending.recorder import Record
from simulators.sending.sender import Sender

POLL_S = 0.5
DELAY_MS = 150
"""From a reading to its arrival."""
KEPT_S = 120
SILENT_METERS = 10
LONGEST_STEP_S = 10
"""Log time that is written at once; a writer that was quiet does not make up for it."""
GEOHASH = "gcpvj0e5k0"
COMMODITY: Commodity = "electricity"
POISON = b'{"meter_id": "chaos-0", "ts": '


class Writer:
    """A few meters that read once a second of log time, in a thread of their own.

    Time is that of the load: the newest arrival in the other partitions. Use it as a context
    manager; what it sent is recorded.
    """

    def __init__(self, settings: Settings, meters: int) -> None:
        self._settings = settings
        self.partition = settings.readings_partitions - 1
        self._topic = readings(settings).name
        self.silent_meters = meters_in(self.partition, settings, "silent", SILENT_METERS)
        """Meters that read once, at the beginning."""
        self._meters = meters_in(self.partition, settings, "chaos", meters)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._error: Exception | None = None
        self._sending = ExitStack()
        self._sender: Sender | None = None
        self._senders = 0
        self._written_ms = 0
        """Second up to which all meters have read."""
        self._poison_every = 0
        self._count = 0
        self._sent: deque[tuple[int, list[Record]]] = deque(maxlen=KEPT_S)
        self._thread = threading.Thread(target=self._follow, name="chaos-writer", daemon=True)

    def __enter__(self) -> "Writer":
        self._open()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        with self._lock:
            self._close()

    def raise_error(self) -> None:
        """Raise what ended the thread, if anything did."""
        if self._error is not None:
            raise self._error

    def log_time_ms(self) -> int:
        """Newest arrival that all other partitions have reached; 0 while one is empty."""
        others = range(self.partition)
        # Anew each time: one that lives through faults of Kafka may be left without brokers.
        newest = newest_arrivals(admin_client(self._settings), self._topic, others)
        return min(newest.values()) if len(newest) == len(others) else 0

    def repeat_last(self, span_ms: int) -> int:
        """Deliver once more what was sent in the last `span_ms` of log time; how many."""
        with self._lock:
            again = [
                record._replace(arrival_ms=self._arrival_ms())
                for second_ms, records in self._sent
                if second_ms >= self._written_ms - span_ms
                for record in records
            ]
            self._send(again)
        return len(again)

    def be_quiet(self) -> None:
        """Send nothing more, heartbeats neither: the writer is gone."""
        with self._lock:
            self._close()

    def come_back(self) -> None:
        """Go on with what is new."""
        with self._lock:
            self._open()

    def write_at(self, ts_ms: int) -> None:
        """A reading of each meter with this event time, arriving now."""
        with self._lock:
            self._send([self._record(meter, ts_ms, self._arrival_ms()) for meter in self._meters])

    def poison(self, every: int) -> None:
        """From now on every so-manieth message cannot be read."""
        with self._lock:
            self._poison_every = every

    def _follow(self) -> None:
        while not self._stop.wait(POLL_S):
            try:
                log_time_ms = self.log_time_ms()
                with self._lock:
                    self._write_until(log_time_ms)
            except (TopicError, KafkaException):
                # The broker may be what is harmed.
                continue
            except SendError as error:
                self._error = error
                return

    def _write_until(self, log_time_ms: int) -> None:
        last_ms = log_time_ms // SECOND_MS * SECOND_MS
        if self._sender is None or last_ms <= self._written_ms:
            return
        first_ms = max(self._written_ms + SECOND_MS, last_ms - LONGEST_STEP_S * SECOND_MS)
        for second_ms in range(first_ms, last_ms + 1, SECOND_MS):
            reading = self._meters if self._sent else [*self._meters, *self.silent_meters]
            records = [self._record(meter, second_ms, second_ms + DELAY_MS) for meter in reading]
            self._send(records)
            self._sent.append((second_ms, records))
            self._written_ms = second_ms

    def _arrival_ms(self) -> int:
        return self._written_ms + DELAY_MS

    def _record(self, meter: str, ts_ms: int, arrival_ms: int) -> Record:
        self._count += 1
        value = encode(
            Reading(
                meter_id=meter,
                geohash=GEOHASH,
                commodity=COMMODITY,
                ts=ts_ms,
                seq=ts_ms // SECOND_MS,
                register=round(ts_ms / 3_600, 3),
                demand=1_000.0 + self._count % 100,
            )
        )
        if self._poison_every and self._count % self._poison_every == 0:
            value = POISON
        return Record(self.partition, arrival_ms, meter.encode(), value)

    def _send(self, records: Sequence[Record]) -> None:
        if self._sender is None:
            raise SendError("the writer is quiet: let it come back first")
        self._sender.send(records)

    def _open(self) -> None:
        sender = Sender(self._settings, f"chaos-writer-{self._senders}", 0, (self.partition,))
        self._sender = self._sending.enter_context(sender)
        self._senders += 1

    def _close(self) -> None:
        self._sender = None
        self._sending.close()
