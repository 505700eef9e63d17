"""What history is asked, and by whom it is answered."""

from abc import ABC, abstractmethod
from typing import Generic, Protocol, TypeVar

from services.api.history.sources import Sources

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Question(ABC, Generic[T_co]):
    """A question that goes to another process and what it is answered with comes back: both are
    small, or bytes that are sent as they are."""

    @abstractmethod
    async def answer(self, sources: Sources) -> T_co:
        """What it is answered with.

        Raises:
            ProblemError: it cannot be answered as it is asked.
            cassandra.DriverException, cassandra.cluster.NoHostAvailable: Cassandra does not answer.
        """


class History(Protocol):
    """Who answers such questions."""

    def begin(self) -> None:
        """Be ready for the first question before it is asked; within an event loop."""

    async def ask(self, question: Question[T]) -> T:
        """What a question is answered with. Who gives up need not say so: it is dropped then.

        Raises:
            ProblemError: it cannot be answered, or not now.
        """

    @property
    def connected(self) -> bool:
        """Whether there is a session with Cassandra, which says nothing of who is at its other
        end."""

    async def close(self) -> None:
        """Answer nothing more."""
