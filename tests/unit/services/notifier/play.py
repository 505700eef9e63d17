"""A notifier without Kafka, channels and clock: what happens to it is said, second by second."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from contracts.alerts import Alert, Kind
from contracts.choices import KINDS_TO_CHOOSE, Choice
from contracts.deliveries import Why
from contracts.meters import Meter
from contracts.notes import Note, What
from contracts.notify_requests import Request, Silence
from contracts.time import MINUTE_MS, SECOND_MS
from services.notifier.messages import Message
from services.notifier.residents import Residents
from services.notifier.rule_file import read_rules
from services.notifier.rules import Notify
from services.notifier.state import Letterbox, Outbox, State
from services.notifier.step import Event, Heard, Result, Tick, step
from tests.support.alerts import an_alert

T = 1_387_815_310_000
"""The first second, 2013-12-23 16:15:10 UTC."""

CHANNELS = """
[channel.duty]
url_env = "WATTSTREAM_NOTIFY_DUTY"
[channel.chief]
url_env = "WATTSTREAM_NOTIFY_CHIEF"
"""


CUSTOMERS = """
[customers]
channels = ["home-mail", "home-push"]
for = "60s"
max_per_hour = 4
[channel.home-mail]
type = "mail"
url_env = "WATTSTREAM_NOTIFY_HOME_MAIL"
[channel.home-push]
url_env = "WATTSTREAM_NOTIFY_HOME_PUSH"
"""


def rules(rule: str = "", channels: str = CHANNELS) -> Notify:
    """A file of one rule that tells `duty`, its other keys as given."""
    return read_rules(f'[[rule]]\nname = "all"\nto = ["duty"]\n{rule}\n{channels}')


def opened(at_s: float, subject: str = "f1", kind: Kind = "outage", **fields: Any) -> Alert:  # noqa: ANN401
    """An alert that opens."""
    at_ms = T + round(at_s * SECOND_MS)
    values = {"homes_count": 10, "homes_out": 10, **fields}
    return an_alert(kind, subject, at_ms, **{"onset_ms": at_ms, **values})


def closed(alert: Alert, at_s: float, **fields: Any) -> Alert:  # noqa: ANN401
    """The end of it."""
    at_ms = T + round(at_s * SECOND_MS)
    values = {"closed_at_ms": at_ms, "restored_at_ms": at_ms, "homes_out": 0, **fields}
    return updated(alert, at_s, state="closed", **values)


def updated(alert: Alert, at_s: float, **fields: Any) -> Alert:  # noqa: ANN401
    """The next version of it."""
    values = {"state": "updated", "at_ms": T + round(at_s * SECOND_MS), **fields}
    return msgspec.structs.replace(alert, version=alert.version + 1, **values)


def a_home(customer: str, feeder: str = "f1") -> Meter:
    """A meter's entry in the registry."""
    return {
        "geohash": "gcpuyj2k4",
        "feeder": feeder,
        "commodity": "electricity",
        "customer": customer,
        "cadence_ms": 5_000,
        "solar_w": 0,
        "export": False,
    }


def a_choice(customer: str = "c1", **fields: Any) -> Choice:  # noqa: ANN401
    """How a customer wants to be told."""
    values: dict[str, Any] = {
        "at_ms": T,
        "channel": "home-mail",
        "address": f"{customer}@homes.example",
        "kinds": KINDS_TO_CHOOSE,
        "zone": "Europe/London",
        "language": "en",
    }
    return Choice(customer, **{**values, **fields})


