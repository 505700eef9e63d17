"""The way of a namespace's bodies into the log: handed over, waited for, known again.

The event loop hands over, a few readings at a time; a thread hears Kafka's answers.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from confluent_kafka import KafkaException

from adapters.readings_writer import OnStored, Stored
from contracts.errors import OperationError
from contracts.reading import Reading
from services.api.problems import store_away
from services.api.readings.body import AT_ONCE, Line
from services.api.readings.known import Body, Known, bits

ANSWER_S = 10.0
"""So long a request waits for Kafka; what it brought stays on its way."""
AGAIN_S = 5
MOST_WAITING = 20_000
"""Readings that Kafka has not answered; further bodies come back later."""
TURN_S = 0.5
BEAT_S = 1.0
LISTENS_S = 600.0
"""For so long after a body time goes on: every window with its readings has closed by then."""
LEAVING_S = 2.0

log = logging.getLogger(__name__)


class Writer(Protocol):
    """As `adapters.readings_writer`."""

    def write(self, reading: Reading, record_id: str, stored: OnStored | None = None) -> None:
        """Hand a reading over."""

    def pass_time(self, stored: OnStored | None = None, *, everywhere: bool = False) -> None:
        """Tell quiet partitions that time goes on."""

    def poll(self, timeout_s: float) -> None:
        """Wait so long for answers, and tell of those that came."""

    def close(self, timeout_s: float) -> int:
        """Wait so long for all answers, then give up what has none; how many those are."""


class Intake:
    """All bodies of a namespace; `take` is for one event loop.

    Args:
        known: Those of before.
    """

    def __init__(
        self, writer: Writer, known: Known, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._writer, self._known, self._now_s = writer, known, now_s
        self._lock = threading.Lock()
        self._waiting = 0
        self._heard_s = -LISTENS_S
        self._stop = threading.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.is_broken = False
        """Kafka refused something for good: nothing more comes of this one."""
        self._thread = threading.Thread(target=self._answers, name="readings", daemon=True)
        self._thread.start()

    async def take(self, token: str, key: str | None, content: bytes, lines: Sequence[Line]) -> int:
        """Bring a body into the log, as far as it is not there yet; how many readings it has. When
        it returns, all of them are stored.

        Args:
            token: Whose it is.
            key: The caller's word for this body.
            lines: Its readings.

        Raises:
            OtherBodyError: the key came with another one.
            ProblemError: Kafka does not answer, or too much waits for it: what is on its way stays
                so, and the same body sent again waits for that.
        """
        told = asyncio.get_running_loop().create_future()
        with self._lock:
            body = self._known.body(token, key, content)
            missing = lines
            if body.begun:
                missing = [each for each in lines if not body.begun >> each.number & 1]
            if self.is_broken or self._waiting + len(missing) > MOST_WAITING:
                raise store_away("Kafka", AGAIN_S)
            self._waiting += len(missing)
            self._heard_s = self._now_s()
            body.begun |= bits(each.number for each in missing)
            if body.stored == body.begun:
                return len(lines)
            body.waiting.append(partial(_tell, told))
        # By itself: it goes on where nobody waits for it any more.
        handing = asyncio.create_task(self._hand_over(body, missing))
        self._tasks.add(handing)
        handing.add_done_callback(self._tasks.discard)
        try:
            async with asyncio.timeout(ANSWER_S):
                await told
        except TimeoutError:
            raise store_away("Kafka", AGAIN_S) from None
        if self.is_broken:
            raise store_away("Kafka", AGAIN_S)
        return len(lines)

    def close(self) -> None:
        """Take nothing more; what is on its way has a moment to be stored."""
        self._stop.set()
        self._thread.join()

    async def _hand_over(self, body: Body, missing: Sequence[Line]) -> None:
        for n, (number, reading) in enumerate(missing, start=1):
            self._writer.write(reading, body.record_id(number), partial(self._stored, body, number))
            if n % AT_ONCE == 0:
                await asyncio.sleep(0)

    def _stored(self, body: Body, line: int, _: Stored) -> None:
        with self._lock:
            self._waiting -= 1
            self._known.stored(body, line)

    def _answers(self) -> None:
        beat_s = 0.0
        try:
            while not self._stop.is_set():
                self._writer.poll(TURN_S)
                now_s = self._now_s()
                if now_s - beat_s >= BEAT_S and now_s - self._heard_s < LISTENS_S:
                    self._writer.pass_time()
                    beat_s = now_s
        except (OperationError, KafkaException) as problem:
            log.warning("readings of requests are not taken: %s", problem)
        # Whoever begins next reads the log: nothing may come after that.
        self._writer.close(LEAVING_S)
        with self._lock:
            self.is_broken = True
            self._known.give_up()


def _tell(told: "asyncio.Future[None]") -> None:
    told.get_loop().call_soon_threadsafe(_done, told)


def _done(told: "asyncio.Future[None]") -> None:
    if not told.done():
        told.set_result(None)
