"""The threads of a channel: each message is tried until it has gone, and one that cannot go holds
up no other for longer than a try takes."""

import heapq
import logging
import random
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from time import monotonic
from traceback import extract_tb
from typing import NamedTuple

from services.notifier.channels.sending import Sent
from services.notifier.messages import Message

FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 600.0
SAID_AGAIN_S = 60.0
"""As long as it is the same problem it is logged so often: a mail server that is away is so for
thousands."""

log = logging.getLogger("notifier")


class Sending(NamedTuple):
    """A message that is to be sent, and a try to do so."""

    message: Message
    attempt: Callable[[], Sent]


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


class Pool:
    """Threads that send what they are given."""

    def __init__(
        self,
        name: str,
        tell: Callable[[Tried], None],
        *,
        threads: int = 1,
        waits: Callable[[int, float, float], float] = wait_s,
    ) -> None:
        """
        Args:
            name: Of the channel.
            tell: Called with each try, by a thread.
            waits: As `wait_s`.
        """
        self._name, self._tell, self._waits = name, tell, waits
        self._changed = threading.Condition()
        self._given: dict[str, Sending] = {}
        """All there are, by the ids of their messages."""
        self._next: list[tuple[float, str]] = []
        """A heap of those that wait, by when each is tried."""
        self._waiting: dict[str, float] = {}
        """Those that wait, with their places there: one that was given again has another."""
        self._tries: dict[str, int] = {}
        """Of each that is given; it is tried, or waits, or has gone."""
        self._is_stopped = False
        self._said, self._said_s = "", 0.0
        self._threads = [
            threading.Thread(target=self._work, name=f"channel {name} {n}", daemon=True)
            for n in range(threads)
        ]
        for each in self._threads:
            each.start()

    def give(self, those: Iterable[Sending]) -> None:
        """All that there are to be sent now: what is not among them is tried no more. What has gone
        is sent again only if it was not among them meanwhile."""
        given = {each.message.id: each for each in those}
        with self._changed:
            for message_id in self._tries.keys() - given.keys():
                del self._tries[message_id]
                self._waiting.pop(message_id, None)
            self._given = given
            fresh = [each for each in given if each not in self._tries]
            for message_id in fresh:
                self._tries[message_id] = 0
                self._put(message_id, 0.0)
            if fresh:
                self._changed.notify_all()

    def stop(self) -> None:
        """Try no more."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def wait(self, timeout_s: float) -> None:
        """Wait until tries that were under way when it was stopped have been told. One that takes
        longer is not told, and its message goes again."""
        until_s = monotonic() + timeout_s
        for each in self._threads:
            each.join(max(until_s - monotonic(), 0.0))

    def _work(self) -> None:
        while (sending := self._due()) is not None:
            sent = _tried(sending)
            self._tell(Tried(sending.message, sent))
            if sent.problem and not sent.is_refused:
                self._say(sent.problem)
                self._again(sending.message.id, sent.retry_after_s)

    def _due(self) -> Sending | None:
        """The next that is due, waited for; None when there is none any more."""
        with self._changed:
            while not self._is_stopped:
                if not self._next:
                    self._changed.wait()
                elif (rest_s := self._next[0][0] - monotonic()) > 0:
                    self._changed.wait(rest_s)
                else:
                    at_s, message_id = heapq.heappop(self._next)
                    if self._waiting.get(message_id) == at_s:
                        del self._waiting[message_id]
                        return self._given[message_id]
            return None

    def _again(self, message_id: str, retry_after_s: float) -> None:
        with self._changed:
            if message_id in self._tries:
                self._tries[message_id] += 1
                tries = self._tries[message_id]
                self._put(message_id, self._waits(tries, retry_after_s, random.random()))
                self._changed.notify()

    def _put(self, message_id: str, wait_s: float) -> None:
        at_s = monotonic() + wait_s
        self._waiting[message_id] = at_s
        heapq.heappush(self._next, (at_s, message_id))

    def _say(self, problem: str) -> None:
        with self._changed:
            now_s = monotonic()
            if problem == self._said and now_s - self._said_s < SAID_AGAIN_S:
                return
            self._said, self._said_s = problem, now_s
        log.warning("channel %s: %s; tried again", self._name, problem)


def _tried(sending: Sending) -> Sent:
    try:
        return sending.attempt()
    except Exception as error:
        at = extract_tb(error.__traceback__)[-1]
        # Without what it says, which may have an address in it.
        where = f"{type(error).__name__} in {Path(at.filename).name}, line {at.lineno}"
        return Sent(f"it cannot be sent ({where})")
