"""Connections to Redis of an event loop, for a Redis that hangs, too.

One that is killed refuses; one that hangs lets everybody wait for the time that an answer may take,
one after the other where connections are few. So when it has not answered somebody, others are told
so at once, but for one at a time, now and then, who tries.
"""

import asyncio
from typing import Any

from redis.asyncio import BlockingConnectionPool
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as NotConnectedError
from redis.exceptions import RedisError

AWAY_S = 0.5
"""After a failure nobody tries for so long."""


class PatientPool(BlockingConnectionPool):
    """Who finds no connection free waits; who comes while Redis is away does not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self._failed_s: float | None = None
        self._trying: asyncio.Task[Any] | None = None
        self._asking: set[AbstractConnection] = set()
        """Connections over which somebody asks."""

    async def get_connection(self, *_: object, **__: object) -> AbstractConnection:
        """A connection.

        Raises:
            redis.RedisError: there is none, or Redis did not answer somebody just before.
        """
        if self._failed_s is not None:
            now_s = asyncio.get_running_loop().time()
            if self._trying is not None or now_s - self._failed_s < AWAY_S:
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
        try:
            await super().ensure_connection(connection)
        except (RedisError, OSError):
            self._fail()
            raise
        self._asking.add(connection)

    async def release(self, connection: AbstractConnection) -> None:
        """Take a connection back; one over which somebody asked, and which is not connected any
        more, has failed, unless whoever asked gave up."""
        task = asyncio.current_task()
        if connection in self._asking:
            self._asking.discard(connection)
            if connection.is_connected:
                self._failed_s = None
            elif task is None or not task.cancelling():
                self._fail()
        if self._trying is task:
            self._trying = None
        await super().release(connection)

    def _fail(self) -> None:
        self._failed_s = asyncio.get_running_loop().time()


_AWAY = NotConnectedError("Redis has not answered just before")
