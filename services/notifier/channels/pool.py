"""A few threads for all customers of a channel: each message is tried until it has gone, and one
that cannot go holds up no other for longer than a try takes."""

import heapq
import logging
import random
import threading
from collections.abc import Callable, Iterable
from time import monotonic

from services.notifier.channels.sending import SendTo, Sent
from services.notifier.channels.worker import Tried, wait_s
from services.notifier.messages import Letter
from services.notifier.wording import Words

THREADS = 4
SAID_AGAIN_S = 60.0
"""As long as it is the same problem it is logged so often: a mail server that is away is so for
thousands."""

log = logging.getLogger("notifier")


class Pool:
    """Threads that send what they are given, to whom it is for."""

    def __init__(
        self,
        name: str,
        send: SendTo,
        put_into_words: Callable[[Letter], Words],
        tell: Callable[[Tried], None],
        *,
        threads: int = THREADS,
        waits: Callable[[int, float, float], float] = wait_s,
    ) -> None:
        """
        Args:
            tell: Called with each try, by a thread.
            waits: As `wait_s`.
        """
        self._name, self._send, self._put_into_words = name, send, put_into_words
        self._tell, self._waits = tell, waits
        self._changed = threading.Condition()
        self._given: dict[str, Letter] = {}
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

    def give(self, letters: Iterable[Letter]) -> None:
        """All that there are to be sent now: who is not among them is tried no more."""
        given = {each.message.id: each for each in letters}
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
        """As of a worker, for all tries that were under way."""
        until_s = monotonic() + timeout_s
        for each in self._threads:
            each.join(max(until_s - monotonic(), 0.0))

    def _work(self) -> None:
        while (letter := self._due()) is not None:
            sent = self._try(letter)
            self._tell(Tried(letter.message, sent))
            if sent.problem and not sent.is_refused:
                self._say(sent.problem)
                self._again(letter.message.id, sent.retry_after_s)

    def _due(self) -> Letter | None:
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

    def _try(self, letter: Letter) -> Sent:
        try:
            words = self._put_into_words(letter)
            return self._send(letter.choice.address, letter.message, words)
        except Exception as error:
            # Without what it says, which may have the address in it.
            return Sent(f"it cannot be sent ({type(error).__name__})")

    def _say(self, problem: str) -> None:
        with self._changed:
            now_s = monotonic()
            if problem == self._said and now_s - self._said_s < SAID_AGAIN_S:
                return
            self._said, self._said_s = problem, now_s
        log.warning("channel %s, to a customer: %s; tried again", self._name, problem)
