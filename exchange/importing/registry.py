"""Where the meters of a file are: by the registry, or as the importer was told."""

import socket
from collections.abc import Callable, Mapping
from contextlib import closing

from confluent_kafka import KafkaException
from msgspec import Struct

from adapters.compacted_topic import CompactedTopic
from contracts.errors import OperationError
from contracts.meters import EXPORT_SUFFIX, Kind, Meter
from contracts.reading import Commodity
from contracts.settings import Settings
from contracts.time import DAY_MS
from contracts.topics import meters
from exchange.importing.importer import Place, kind_of
from exchange.values import Block

Announce = Callable[[str, Meter], None]
ANSWER_S = 1.0
"""So long a broker has to take a connection that is there for a check alone."""


class _Known(Struct, frozen=True, gc=False):
    """What is needed here of an entry."""

    geohash: str
    commodity: Commodity
    cadence_ms: int | None = None
    kind: Kind | None = None


def registered(settings: Settings) -> dict[str, Place]:
    """Each meter of the registry with its place; what is no entry is passed over.

    Raises:
        OperationError: there is no such topic, or the broker says nothing for a long time.
        confluent_kafka.KafkaException: the broker does not answer.
    """
    places: dict[str, Place] = {}
    with closing(CompactedTopic[_Known](settings, meters(settings), _Known)) as topic:
        for meter_id, said, _ in topic.whole():
            if said is None:
                places.pop(meter_id, None)
            else:
                cadence_ms = said.cadence_ms if (said.cadence_ms or 0) > 0 else None
                # An entry that does not say it means the register.
                kind = said.kind or "register"
                places[meter_id] = Place(said.geohash, said.commodity, cadence_ms, kind)
    return places


def registered_if_there(settings: Settings) -> dict[str, Place] | None:
    """As `registered`; None where no broker answers at once, or it has no registry."""
    if not any(map(_answers, settings.kafka_bootstrap.split(","))):
        return None
    try:
        return registered(settings)
    except (OperationError, KafkaException):
        return None


def _answers(broker: str) -> bool:
    host, _, port = broker.strip().rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), ANSWER_S).close()
    except (OSError, ValueError):
        return False
    return True


class Registry:
    """Knows places of meters; the first block of one that it does not know puts that one there, if
    it is told where.

    Args:
        geohash: Where meters are that the registry does not have; None if nobody says.
        announce: Puts a meter into the registry.
    """

    def __init__(self, known: Mapping[str, Place], geohash: str | None, announce: Announce) -> None:
        self._places, self._geohash, self._announce = dict(known), geohash, announce

    def place_of(self, block: Block) -> Place | None:
        """Where the meter of a block is; None if nobody knows."""
        place = self._places.get(block.meter_id)
        if place is None and self._geohash is not None:
            cadence_ms = block.interval_ms or DAY_MS
            place = Place(self._geohash, block.commodity, cadence_ms, kind_of(block))
            self._places[block.meter_id] = place
            self._announce(block.meter_id, entry_of(block, place))
        return place


def entry_of(block: Block, place: Place) -> Meter:
    """What the registry is told of a meter of which only a file is known."""
    return {
        "geohash": place.geohash,
        "commodity": place.commodity,
        "cadence_ms": block.interval_ms or place.cadence_ms or DAY_MS,
        "kind": kind_of(block),
        "solar_w": 0,
        "export": block.meter_id.endswith(EXPORT_SUFFIX),
    }
