"""Readings that no job may read yet: a producer's transaction over them is open."""

from dataclasses import dataclass, field

from adapters.kafka import Offsets
from contracts.settings import Settings
from contracts.topics import readings


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What transactions hold back."""

    topic: str
    by_partition: dict[int, int]
    """Records after the first one of the oldest transaction that is open, by partition."""

    @property
    def advice(self) -> str:
        """What that means, and what to do."""
        records = sum(self.by_partition.values())
        partitions = ", ".join(map(str, self.by_partition))
        return (
            f"{records:,} records of {self.topic} wait for a producer to end its transaction "
            f"(partition {partitions}): until it does, or the broker does after the transaction's "
            "time-out, time stands still for all partitions. Let producers commit within a "
            "second, and bound the time-out with the broker's transaction.max.timeout.ms"
        )


@dataclass
class Transactions:
    """Looks again and again at where a transaction is open: one that is still there at the next
    look is told of, since every transaction is open for a moment."""

    settings: Settings
    offsets: Offsets
    _before: dict[int, int] = field(default_factory=dict)

    @property
    def seen(self) -> bool:
        """Whether the last look has seen one."""
        return bool(self._before)

    def look(self) -> HeldBack | None:
        """What transactions have held back since the look before.

        Raises:
            confluent_kafka.KafkaException: Kafka does not answer.
        """
        topic = readings(self.settings)
        (ends,) = self.offsets.ends([topic])
        # After the ends: what a transaction that ended between held back is not told of.
        (stable,) = self.offsets.stable_ends([topic])
        open_at = {n: at for n, (at, end) in enumerate(zip(stable, ends, strict=True)) if at < end}
        still = {n: at for n, at in open_at.items() if self._before.get(n) == at}
        self._before = open_at
        if not still:
            return None
        return HeldBack(topic.name, {n: ends[n] - at for n, at in still.items()})
