"""Live state in Redis for consumers, typed: `LiveStore` for who waits, `AsyncLiveStore` for an
event loop. Both are asked the questions of `adapters.live_questions`:

    with LiveStore(settings.redis) as live:
        for name, area in live.ask(groups("demo", "area", "electricity")).items():
            print(name, area.demand, "W")
"""

from collections.abc import Awaitable, Callable
from typing import Any, Self, TypeVar

import redis
import redis.asyncio

from adapters.connect import async_redis_client, redis_client
from adapters.live_questions import Question
from contracts.settings import RedisSettings

T = TypeVar("T")


def asked(client: redis.Redis, question: Question[T]) -> T:
    """The answer to a question, by a client that returns text.

    Raises:
        redis.RedisError: Redis does not answer.
    """
    if len(question.commands) == 1:
        execute: Callable[..., Any] = client.execute_command
        return question.read([execute(*question.commands[0])])
    with client.pipeline(transaction=False) as pipe:
        add: Callable[..., object] = pipe.execute_command
        for command in question.commands:
            add(*command)
        return question.read(pipe.execute())


class LiveStore:
    """Live state for who waits for answers; use it as a context manager."""

    def __init__(self, settings: RedisSettings) -> None:
        self._client: redis.Redis = redis_client(settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all connections."""
        self._client.close()

    def ask(self, question: Question[T]) -> T:
        """The answer to a question.

        Raises:
            redis.RedisError: Redis does not answer.
        """
        return asked(self._client, question)


class AsyncLiveStore:
    """Live state in an event loop; many may ask at a time. Use it as a context manager."""

    def __init__(self, settings: RedisSettings) -> None:
        self.client: redis.asyncio.Redis = async_redis_client(settings)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()

    async def ask(self, question: Question[T]) -> T:
        """The answer to a question.

        Raises:
            redis.RedisError: Redis does not answer.
        """
        if len(question.commands) == 1:
            execute: Callable[..., Awaitable[Any]] = self.client.execute_command
            return question.read([await execute(*question.commands[0])])
        async with self.client.pipeline(transaction=False) as pipe:
            add: Callable[..., object] = pipe.execute_command
            for command in question.commands:
                add(*command)
            return question.read(await pipe.execute())
