"""Channels by which customers are told: an address for each, and a few threads for all."""

import json
import logging
import threading
from collections import Counter
from collections.abc import Iterable
from email import message_from_bytes
from email.policy import default
from functools import partial
from queue import Queue

import pytest

from services.notifier.channels.addressed import addressed_to_customers
from services.notifier.channels.pool import Pool, Sending, Tried
from services.notifier.channels.sending import SendTo, Sent
from services.notifier.errors import NotifyError
from services.notifier.messages import Letter, Message
from services.notifier.rules import Channel
from services.notifier.wording import Words
from tests.support.receivers import http_receiver, mail_receiver
from tests.unit.services.notifier.channels.test_channels import MESSAGE, WORDS
from tests.unit.services.notifier.play import a_choice

ADDRESS = "ada@homes.example"
PATIENCE_S = 30


def a_channel(type_: str, url: str) -> SendTo:
    channel = Channel.model_validate({"type": type_, "url_env": "WATTSTREAM_NOTIFY_X"})
    return addressed_to_customers("home", channel, {"WATTSTREAM_NOTIFY_X": url})


def test_each_mail_goes_to_one_customer_and_two_tries_have_one_id() -> None:
    with mail_receiver() as receiver:
        send = a_channel("mail", f"smtp+plain://{receiver.address}?from=grid@utility.example")
        receiver.answers.append("451 later")
        receiver.unknown.add("gone@homes.example")
        assert send(ADDRESS, MESSAGE, WORDS) == Sent("the mail server answers 451")
        assert send(ADDRESS, MESSAGE, WORDS) == Sent()
        assert send("ben@homes.example", MESSAGE, WORDS) == Sent()
        refused = send("gone@homes.example", MESSAGE, WORDS)
    first, second, third = (message_from_bytes(each, policy=default) for each in receiver.got)

    assert first["Message-ID"] == second["Message-ID"]
    assert [each["To"] for each in (first, second, third)] == [
        *(ADDRESS, ADDRESS, "ben@homes.example"),
    ]
    assert refused.problem == "the mail server takes mail for none of the receivers"


def test_a_push_message_goes_to_the_name_that_was_given() -> None:
    with http_receiver() as receiver:
        host = receiver.url.removeprefix("http://")
        send = a_channel("apprise", f"ntfy://{host}/{{address}}")
        assert send("ada-at-home", MESSAGE, WORDS) == Sent()
    (got,) = receiver.got
    assert json.loads(got.body)["topic"] == "ada-at-home"


@pytest.mark.parametrize(
    ("type_", "url"),
    [
        ("mail", "smtps://u:hunter2@mail.example?from=a@b.example&to=c@d.example"),
        ("mail", "smtps://u:hunter2@mail.example"),
        ("apprise", "ntfys://hunter2.example/topic"),
        ("apprise", "ntfys://{address}/hunter2"),
        ("apprise", "ntfys://hunter2:{address}@ntfy.example/x"),
        ("apprise", "ntfys://hunter2.example/{address}/{address}"),
        ("apprise", "nothing://hunter2.example/{address}"),
    ],
)
def test_an_address_that_cannot_be_is_told_without_it(type_: str, url: str) -> None:
    with pytest.raises(
        NotifyError, match=r"channel.home \(WATTSTREAM_NOTIFY_X\): .* give"
    ) as error:
        a_channel(type_, url)
    assert "hunter2" not in str(error.value)


def letters(count: int) -> list[Letter]:
    return [
        Letter(
            Message(f"{n:032x}", "home-mail", 0, MESSAGE.parts, customer=f"c{n}"),
            a_choice(f"c{n}"),
        )
        for n in range(count)
    ]


class Letters:
    """A channel of customers."""

    def __init__(self, send: SendTo, wait_s: float, threads: int) -> None:
        self.told: Queue[Tried] = Queue()
        self._send = send
        self._pool = Pool("home", self.told.put, threads=threads, waits=lambda _, __, ___: wait_s)

    def give(self, those: Iterable[Letter]) -> None:
        """All that there are to be sent now."""
        self._pool.give(
            Sending(each.message, partial(self._send, each.choice.address, each.message, WORDS))
            for each in those
        )

    def stop(self) -> None:
        """As of the channel, and until no try is under way."""
        self._pool.stop()
        self._pool.wait(PATIENCE_S)


def a_pool(send: SendTo, wait_s: float = 0.0, threads: int = 4) -> tuple[Letters, Queue[Tried]]:
    found = Letters(send, wait_s, threads)
    return found, found.told


def got(told: Queue[Tried], count: int) -> list[Tried]:
    return [told.get(timeout=PATIENCE_S) for _ in range(count)]


def test_each_is_sent_once_however_often_it_is_given() -> None:
    addresses: list[str] = []

    def send(address: str, _: Message, __: Words) -> Sent:
        addresses.append(address)
        return Sent()

    pool, told = a_pool(send)
    those = letters(200)
    for n in range(1, 201):
        pool.give(those[:n])
    found = got(told, 200)
    pool.give(those)
    pool.stop()

    assert {each.message.id for each in found} == {each.message.id for each in those}
    assert Counter(addresses) == Counter(each.choice.address for each in those)
    assert told.empty()


def test_who_cannot_be_reached_is_tried_again_and_holds_up_nobody() -> None:
    tries: Counter[str] = Counter()
    lock = threading.Lock()

    def send(address: str, _: Message, __: Words) -> Sent:
        with lock:
            tries[address] += 1
            is_odd = int(address[1:].partition("@")[0]) % 2
            return Sent("it is away") if is_odd and tries[address] < 3 else Sent()

    pool, told = a_pool(send)
    those = letters(20)
    pool.give(those)
    found = got(told, 10 + 3 * 10)
    pool.stop()

    assert sum(not each.sent.problem for each in found) == 20
    assert sorted(tries.values()) == [1] * 10 + [3] * 10


def test_what_is_not_wanted_any_more_is_tried_no_more() -> None:
    pool, told = a_pool(lambda *_: Sent("it is away"), wait_s=3_600.0)
    one, other = letters(2)
    pool.give([one])
    assert got(told, 1)[0].message.id == one.message.id
    pool.give([other])
    assert got(told, 1)[0].message.id == other.message.id
    # It is sent again since somebody asked, without waiting for when it was to be tried.
    pool.give([one])
    assert got(told, 1)[0].message.id == one.message.id
    pool.stop()
    assert told.empty()


def test_one_that_hangs_takes_one_thread_alone() -> None:
    held = threading.Event()

    def send(address: str, _: Message, __: Words) -> Sent:
        if address.startswith("c0@"):
            held.wait(PATIENCE_S)
        return Sent()

    pool, told = a_pool(send, threads=2)
    those = letters(50)
    pool.give(those)
    assert {each.message.id for each in got(told, 49)} == {each.message.id for each in those[1:]}
    held.set()
    assert got(told, 1)[0].message.id == those[0].message.id
    pool.stop()


def test_an_error_is_a_problem_and_no_address_is_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)

    def send(address: str, _: Message, __: Words) -> Sent:
        raise ValueError(address)

    pool, told = a_pool(send, wait_s=3_600.0)
    pool.give(letters(30))
    found = got(told, 30)
    pool.stop()

    (problem,) = {each.sent.problem for each in found}
    assert problem.startswith("it cannot be sent (ValueError in test_to_customers.py, line ")
    said = [record.getMessage() for record in caplog.records]
    assert said == [f"channel home: {problem}; tried again"]
