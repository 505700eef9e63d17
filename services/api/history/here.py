"""History that is answered in the process that asks."""

import logging
from typing import TypeVar

from cassandra import DriverException, InvalidRequest, OperationTimedOut
from cassandra.cluster import NoHostAvailable

from services.api.history.question import Question
from services.api.history.sources import Sources
from services.api.problems import ProblemError, store_away

T = TypeVar("T")

log = logging.getLogger(__name__)

_ABSENT = ("unconfigured table", "does not exist")
"""In what Cassandra says where there is no keyspace or table of that name."""


class HistoryHere:
    """Answers from its sources, by the event loop of who asks."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources

    def begin(self) -> None:
        """Nothing has to be begun."""

    async def ask(self, question: Question[T]) -> T:
        """As `History.ask` has it."""
        try:
            return await question.answer(self.sources)
        except (DriverException, NoHostAvailable) as error:
            raise _problem_of(error) from None

    @property
    def connected(self) -> bool:
        """As `History.connected` has it."""
        return self.sources.cassandra.connected

    async def close(self) -> None:
        """End the connections of its sources."""
        await self.sources.close()


def _problem_of(error: Exception) -> ProblemError:
    """What an error of Cassandra's driver is to who asked."""
    if isinstance(error, InvalidRequest):
        # Cassandra answers, and says no: what is asked for is not there, or is asked wrongly.
        log.error("Cassandra refuses a query: %s", error)
        if any(words in str(error) for words in _ABSENT):
            return ProblemError("store-away", "Cassandra has no history of the namespace.")
        return ProblemError("broken")
    log.warning("Cassandra does not answer: %s", type(error).__name__)
    if isinstance(error, OperationTimedOut):
        return ProblemError("too-slow", "Cassandra did not answer in time.")
    return store_away("Cassandra", retry_after_s=5)
