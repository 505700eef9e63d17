"""The state, and the log that has it: what the log does not have has not happened.

A turn hears events, keeps what changed as one, and only then is anything sent. So a crash at any
moment is one of two: before a turn was kept, and its events are heard again; or after, and the
message that was on its way is sent with the id that it had.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

from contracts.choices import Choice
from services.notifier.kept import Record, records, restored
from services.notifier.messages import Letter, Message
from services.notifier.rules import Notify
from services.notifier.state import Changes, Entity, Key, Letterbox, Outbox, Read, State
from services.notifier.step import Event, step


class Log(Protocol):
    """What keeps records."""

    def read(self) -> Iterable[Record]:
        """All that are there, in their order."""

    def append(self, those: Iterable[Record]) -> None:
        """All of them, or none."""


class Serving:
    """What the notifier is between two turns."""

    def __init__(self, notify: Notify, log: Log) -> None:
        """Go on where the log ends.

        Raises:
            RecordError: it has what is none of the notifier's.
        """
        self._notify = notify
        self._log = log
        self.state: State = restored(log.read())

    def turn(self, events: Iterable[Event], read: Iterable[Read] = ()) -> Changes:
        """Hear events, and keep what changed and how far topics were read by then. Where the log
        does not take it, this is not to be used any more: begin anew with what the log has.

        Returns:
            What changed.
        """
        changed: dict[Key, Entity | None] = {}
        for event in events:
            changes = step(self.state, self._notify, event)
            self.state.take(changes)
            changed.update(changes)
        for place in read:
            if place != self.state.get(Read, place.key):
                changed[Read, place.key] = place
                self.state.take({(Read, place.key): place})
        if to_keep := list(records(changed)):
            self._log.append(to_keep)
        return changed

    def to_send(self) -> Iterator[Message]:
        """The message of each channel that has one on its way."""
        for outbox in self.state.all(Outbox):
            if outbox.sending is not None:
                yield outbox.sending

    def to_customers(self) -> Iterator[Letter]:
        """The message of each customer who has one on its way, and how that customer wants to be
        told now."""
        for letterbox in self.state.all(Letterbox):
            if letterbox.sending is not None:
                choice = self.state.get(Choice, letterbox.customer)
                if choice is not None and choice.channel == letterbox.sending.channel:
                    yield Letter(letterbox.sending, choice)
