"""What the API is made of: the stores it asks, its clocks, and what it remembers between requests.

One process serves all namespaces of its stores: which one a request is of, its credential says.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from weakref import WeakValueDictionary

from redis import RedisError

from adapters import live_questions as ask
from adapters.live_store import AsyncLiveStore
from contracts.digest import Clock
from contracts.settings import Settings
from contracts.time import SECOND_MS
from services.api.clock import Moves, StreamClock
from services.api.cursors import Cursors
from services.api.history.process import HistoryProcess
from services.api.history.question import History
from services.api.provider import Provider, provider_of
from services.api.rates import Rates
from services.api.readings.intakes import Intakes
from services.api.standing import Standing, StandingAlerts
from services.api.threads import Threads

T = TypeVar("T")

FRESH_S = 1.0
"""For how long an answer that is the same for all is not asked for again."""
MOST_KEPT = 1_000
"""Answers of `Kept`: cells of a map are as many as boxes that are asked for."""
COMPUTED_KEPT_S = 3_600.0
"""For how long what was computed of the archive is kept: it follows from what it is asked by."""
COMPUTED_KEPT = 50
"""Of these: a month of periods is a MB or more."""
MOST_REMEMBERED = 20_000
REMEMBERED_S = 600.0
DIGEST_AWAY_MS = 15 * SECOND_MS
"""A digest that has not looked for so long does not run: its clock says nothing."""


def wall_ms() -> int:
    """The time on the wall, epoch ms."""
    return time.time_ns() // 1_000_000


class Kept:
    """Answers that are the same for all who ask, each asked for once in FRESH_S.

    Args:
        for_s: For how long those stay that nobody asks for.
    """

    def __init__(self, most: int = MOST_KEPT, for_s: float = 60 * FRESH_S) -> None:
        self._most, self._for_s = most, for_s
        self._known: dict[tuple[Any, ...], tuple[float, asyncio.Task[Any]]] = {}

    async def get(
        self, key: tuple[Any, ...], load: Callable[[], Awaitable[T]], fresh_s: float = FRESH_S
    ) -> T:
        """The answer of this key; whoever comes while it is on its way waits for the same one.

        Raises:
            Exception: as `load` does; it is not remembered.
        """
        now_s = time.monotonic()
        at_s, task = self._known.get(key, (0.0, None))
        failed = task is not None and task.done() and (task.cancelled() or task.exception())
        if task is None or failed or (task.done() and now_s - at_s > fresh_s):
            self._forget(now_s, key)
            task = asyncio.ensure_future(load())
            self._known[key] = now_s, task
        answer: T = await asyncio.shield(task)
        return answer

    def _forget(self, now_s: float, key: tuple[Any, ...]) -> None:
        """Make room for a key: what was asked for first goes first."""
        self._known.pop(key, None)
        while self._known:
            first = next(iter(self._known))
            if len(self._known) < self._most and now_s - self._known[first][0] <= self._for_s:
                return
            del self._known[first]


class Remembered:
    """What a store said last, for the time in which it is away: others than it need not fail then.

    Who was let in, and what a meter is, may have changed since; so it is not remembered for long.
    """

    def __init__(
        self,
        most: int = MOST_REMEMBERED,
        for_s: float = REMEMBERED_S,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._for_s, self.now_s = most, for_s, now_s
        self._known: dict[tuple[str, ...], tuple[float, Any]] = {}

    async def ask(self, key: tuple[str, ...], load: Callable[[], Awaitable[T]]) -> T:
        """The answer, or the last one if Redis is away; that there is none is not remembered.

        Raises:
            redis.RedisError: Redis does not answer, and nothing is remembered.
        """
        try:
            answer = await load()
        except RedisError:
            at_s, last = self._known.get(key, (-self._for_s, None))
            if self.now_s() - at_s > self._for_s:
                raise
            return cast(T, last)
        self._known.pop(key, None)
        if answer is None:
            return answer
        if len(self._known) >= self._most:
            del self._known[next(iter(self._known))]
        self._known[key] = self.now_s(), answer
        return answer


@dataclass(slots=True)
class Parts:
    """What a request may use."""

    settings: Settings
    live: AsyncLiveStore
    history: History
    now_ms: Callable[[], int] = wall_ms
    kept: Kept = field(default_factory=Kept)
    remembered: Remembered = field(default_factory=Remembered)
    rates: Rates = field(default_factory=Rates)
    cursors: Cursors = field(default_factory=Cursors)
    kafka: Threads = field(default_factory=lambda: Threads("Kafka"))
    flink: Threads = field(default_factory=lambda: Threads("Flink"))
    postgres: Threads = field(default_factory=lambda: Threads("PostgreSQL"))
    archive: Threads = field(default_factory=lambda: Threads("The archive", 1))
    """One at a time: who reads months of it computes as long."""
    intakes: Intakes = field(default_factory=Intakes)
    provider: Provider | None = field(init=False)
    """That people may sign in by; None if none is set up."""
    computed: Kept = field(default_factory=lambda: Kept(COMPUTED_KEPT, COMPUTED_KEPT_S))
    _moves: dict[str, Moves] = field(default_factory=dict)
    _turns: "WeakValueDictionary[tuple[str, str], asyncio.Lock]" = field(
        default_factory=WeakValueDictionary
    )
    _alerts: dict[str, StandingAlerts] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.provider = provider_of(self.settings)

    @staticmethod
    def of(settings: Settings) -> "Parts":
        """The parts by the settings; nothing is connected yet."""
        return Parts(settings, AsyncLiveStore(settings.redis), HistoryProcess(settings))

    async def close(self) -> None:
        """End all connections."""
        await self.intakes.close()
        await self.live.client.aclose()
        await self.history.close()
        self.kafka.close()
        self.flink.close()
        self.postgres.close()
        self.archive.close()

    def of_namespace(self, namespace: str) -> Settings:
        """The settings of a namespace."""
        return self.settings.model_copy(update={"namespace": namespace})

    async def alerts(self, namespace: str) -> Standing:
        """Its alerts, whoever may see them.

        Raises:
            redis.RedisError: Redis does not answer.
        """
        if namespace not in self._alerts:
            self._alerts[namespace] = StandingAlerts(self.live, namespace)
        return await self.kept.get(("alerts", namespace), self._alerts[namespace].look)

    def turn(self, namespace: str, alert_id: str) -> asyncio.Lock:
        """Held by who changes an alert if it is still as it was seen."""
        return self._turns.setdefault((namespace, alert_id), asyncio.Lock())

    async def clock(self, namespace: str) -> StreamClock:
        """How far its stream is.

        Raises:
            redis.RedisError: Redis does not answer.
        """
        return await self.kept.get(("clock", namespace), lambda: self._clock(namespace))

    async def _clock(self, namespace: str) -> StreamClock:
        told, now_ms = await self.live.ask(ask.clock(namespace)), self.now_ms()
        if told is not None and now_ms - told.seen_ms <= DIGEST_AWAY_MS:
            stream_ms, moved_ms, read_ms = told.slice_end_ms, told.moved_ms, told.read_ms
        else:
            stream_ms, read_ms = await self.live.ask(ask.newest_slice(namespace)), None
            moved_ms = self._moved_ms(namespace, told, stream_ms, now_ms)
        if stream_ms is None:
            return StreamClock(None, None, None, now_ms)
        moves = self._moves.setdefault(namespace, Moves(stream_ms, moved_ms))
        moves.see(stream_ms, moved_ms)
        return StreamClock(stream_ms, moved_ms, read_ms, now_ms, moves.usual_ms)

    def _moved_ms(
        self, namespace: str, told: Clock | None, stream_ms: int | None, now_ms: int
    ) -> int | None:
        """Since when a stream is where it is, as far as this process saw it, or the digest before
        it ended; None if nobody saw it: then it must not seem to be of now."""
        seen = self._moves.get(namespace)
        if seen is not None and seen.stream_ms == stream_ms:
            return seen.moved_ms
        if told is not None and told.slice_end_ms == stream_ms:
            return told.moved_ms
        return now_ms if seen is not None or told is not None else None
