"""Connections to Redis of an event loop, for a Redis that hangs, too.

One that is killed refuses; one that hangs lets everybody wait for the time that an answer may take,
one after the other where connections are few. So when it has answered nobody for that time, others
are told so at once, but for one at a time, now and then, who tries.
"""

import asyncio
from typing import Any

from redis.asyncio import BlockingConnectionPool
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import AuthenticationError, RedisError
from redis.exceptions import ConnectionError as NotConnectedError

AWAY_S = 0.5
"""After a failure nobody tries for so long."""


class PatientPool(BlockingConnectionPool):
    """Who finds no connection free waits; who comes while Redis is away does not.

    It is not away while it answers anybody: on a busy machine one may wait in vain.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self._answer_s: float = self.connection_kwargs.get("socket_timeout") or 0.0
        """How long an answer may take."""
        self._failed_s: float | None = None
        self._answered_s = float("-inf")
        self._trying: asyncio.Task[Any] | None = None
        self._asking: dict[AbstractConnection, float] = {}
        """Connections over which somebody asks, and since when."""

    async def get_connection(self, *_: object, **__: object) -> AbstractConnection:
        """A connection.

        Raises:
            redis.RedisError: there is none, or Redis answered nobody just before.
        """
        if self._failed_s is not None:
            if self._trying is not None or _now_s() - self._failed_s < AWAY_S:
                raise _AWAY
            self._trying = asyncio.current_task()
        try:
            connection: AbstractConnection = await super().get_connection()  # type: ignore[no-untyped-call]
        except BaseException:
            if self._trying is asyncio.current_task():
                self._trying = None
            raise
        return connection

    async def ensure_connection(self, connection: AbstractConnection) -> None:
        """Connect it where it is not.

        Raises:
            redis.RedisError: Redis does not answer, or has not since this one waited for its turn.
        """
        if self._failed_s is not None and self._trying is not asyncio.current_task():
            raise _AWAY
        since_s, connected = _now_s(), connection.is_connected
        try:
            await super().ensure_connection(connection)
        except AuthenticationError:
            # It answers, and everybody must hear what.
            raise
        except (RedisError, OSError):
            self._fail(since_s)
            raise
        if not connected:
            self._answer()
        self._asking[connection] = _now_s()

    async def release(self, connection: AbstractConnection) -> None:
        """Take a connection back: over one that is still connected Redis has answered.

        One that is not was asked in vain, or cut. Why it was cut, the next who connects finds out.
        """
        since_s = self._asking.pop(connection, None)
        if since_s is not None:
            if connection.is_connected:
                self._answer()
            elif not _gives_up() and _now_s() - since_s >= self._answer_s / 2:
                self._fail(since_s)
        if self._trying is asyncio.current_task():
            self._trying = None
        await super().release(connection)

    def _answer(self) -> None:
        self._answered_s, self._failed_s = _now_s(), None

    def _fail(self, since_s: float) -> None:
        """Somebody has asked in vain since then: if others were answered meanwhile, only that."""
        if self._answered_s <= since_s:
            self._failed_s = _now_s()


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def _gives_up() -> bool:
    """Whether this task was told to end: that says nothing of Redis."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


_AWAY = NotConnectedError("Redis has not answered just before")
