"""What people ask of the notifier, on its topic: one request more, and the silences that hold."""

from collections.abc import Iterator

from msgspec import DecodeError
from msgspec.json import Decoder, Encoder

from adapters.kept_records import kept
from adapters.one_record import ANSWER_TIMEOUT_S, put_record
from contracts.notify_requests import Request, Silence, Unsilence
from contracts.settings import Settings
from contracts.topics import notify_requests

_encode = Encoder().encode
_decode = Decoder(Request).decode


def ask(settings: Settings, request: Request, timeout_s: float = ANSWER_TIMEOUT_S) -> None:
    """Put a request on the topic, once; returns when the broker has it.

    Args:
        timeout_s: How long the broker may take to have it, once it has told of the topic.

    Raises:
        OperationError: there is no topic of requests.
        confluent_kafka.KafkaException: the broker does not answer, or refuses.
    """
    put_record(settings, notify_requests(settings), request.id, _encode(request), timeout_s)


def silences(settings: Settings, now_ms: int) -> list[Silence]:
    """The silences that hold, or will, the first to end first.

    Raises:
        OperationError: there is no topic of requests.
        confluent_kafka.KafkaException: the broker does not answer.
    """
    found: dict[str, Silence] = {}
    ended = set()
    for request in _requests(settings):
        if isinstance(request, Silence):
            found[request.id] = request
        elif isinstance(request, Unsilence):
            ended.add(request.id)
    hold = (each for each in found.values() if each.until_ms > now_ms and each.id not in ended)
    return sorted(hold, key=lambda each: (each.until_ms, each.id))


def _requests(settings: Settings) -> Iterator[Request]:
    """All, in their order; what is none is passed over."""
    for message in kept(settings, notify_requests(settings)):
        try:
            yield _decode(message.value() or b"")
        except (DecodeError, UnicodeDecodeError, RecursionError):
            continue
