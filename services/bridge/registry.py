"""The registry of meters as the bridge follows it: where each is, what it measures, how often."""

import logging
from collections.abc import Iterator

from confluent_kafka import OFFSET_BEGINNING, Message
from msgspec import DecodeError, Struct
from msgspec.json import Decoder

from adapters.kept_records import ends_of, is_record, reader, until
from contracts.reading import Commodity
from contracts.settings import Settings
from contracts.time import MINUTE_MS
from contracts.topics import meters
from services.bridge.mapping import Place

AT_ONCE = 1_000

log = logging.getLogger("bridge")


class _Entry(Struct, frozen=True, gc=False):
    """What is needed here of an entry."""

    geohash: str
    commodity: Commodity
    cadence_ms: int = MINUTE_MS


_decode = Decoder(_Entry).decode


class Registry:
    """The places of meters, by id; `follow` brings them up to date.

    Raises:
        OperationError: there is no such topic, or the broker says nothing for a long time.
        confluent_kafka.KafkaException: the broker does not answer.
    """

    def __init__(self, settings: Settings) -> None:
        self.places: dict[str, Place] = {}
        topic = meters(settings)
        ends = ends_of(settings, topic)
        self._consumer = reader(settings, topic, [OFFSET_BEGINNING] * len(ends))
        for message in until(self._consumer, ends, settings, topic):
            self.take(message.key(), message.value())

    def changes(self) -> Iterator[Message]:
        """Entries that are new since the last time, to be taken.

        Raises:
            confluent_kafka.KafkaException: the broker does not answer.
        """
        for message in self._consumer.consume(AT_ONCE, timeout=0):
            if is_record(message):
                yield message

    def take(self, key: str | bytes | None, entry: str | bytes | None) -> None:
        """Take an entry, or None for its removal; what is none is left alone."""
        meter_id = key.decode(errors="replace") if isinstance(key, bytes) else key or ""
        if entry is None:
            self.places.pop(meter_id, None)
            return
        try:
            said = _decode(entry)
        except (DecodeError, UnicodeDecodeError, RecursionError) as problem:
            log.warning("the registry's entry of meter %s is none: %s", meter_id, problem)
            return
        if said.cadence_ms > 0:
            self.places[meter_id] = Place(said.geohash, said.commodity, said.cadence_ms)

    def close(self) -> None:
        """Let the client go."""
        self._consumer.close()
