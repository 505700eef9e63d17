"""The intakes of all namespaces, each begun when the first body comes for it."""

import asyncio
import logging
import time
from collections.abc import Callable

from adapters.arrivals import came_from
from adapters.readings_writer import ProducersTimeError, ReadingsWriter
from contracts.errors import OperationError
from contracts.settings import Settings
from services.api.problems import ProblemError, store_away
from services.api.readings.intake import AGAIN_S, Intake
from services.api.readings.known import KNOWN_MS, WRITER, Known
from services.api.threads import Threads

BEGIN_S = 5.0
"""So long a request waits for an intake to begin; it goes on by itself."""

log = logging.getLogger(__name__)


def begin(settings: Settings) -> Intake:
    """The intake of a namespace, which knows what of bodies is in the log.

    Raises:
        OperationError: there is no such topic, Kafka takes nothing, or only its one writer's.
        confluent_kafka.KafkaException: no broker answers.
    """
    writer = ReadingsWriter(settings)
    known = Known(time.monotonic)
    try:
        since = came_from(settings, time.time_ns() // 1_000_000 - KNOWN_MS)
        for record in writer.records_of_before(WRITER, since):
            known.recall(record.record_id)
    except BaseException:
        # Its heartbeats would be tried again for ever.
        writer.close(0.0)
        raise
    return Intake(writer, known)


class Intakes:
    """Those of an API; for one event loop."""

    def __init__(self, begin: Callable[[Settings], Intake] = begin) -> None:
        self._begin = begin
        self._threads = Threads("Kafka", 2)
        self._beginning: dict[str, asyncio.Task[Intake]] = {}

    async def of(self, settings: Settings) -> Intake:
        """The intake of a namespace.

        Raises:
            ProblemError: it has not begun yet, or the namespace has a writer of its own.
            confluent_kafka.KafkaException: no broker answers.
        """
        task = self._beginning.get(settings.namespace)
        if task is None or _is_over(task):
            task = asyncio.create_task(self._threads.run(self._begin, settings))
            self._beginning[settings.namespace] = task
        try:
            async with asyncio.timeout(BEGIN_S):
                return await asyncio.shield(task)
        except TimeoutError:
            raise store_away("Kafka", AGAIN_S) from None
        except ProducersTimeError as problem:
            raise ProblemError("conflict", f"{problem}") from None
        except OperationError as problem:
            log.warning("readings of requests are not taken: %s", problem)
            raise store_away("Kafka", AGAIN_S) from None

    async def close(self) -> None:
        """Take nothing more."""
        self._threads.close()
        for task in self._beginning.values():
            if task.done() and not task.cancelled() and task.exception() is None:
                await asyncio.to_thread(task.result().close)


def _is_over(task: "asyncio.Task[Intake]") -> bool:
    """Whether nothing more comes of it."""
    if not task.done():
        return False
    return task.cancelled() or task.exception() is not None or task.result().is_broken
