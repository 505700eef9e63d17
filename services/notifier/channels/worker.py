"""One worker a channel: it tries a message until it has gone, and holds up nobody else."""

import logging
import random
import threading
from collections.abc import Callable
from typing import NamedTuple

from services.notifier.channels.sending import Send, Sent
from services.notifier.messages import Message
from services.notifier.wording import Words

FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 600.0

log = logging.getLogger("notifier")


class Tried(NamedTuple):
    """A try, and what became of it."""

    message: Message
    sent: Sent


def wait_s(tries: int, retry_after_s: float, chance: float) -> float:
    """How long to wait after so many tries that failed.

    Args:
        chance: 0 to 1: receivers that come back are not asked by all at once.
    """
    backed_off_s = min(FIRST_WAIT_S * 2.0 ** min(tries - 1, 20), LONGEST_WAIT_S)
    return max(backed_off_s * (0.5 + chance / 2), retry_after_s)


class Worker:
    """A thread that sends what it is given, one message at a time."""

    def __init__(
        self,
        name: str,
        send: Send,
        put_into_words: Callable[[Message], Words],
        tell: Callable[[Tried], None],
        *,
        waits: Callable[[int, float, float], float] = wait_s,
    ) -> None:
        """
        Args:
            tell: Called with each try, by the thread.
            waits: As `wait_s`.
        """
        self._name = name
        self._send = send
        self._put_into_words = put_into_words
        self._tell = tell
        self._waits = waits
        self._changed = threading.Condition()
        self._given: Message | None = None
        self._done: str = ""
        self._is_stopped = False
        self._thread = threading.Thread(target=self._work, name=f"channel {name}", daemon=True)
        self._thread.start()

    def give(self, message: Message | None) -> None:
        """What there is to be sent now: the one that is tried already, another in its place, or
        nothing any more."""
        with self._changed:
            if message is not None and message.id == self._done:
                return
            # Nothing of it is heard any more, so that it is asked for again if it comes again.
            self._done = ""
            if message != self._given:
                self._given = message
                self._changed.notify_all()

    def stop(self) -> None:
        """Try no more."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def wait(self, timeout_s: float) -> None:
        """Wait until a try that was under way when it was stopped has been told. One that takes
        longer is not told, and its message goes again."""
        self._thread.join(timeout_s)

    def _work(self) -> None:
        while (message := self._next()) is not None:
            tries = 0
            while self._is_wanted(message):
                tries += 1
                sent = self._try(message)
                if not sent.problem or sent.is_refused:
                    with self._changed:
                        self._done = message.id
                        if self._given == message:
                            self._given = None
                self._tell(Tried(message, sent))
                if not sent.problem or sent.is_refused:
                    break
                log.warning("channel %s: %s; tried again", self._name, sent.problem)
                self._rest(message, self._waits(tries, sent.retry_after_s, random.random()))

    def _rest(self, message: Message, length_s: float) -> None:
        """So long, or until another message is to be sent."""
        with self._changed:
            self._changed.wait_for(lambda: not self._stands(message), length_s)

    def _try(self, message: Message) -> Sent:
        try:
            return self._send(message, self._put_into_words(message))
        except Exception as error:
            log.exception("channel %s", self._name)
            return Sent(f"it cannot be sent ({type(error).__name__})")

    def _next(self) -> Message | None:
        with self._changed:
            self._changed.wait_for(lambda: self._is_stopped or self._given is not None)
            return None if self._is_stopped else self._given

    def _is_wanted(self, message: Message) -> bool:
        with self._changed:
            return self._stands(message)

    def _stands(self, message: Message) -> bool:
        return not self._is_stopped and self._given == message
