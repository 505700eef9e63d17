"""What the notifier knows of customers: how they want to be told, and whose meters are whose. Both
have a compacted topic, which is read whole as a notifier begins, and then followed."""

from collections.abc import Iterator

from adapters.compacted_topic import CompactedTopic
from contracts.choices import Choice
from contracts.meters import Meter
from contracts.settings import Settings
from contracts.topics import choices, meters
from services.notifier.residents import Residents
from services.notifier.step import Heard, Unchosen


class ChoicesTopic:
    """How customers want to be told. Close it."""

    def __init__(self, settings: Settings) -> None:
        """Begin to read it.

        Raises:
            OperationError: there is no such topic.
            confluent_kafka.KafkaException: the broker does not answer.
        """
        self._topic = CompactedTopic[Choice](settings, choices(settings), Choice)

    @property
    def is_heard_whole(self) -> bool:
        """Whether all is heard that was there in the beginning."""
        return self._topic.is_read_whole

    def hear(self) -> Iterator[Heard | Unchosen]:
        """What is new; what is no choice, or another customer's, is passed over.

        Raises:
            confluent_kafka.KafkaException: the broker refuses.
        """
        for customer, choice, at_ms in self._topic.new():
            if choice is None:
                yield Unchosen(customer)
            elif choice.customer == customer:
                yield Heard(choice, at_ms)

    def close(self) -> None:
        """Let the client go."""
        self._topic.close()


class MetersTopic:
    """The registry, as far as it says whose meters are whose. Close it."""

    def __init__(self, settings: Settings) -> None:
        """As `ChoicesTopic`."""
        self.residents = Residents()
        self._topic = CompactedTopic[Meter](settings, meters(settings), Meter)

    @property
    def is_heard_whole(self) -> bool:
        """Whether all is heard that was there in the beginning."""
        return self._topic.is_read_whole

    def hear(self) -> None:
        """Take what is new; what is no entry is passed over.

        Raises:
            confluent_kafka.KafkaException: the broker refuses.
        """
        for meter_id, entry, _ in self._topic.new():
            self.residents.take(meter_id, entry)

    def close(self) -> None:
        """Let the client go."""
        self._topic.close()
