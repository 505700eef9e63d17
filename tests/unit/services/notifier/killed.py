"""A notifier that is killed between any two of its steps, and begun again with what was kept."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from contracts.alerts import Alert
from contracts.time import SECOND_MS
from services.notifier.kept import Record
from services.notifier.messages import Message
from services.notifier.rules import Notify
from services.notifier.serving import Serving
from services.notifier.state import Read
from services.notifier.step import Event, Heard, Result, Tick
from tests.unit.services.notifier.play import T


class KilledError(Exception):
    """There."""


@dataclass
class Kept:
    """A log in memory; it may be killed before it keeps something, or after."""

    batches: list[list[Record]] = field(default_factory=list)
    dies: Iterator[bool] = field(default_factory=lambda: iter(()))

    def read(self) -> Iterable[Record]:
        return [each for batch in self.batches for each in batch]

    def append(self, those: Iterable[Record]) -> None:
        if next(self.dies, False):
            raise KilledError
        self.batches.append(list(those))
        if next(self.dies, False):
            raise KilledError


@dataclass
class World:
    """The topic of alerts, the receivers, and what is left of the notifier when it is killed."""

    notify: Notify
    log: Kept
    alerts: list[tuple[int, Alert]]
    dies: Iterator[bool]
    got: list[Message] = field(default_factory=list)
    kills: int = 0
    now_s: int = 0

    def live(self, until_s: int) -> None:
        """Until then, begun again as often as it takes."""
        while self.now_s < until_s:
            try:
                self._run(Serving(self.notify, self.log), until_s)
            except KilledError:
                self.kills += 1
                self.now_s += 1

    def begins_with(self) -> list[Event]:
        """What a notifier that begins hears before all else."""
        return []

    def heard(self, alert: Alert, at_ms: int) -> Heard:
        """An alert as the notifier hears it."""
        return Heard(alert, at_ms)

    def to_send(self, serving: Serving) -> list[tuple[Message, str | None]]:
        """What is on its way, each with the customer whom it is for, if it is one's."""
        return [(message, None) for message in serving.to_send()]

    def _run(self, serving: Serving, until_s: int) -> None:
        events = self.begins_with()
        while self.now_s < until_s:
            at = serving.state.get(Read, "alerts")
            offset = at.offsets[0] if at else 0
            there = [each for each in self.alerts[offset:] if each[0] <= self.now_s]
            heard = [self.heard(alert, T + at_s * SECOND_MS) for at_s, alert in there]
            tick = Tick(T + self.now_s * SECOND_MS)
            serving.turn([*events, *heard, tick], [Read("alerts", (offset + len(there),))])
            events = []
            for message, customer in self.to_send(serving):
                self._may_die()
                self.got.append(message)
                self._may_die()
                events.append(Result(message.channel, message.id, tick.at_ms, customer=customer))
            self.now_s += 5

    def _may_die(self) -> None:
        if next(self.dies, False):
            raise KilledError


def check_tries(tries: Iterable[tuple[str, str, bool]]) -> None:
    """Of tries, each of a receiver, with the message's id and whether it arrived: the next has the
    id of the one that failed, and one that arrived is not tried again."""
    failed: dict[str, str] = {}
    arrived: set[str] = set()
    for receiver, message_id, has_arrived in tries:
        assert failed.get(receiver, message_id) == message_id
        assert message_id not in arrived
        if has_arrived:
            failed.pop(receiver, None)
            arrived.add(message_id)
        else:
            failed[receiver] = message_id
