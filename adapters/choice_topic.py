"""How customers want to be told, on its topic: one choice more, or one taken back."""

from msgspec.json import Encoder

from adapters.one_record import ANSWER_TIMEOUT_S, put_record
from contracts.choices import Choice
from contracts.settings import Settings
from contracts.topics import choices

_encode = Encoder().encode


def choose(settings: Settings, choice: Choice, timeout_s: float = ANSWER_TIMEOUT_S) -> None:
    """Put a choice on the topic, in the place of the customer's last one; returns when the broker
    has it.

    Args:
        timeout_s: How long the broker may take to have it, once it has told of the topic.

    Raises:
        OperationError: there is no topic of choices.
        confluent_kafka.KafkaException: the broker does not answer, or refuses.
    """
    put_record(settings, choices(settings), choice.customer, _encode(choice), timeout_s)


def take_back(settings: Settings, customer: str, timeout_s: float = ANSWER_TIMEOUT_S) -> None:
    """As `choose`, that a customer wants to be told of nothing any more."""
    put_record(settings, choices(settings), customer, None, timeout_s)
