"""A channel tries until it has gone, and with the same message."""

import re
import threading
from collections.abc import Callable
from functools import partial
from queue import Queue

import pytest

from services.notifier.channels import http
from services.notifier.channels.pool import LONGEST_WAIT_S, Pool, Sending, Tried, wait_s
from services.notifier.channels.sending import Send, Sent
from services.notifier.channels.webhook import webhook
from services.notifier.messages import Message
from services.notifier.wording import Words
from tests.support.receivers import http_receiver
from tests.unit.services.notifier.channels.test_channels import MESSAGE, SECRET, WORDS

OTHER = Message("f" * 32, "duty", 0, MESSAGE.parts)


class Worker:
    """A channel to which goes one message at a time."""

    def __init__(self, send: Send, waits: Callable[[int, float, float], float]) -> None:
        self.told: Queue[Tried] = Queue()
        self._send = send
        self._pool = Pool("duty", self.told.put, waits=waits)

    def give(self, message: Message | None) -> None:
        """The one that there is to be sent now, or none."""
        those = [] if message is None else [message]
        self._pool.give(Sending(each, partial(self._send, each, WORDS)) for each in those)

    def stop(self) -> None:
        """As of the channel."""
        self._pool.stop()


def worker(send: Send, waits: Callable[[int, float, float], float]) -> tuple[Worker, Queue[Tried]]:
    found = Worker(send, waits)
    return found, found.told


def at_once(_: int, __: float, ___: float) -> float:
    return 0.0


def never(_: int, __: float, ___: float) -> float:
    return 3_600.0


def test_back_off_grows_to_ten_minutes_and_keeps_to_retry_after() -> None:
    assert [wait_s(tries, 0, 1.0) for tries in (1, 2, 3, 7, 8, 50)] == [5, 10, 20, 320, 600, 600]
    assert wait_s(1, 0, 0.0) == 2.5
    assert wait_s(1, 120, 1.0) == 120
    assert wait_s(1_000_000, 0, 1.0) == LONGEST_WAIT_S


def test_a_receiver_that_fails_gets_one_message_with_one_id() -> None:
    """Demand 19: the tries have one `Idempotency-Key`, so the double counts one."""
    with http_receiver() as receiver:
        receiver.answers += [(500, {}), (503, {})]
        one, told = worker(webhook(receiver.url, SECRET), at_once)
        one.give(MESSAGE)
        found = [told.get(timeout=120) for _ in range(3)]
        # It is given as long as nobody has kept that it went.
        one.give(MESSAGE)
        one.give(OTHER)
        assert told.get(timeout=120).message == OTHER
        one.stop()

    assert [each.sent.problem[:24] for each in found] == [
        "the receiver answers 500"[:24],
        "the receiver answers 503",
        "",
    ]
    keys = [each.headers["idempotency-key"] for each in receiver.got]
    assert keys == [MESSAGE.id] * 3 + [OTHER.id]


def test_a_channel_that_hangs_holds_no_other_up(monkeypatch: pytest.MonkeyPatch) -> None:
    # It hangs for as long as the other one takes.
    monkeypatch.setattr(http, "TIMEOUT_S", 300.0)
    with http_receiver() as slow, http_receiver() as quick:
        slow.hold = threading.Event()
        one, of_one = worker(webhook(slow.url, SECRET), at_once)
        other, of_other = worker(webhook(quick.url, SECRET), at_once)
        one.give(MESSAGE)
        other.give(OTHER)
        assert of_other.get(timeout=120).sent == Sent()
        assert of_one.empty()
        slow.hold.set()
        assert of_one.get(timeout=120).sent == Sent()
        one.stop()
        other.stop()


def test_what_is_given_up_is_not_tried_again() -> None:
    tried: list[str] = []

    def send(message: Message, _: Words) -> Sent:
        tried.append(message.id)
        return Sent("no") if message == MESSAGE else Sent()

    one, told = worker(send, never)
    one.give(MESSAGE)
    assert told.get(timeout=120).sent == Sent("no")
    one.give(OTHER)
    assert told.get(timeout=120).message == OTHER
    one.stop()

    assert tried == [MESSAGE.id, OTHER.id]


@pytest.mark.parametrize("sent", [Sent("too large", is_refused=True), Sent()])
def test_a_refusal_is_the_last_try(sent: Sent) -> None:
    tries: list[str] = []

    def send(message: Message, _: Words) -> Sent:
        tries.append(message.id)
        return sent if message == MESSAGE else Sent()

    one, told = worker(send, at_once)
    one.give(MESSAGE)
    assert told.get(timeout=120).sent == sent
    one.give(MESSAGE)
    one.give(OTHER)
    assert told.get(timeout=120).message == OTHER
    one.stop()

    assert tries == [MESSAGE.id, OTHER.id]


def test_what_went_may_be_asked_for_again() -> None:
    one, told = worker(lambda _, __: Sent("too large", is_refused=True), at_once)
    for _ in range(2):
        one.give(MESSAGE)
        assert told.get(timeout=120).message == MESSAGE
        # It is kept that it went.
        one.give(None)
    one.stop()


def test_a_bug_in_a_channel_is_a_failed_try() -> None:
    def send(_: Message, __: Words) -> Sent:
        raise KeyError("x")

    one, told = worker(send, never)
    one.give(MESSAGE)
    problem = told.get(timeout=120).sent.problem
    # Whoever mends it needs to know where.
    assert re.fullmatch(r"it cannot be sent \(KeyError in test_pool\.py, line \d+\)", problem)
    one.stop()
