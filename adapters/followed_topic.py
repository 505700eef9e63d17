"""Topics as they are followed: record by record, from where somebody was on."""

from collections.abc import Iterator, Sequence

from confluent_kafka import KafkaError, KafkaException, Message

from adapters.kafka_clients import let_go
from adapters.kept_records import ends_of, reader
from contracts.settings import Settings
from contracts.topics import Topic

AT_ONCE = 500


class FollowedTopic:
    """A topic that is followed. Close it."""

    def __init__(self, settings: Settings, topic: Topic, before: Sequence[int] = ()) -> None:
        """Go on where somebody was.

        Args:
            before: Offsets of the next record, by partition; without them it begins anew.

        Raises:
            OperationError: there is no such topic.
            confluent_kafka.KafkaException: the broker does not answer.
        """
        self.name = topic.name
        self._ends = ends_of(settings, topic)
        # Beyond its end it is another topic of the same name.
        self._offsets = [
            before[n] if n < len(before) and before[n] <= end else 0
            for n, end in enumerate(self._ends)
        ]
        self._consumer = reader(settings, topic, self._offsets)

    @property
    def offsets(self) -> tuple[int, ...]:
        """Of the next record, by partition."""
        return tuple(self._offsets)

    @property
    def is_read_whole(self) -> bool:
        """Whether all is read that was there in the beginning."""
        return self.left == 0

    @property
    def left(self) -> int:
        """Partitions of which not all is read that was there in the beginning."""
        return sum(at < end for at, end in zip(self._offsets, self._ends, strict=True))

    def records(self, timeout_s: float) -> Iterator[Message]:
        """What is new, AT_ONCE at most, waited for so long.

        Raises:
            confluent_kafka.KafkaException: the broker refuses.
            BrokersLostError: begin anew.
        """
        for message in self._consumer.consume(AT_ONCE, timeout_s):
            partition, offset = message.partition(), message.offset()
            problem = message.error()
            if problem is not None and problem.code() != KafkaError._PARTITION_EOF:
                raise KafkaException(problem)
            assert partition is not None and offset is not None
            if problem is not None:
                # The last records may be none that a consumer is given.
                self._offsets[partition] = max(self._offsets[partition], offset)
                continue
            self._offsets[partition] = offset + 1
            yield message

    def close(self) -> None:
        """Let the client go."""
        let_go(self._consumer)
