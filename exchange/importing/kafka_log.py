"""The log of readings in Kafka, as the importer wants it."""

import time
from collections.abc import Iterable, Iterator, Sequence

import orjson

from adapters.kept_records import ends_of
from adapters.readings_writer import ReadingsWriter, Stored
from contracts.meters import Meter
from contracts.reading import Reading
from contracts.settings import Settings
from contracts.topics import meters, readings

STEP = 1_000
"""After so many readings answers are heard, and the rate is looked at."""
ANSWER_S = 1.0


class KafkaLog:
    """Sends readings, and waits until each is stored.

    Args:
        sole_writer: Whether nobody else writes readings there.
        rate: Readings a second at most: those that come late cost the jobs more than others.

    Raises:
        OperationError: there is no such topic, or its arrivals are stamped by several producers.
        confluent_kafka.KafkaException: no broker answers.
    """

    def __init__(
        self, settings: Settings, *, sole_writer: bool = False, rate: float | None = None
    ) -> None:
        self._settings, self._rate = settings, rate
        self._writer = ReadingsWriter(settings, sole_writer=sole_writer)
        self._ends = ends_of(settings, readings(settings))

    def ends(self) -> Sequence[int]:
        """Where each partition ended after the last record of this one, or later."""
        return tuple(self._ends)

    def send(self, said: Iterable[tuple[str, Reading]]) -> None:
        """Send readings, each with its id; when it returns, all of them are stored.

        Raises:
            OperationError: Kafka refused one for good.
        """
        begin_s, number = time.monotonic(), 0
        for number, (record_id, reading) in enumerate(said, start=1):
            self._writer.write(reading, record_id, self._stored)
            if number % STEP == 0:
                self._writer.poll(self._ahead_s(number, begin_s))
                self._writer.pass_time()
        while self._writer.flush(ANSWER_S):
            self._writer.pass_time()
        if (left_s := self._ahead_s(number, begin_s)) > 0:
            time.sleep(left_s)

    def ids_since(self, ends: Sequence[int], begin: str) -> Iterator[str]:
        """Ids that begin so of the readings that are there, from where partitions ended.

        Raises:
            OperationError: Kafka takes no heartbeat, or says nothing for a long time.
        """
        for record in self._writer.records_of_before(begin, ends):
            yield record.record_id

    def announce(self, meter_id: str, entry: Meter) -> None:
        """Put a meter into the registry."""
        self._writer.put(meters(self._settings), meter_id, orjson.dumps(entry), {})

    def _stored(self, stored: Stored) -> None:
        if stored.offset >= self._ends[stored.partition]:
            self._ends[stored.partition] = stored.offset + 1

    def _ahead_s(self, number: int, begin_s: float) -> float:
        """How long to wait so that no more are sent in a second than shall be."""
        if self._rate is None:
            return 0.0
        return max(0.0, number / self._rate - (time.monotonic() - begin_s))
