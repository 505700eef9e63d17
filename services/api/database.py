"""PostgreSQL, and months of the archive, for an event loop: what asks them blocks, in threads.

Each question has a connection of its own. Bills are looked at seldom, and a pool would have to find
out which of its connections outlived a server.
"""

import asyncio
from collections.abc import Callable, Hashable
from typing import TypeVar

import psycopg

from adapters.postgres import connect_to_read, cut_after
from contracts.settings import Settings
from services.api.parts import COMPUTED_KEPT_S, Parts
from services.api.problems import ProblemError

T = TypeVar("T")

STATEMENT_S = 5
"""For one: somebody looks at a screen meanwhile."""
ANSWER_S = 12.0
"""Of all statements of a request."""
COMPUTED_S = 8.0
"""What takes longer goes on, and is there for who asks again."""
COMPUTING_S = 300.0
"""Of what is computed: then its connection is ended."""


async def asked(parts: Parts, namespace: str, question: Callable[[psycopg.Connection], T]) -> T:
    """What a function makes of the namespace's database, which it only reads.

    Raises:
        ProblemError: all threads are busy, or it takes too long.
        psycopg.Error: PostgreSQL does not answer, or refuses.
    """
    settings = parts.of_namespace(namespace)
    try:
        async with asyncio.timeout(ANSWER_S):
            return await parts.postgres.run(_read, settings, question)
    except TimeoutError:
        raise ProblemError("too-slow", "PostgreSQL did not answer in time.") from None


async def computed(
    parts: Parts,
    namespace: str,
    key: Hashable,
    question: Callable[[Settings, psycopg.Connection], T],
) -> T:
    """What a function makes of archive and database: asked once an hour for each key.

    Raises:
        As `asked`.
    """
    settings = parts.of_namespace(namespace)

    async def load() -> T:
        return await parts.archive.run(_compute, settings, question)

    try:
        async with asyncio.timeout(COMPUTED_S):
            return await parts.computed.get((namespace, key), load, COMPUTED_KEPT_S)
    except TimeoutError:
        raise ProblemError(
            "too-slow", "It takes longer to compute: ask again in a while."
        ) from None


def _read(settings: Settings, question: Callable[[psycopg.Connection], T]) -> T:
    with connect_to_read(settings, STATEMENT_S) as connection, cut_after(connection, ANSWER_S):
        return question(connection)


def _compute(settings: Settings, question: Callable[[Settings, psycopg.Connection], T]) -> T:
    with connect_to_read(settings, STATEMENT_S) as connection, cut_after(connection, COMPUTING_S):
        return question(settings, connection)
