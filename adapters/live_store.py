"""Live state in Redis for consumers, typed: `LiveStore` for who waits, `AsyncLiveStore` for an
event loop. Both are asked the questions of `adapters.live_questions`:

    with LiveStore(settings.redis) as live:
        for name, area in live.ask(groups("demo", "area", "electricity")).items():
            print(name, area.demand, "W")
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Self, TypeVar

import redis
import redis.asyncio
from redis import RedisError

from adapters.connect import async_redis_client, redis_client
from adapters.live_questions import Command, Question
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
    """Live state in an event loop; many may ask at a time. Use it as a context manager.

    What is asked in one turn of the loop goes to Redis together: a trip costs this process more
    than Redis needs to answer.
    """

    def __init__(self, settings: RedisSettings) -> None:
        self.client: redis.asyncio.Redis = async_redis_client(settings)
        self._asked: list[_Asked] = []
        """In this turn."""
        self._trips: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()

    async def ask(self, question: Question[T]) -> T:
        """The answer to a question.

        Raises:
            redis.RedisError: Redis does not answer, or refuses.
        """
        if not question.commands:
            return question.read([])
        asked = _Asked(question.commands, asyncio.get_running_loop().create_future())
        self._asked.append(asked)
        if len(self._asked) == 1:
            # It begins in the next turn; the loop itself keeps no task.
            trip = asyncio.create_task(self._go())
            self._trips.add(trip)
            trip.add_done_callback(self._trips.discard)
        return question.read(await asked.answers)

    async def _go(self) -> None:
        """Ask all that waits, and deal out the answers."""
        together, self._asked = self._asked, []
        try:
            async with self.client.pipeline(transaction=False) as pipe:
                add: Callable[..., object] = pipe.execute_command
                for asked in together:
                    for command in asked.commands:
                        add(*command)
                answers = iter(await pipe.execute(raise_on_error=False))
        except Exception as error:
            for asked in together:
                if not asked.answers.done():
                    asked.answers.set_exception(error)
        except BaseException:
            for asked in together:
                asked.answers.cancel()
            raise
        else:
            for asked in together:
                asked.take(list(islice(answers, len(asked.commands))))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What somebody waits for."""

    commands: Sequence[Command]
    answers: "asyncio.Future[Sequence[Any]]"
    """Of each command."""

    def take(self, answers: Sequence[Any]) -> None:
        """What Redis says; a command that it refuses is nobody else's."""
        if self.answers.done():
            # Who asked has gone.
            return
        refused = next((each for each in answers if isinstance(each, RedisError)), None)
        if refused is None:
            self.answers.set_result(answers)
        else:
            self.answers.set_exception(refused)
