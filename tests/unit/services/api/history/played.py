"""What a process of history answers from in tests: meters in memory, and questions that end it."""

import asyncio
import os
import signal
from dataclasses import dataclass

from cassandra import Unavailable

from adapters.cassandra_async import AsyncCassandra
from contracts.energy import Point
from contracts.settings import Settings
from contracts.time import HOUR_MS, MINUTE_MS
from services.api.history.question import Question
from services.api.history.sources import Sources
from tests.unit.services.api.life import Kept, SourcesInMemory

METER = "m"
BEGIN_MS = 1_386_028_800_000
"""2013-12-03, UTC."""
POINTS = [Point(BEGIN_MS + n * 30 * MINUTE_MS, n * 250_500, n) for n in range(49)]


def sources(settings: Settings) -> SourcesInMemory:
    """A day of a meter by half-hours."""
    kept = Kept({(METER, "electricity"): POINTS}, cadence_ms=HOUR_MS)
    return SourcesInMemory(settings, AsyncCassandra(settings.cassandra), kept=kept)


@dataclass(frozen=True)
class Said(Question[str]):
    """Something that costs nothing."""

    word: str

    async def answer(self, sources: Sources) -> str:  # noqa: ARG002
        return self.word


@dataclass(frozen=True)
class Process(Question[tuple[int, int, int]]):
    """Who answers."""

    async def answer(self, sources: Sources) -> tuple[int, int, int]:  # noqa: ARG002
        """Its id, its niceness, and how many other questions it has."""
        others = len(asyncio.all_tasks()) - 2
        return os.getpid(), os.getpriority(os.PRIO_PROCESS, 0), others


@dataclass(frozen=True)
class Never(Question[None]):
    """Something that is never answered."""

    async def answer(self, sources: Sources) -> None:  # noqa: ARG002
        await asyncio.Event().wait()


@dataclass(frozen=True)
class Death(Question[None]):
    """Something that its process does not survive."""

    async def answer(self, sources: Sources) -> None:  # noqa: ARG002
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Fails(Question[None]):
    """Something that goes wrong: a store that is away, or an error of the code."""

    is_store: bool

    async def answer(self, sources: Sources) -> None:  # noqa: ARG002
        raise Unavailable("none") if self.is_store else ValueError("no")