@dataclass
class Play:
    """The notifier at a second; `sent` has what its channels were given, with the second."""

    notify: Notify
    answer: Callable[[Message], str | None] = lambda _: ""
    """What becomes of a try: a problem, none, or None where nobody knows yet."""
    state: State = field(default_factory=State)
    now_s: float = 0.0
    begin_ms: int = T
    """When it is second 0."""
    sent: list[tuple[float, Message]] = field(default_factory=list)
    residents: Residents = field(default_factory=Residents)
    """Whose homes are whose."""

    def __post_init__(self) -> None:
        self.do(Tick(self.now_ms))

    @property
    def now_ms(self) -> int:
        """By the clock."""
        return self.begin_ms + round(self.now_s * SECOND_MS)

    def do(self, event: Event) -> None:
        """One step."""
        self.state.take(step(self.state, self.notify, event))

    def hear(self, *what: Alert | Note | Request) -> None:
        """Now."""
        self.only_hear(*what)
        self.tick()

    def only_hear(self, *what: Alert | Note | Request) -> None:
        """Now, and more may follow before time passes."""
        for each in what:
            hit = self.residents.hit_by(each) if isinstance(each, Alert) else {}
            self.do(Heard(each, self.now_ms, hit))

    def choose(self, customer: str, *meters: str, **fields: Any) -> None:  # noqa: ANN401
        """A customer of these meters wants to be told, by mail of all kinds if nothing else is
        said."""
        for each in meters:
            self.residents.take(each, a_home(customer))
        self.do(Heard(a_choice(customer, at_ms=self.now_ms, **fields), self.now_ms))

    def silence(self, length_s: float, **of: Any) -> None:  # noqa: ANN401
        """Somebody wants something silent from now on."""
        begin_ms, end_ms = self.now_ms, self.now_ms + round(length_s * SECOND_MS)
        silence = Silence("s", begin_ms, "Ada", "planned work", begin_ms, end_ms, **of)
        self.hear(silence)

    def acknowledge(self, alert: Alert, *, not_any_more: bool = False) -> None:
        """Somebody looks after it, or does so no more."""
        what: What = "unacknowledged" if not_any_more else "acknowledged"
        self.hear(Note(alert.id, self.now_ms, "Ada", what))

    def tick(self) -> None:
        """Time passes, and channels answer, until there is nothing to be sent."""
        while True:
            self.do(Tick(self.now_ms))
            if not self._send():
                return

    def until(self, at_s: float, each_s: float = 1.0) -> None:
        """Go on to a second."""
        while self.now_s < at_s:
            self.now_s = min(self.now_s + each_s, at_s)
            self.tick()

    def at(self, what: Iterable[tuple[float, Alert]], until_s: float, each_s: float = 1.0) -> None:
        """Hear alerts, each at its second."""
        for at_s, alert in sorted(what, key=lambda each: each[0]):
            self.until(at_s, each_s)
            self.hear(alert)
        self.until(until_s, each_s)

    def told(self, channel: str = "duty") -> list[tuple[float, str]]:
        """When a channel heard, and what it was."""
        return [
            (at_s, "digest" if message.is_digest else message.parts[0].why)
            for at_s, message in self.sent
            if message.channel == channel
        ]

    def told_customer(self, customer: str) -> list[tuple[float, list[tuple[Why, str]]]]:
        """When a customer heard, and of what: whether it began or ended, and its subject."""
        return [
            (at_s, [(each.why, each.examples[0].subject) for each in message.parts])
            for at_s, message in self.sent
            if message.customer == customer
        ]

    def _send(self) -> bool:
        any_went = False
        for letterbox in list(self.state.all(Letterbox)):
            message = letterbox.sending
            if message is None or (problem := self.answer(message)) is None:
                continue
            if not problem:
                self.sent.append((self.now_s, message))
                any_went = True
            result = Result(message.channel, message.id, self.now_ms, problem)
            self.do(result._replace(customer=letterbox.customer))
        for outbox in list(self.state.all(Outbox)):
            message = outbox.sending
            if message is None or (problem := self.answer(message)) is None:
                continue
            if not problem:
                self.sent.append((self.now_s, message))
                any_went = True
            self.do(Result(outbox.channel, message.id, self.now_ms, problem))
        return any_went


MINUTE_S = MINUTE_MS // SECOND_MS
