"""The registry of meters as the bridge follows it: where each is, what it measures, how often."""

from collections.abc import Iterator
from typing import TypeAlias

from msgspec import Struct

from adapters.compacted_topic import CompactedTopic, Entry
from contracts.reading import Commodity
from contracts.settings import Settings
from contracts.time import MINUTE_MS
from contracts.topics import meters
from services.bridge.mapping import Place


class _Meter(Struct, frozen=True, gc=False):
    """What is needed here of an entry."""

    geohash: str
    commodity: Commodity
    cadence_ms: int = MINUTE_MS


Change: TypeAlias = Entry[_Meter]


class Registry:
    """The places of meters, by id. `changes`, when they are taken, bring them up to date.

    Raises:
        OperationError: there is no such topic, or the broker says nothing for a long time.
        confluent_kafka.KafkaException: the broker does not answer.
    """

    def __init__(self, settings: Settings) -> None:
        self.places: dict[str, Place] = {}
        self._topic = CompactedTopic[_Meter](settings, meters(settings), _Meter)
        try:
            for entry in self._topic.whole():
                self.take(entry)
        except BaseException:
            self.close()
            raise

    def changes(self) -> Iterator[Change]:
        """Entries that are new since the last time, to be taken.

        Raises:
            confluent_kafka.KafkaException: the broker does not answer.
        """
        return self._topic.new()

    def take(self, entry: Change) -> None:
        """Take an entry, or that there is none any more; one that cannot be right is left alone."""
        said = entry.value
        if said is None:
            self.places.pop(entry.key, None)
        elif said.cadence_ms > 0:
            self.places[entry.key] = Place(said.geohash, said.commodity, said.cadence_ms)

    def close(self) -> None:
        """Let the client go."""
        self._topic.close()
