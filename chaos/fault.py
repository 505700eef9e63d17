"""What a fault is."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from chaos.scene import Scene
from contracts.errors import OperationError


class FaultError(OperationError):
    """The platform did not do what it must while it was harmed; verification cannot show it."""


@contextmanager
def nothing(_: Scene) -> Iterator[None]:
    """Nothing has to be arranged."""
    yield


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong, with the question that it asks."""

    name: str
    question: str
    inject: Callable[[Scene], str]
    """Does the harm and undoes its cause; the rest is for the platform itself. Returns a remark for
    the report, which may be empty."""
    around: Callable[[Scene], AbstractContextManager[None]] = nothing
    """What has to be arranged before the jobs start, and cleared away afterwards."""
    needs_root: bool = False
    needs_jobs: bool = False
    """It does its harm to jobs that work: before it the platform has to recover."""
