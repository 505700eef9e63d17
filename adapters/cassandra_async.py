"""Cassandra for an event loop: the driver answers in threads of its own, and hands on from there.

Connecting is the driver's, and takes seconds where nobody answers: it is done in a thread, once for
all who wait, and tried again by whoever asks after it failed.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from cassandra import ConsistencyLevel, OperationTimedOut
from cassandra.cluster import EXEC_PROFILE_DEFAULT
from cassandra.query import tuple_factory

from adapters.connect import cassandra_session
from adapters.stored_figures import AsStored
from contracts.settings import CassandraSettings

if TYPE_CHECKING:
    from cassandra.cluster import ExecutionProfile, ResponseFuture, Session
    from cassandra.query import PreparedStatement

T = TypeVar("T")

IN_FLIGHT = 64
"""Questions on their way at a time, of all who ask."""
OF_ONE = 4
"""The same of one who asks for much."""
TIMEOUT_S = 2.0
"""For one question: somebody looks at a screen meanwhile."""
DEADLINE_S = 10.0
"""For all questions of a request, from the wait for a session to the last page."""
TRY_AGAIN_S = 5.0
"""After connecting failed, who asks within so long is told so at once."""


class AsyncCassandra:
    """A session that is there when somebody first asks."""

    def __init__(self, settings: CassandraSettings) -> None:
        self._settings = settings
        self._connecting: asyncio.Task[Session] | None = None
        self._failed_s = 0.0
        self._profile: ExecutionProfile | None = None
        self._prepared: dict[str, asyncio.Task[PreparedStatement]] = {}
        self._in_flight = asyncio.Semaphore(IN_FLIGHT)
        # Its own: others wait for nothing that hangs here.
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="Cassandra")

    async def close(self) -> None:
        """End the session."""
        if self._connecting is not None and self._connecting.done():
            if self._connecting.exception() is None:
                await self._in_thread(self._connecting.result().cluster.shutdown)
        elif self._connecting is not None:
            self._connecting.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)

    @property
    def connected(self) -> bool:
        """Whether there is a session, which says nothing of who is at its other end."""
        task = self._connecting
        return task is not None and task.done() and task.exception() is None

    async def rows(self, cql: str, keys: Sequence[Sequence[Any]]) -> list[list[tuple[Any, ...]]]:
        """The rows of a query for each of the keys, as tuples with times in epoch ms and figures as
        they are stored (`adapters.stored_figures`); none is left out.

        Raises:
            cassandra.DriverException, cassandra.cluster.NoHostAvailable: Cassandra does not answer,
                or not in time: the first failure, after which nothing more is asked for.
        """
        try:
            async with asyncio.timeout(DEADLINE_S):
                return await self._rows(await self._session(), cql, keys)
        except TimeoutError:
            raise OperationTimedOut({"all questions": f"no answer in {DEADLINE_S:g} s"}) from None

    async def _rows(
        self, session: "Session", cql: str, keys: Sequence[Sequence[Any]]
    ) -> list[list[tuple[Any, ...]]]:
        statement = await self._statement(session, cql)
        mine = asyncio.Semaphore(OF_ONE)

        async def ask(key: Sequence[Any]) -> list[tuple[Any, ...]]:
            async with mine, self._in_flight:
                future = session.execute_async(
                    statement, key, execution_profile=self._profile, timeout=TIMEOUT_S
                )
                return await _answer(future)

        try:
            async with asyncio.TaskGroup() as group:
                asked = [group.create_task(ask(key)) for key in keys]
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return [each.result() for each in asked]

    async def _statement(self, session: "Session", cql: str) -> "PreparedStatement":
        """A query as Cassandra knows it, which it is told once for all who wait."""
        task = self._prepared.get(cql)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = self._prepared[cql] = asyncio.create_task(self._prepare(session, cql))
        return await asyncio.shield(task)

    async def _prepare(self, session: "Session", cql: str) -> "PreparedStatement":
        statement = await self._in_thread(lambda: session.prepare(cql))
        # The jobs write at this level too, so that a read sees every acknowledged row.
        statement.consistency_level = ConsistencyLevel.LOCAL_QUORUM
        return statement

    async def _in_thread(self, do: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, do)

    async def _session(self) -> "Session":
        now_s = asyncio.get_running_loop().time()
        task = self._connecting
        failed = task is not None and task.done() and task.exception() is not None
        if task is None or (failed and now_s - self._failed_s > TRY_AGAIN_S):
            task = self._connecting = asyncio.create_task(self._connect())
        # Who gives up does not take the others' connection with them.
        return await asyncio.shield(task)

    async def _connect(self) -> "Session":
        try:
            session = await self._in_thread(lambda: cassandra_session(self._settings))
        except Exception:
            self._failed_s = asyncio.get_running_loop().time()
            raise
        session.client_protocol_handler = AsStored
        self._profile = session.execution_profile_clone_update(
            EXEC_PROFILE_DEFAULT, row_factory=tuple_factory
        )
        return session


async def _answer(future: "ResponseFuture") -> list[tuple[Any, ...]]:
    """All rows of a request, its further pages included."""
    loop = asyncio.get_running_loop()
    found: list[tuple[Any, ...]] = []
    while True:
        page: asyncio.Future[Sequence[tuple[Any, ...]]] = loop.create_future()

        def done(rows: Sequence[tuple[Any, ...]], page: Any = page) -> None:  # noqa: ANN401
            loop.call_soon_threadsafe(_settle, page, rows, None)

        def failed(error: Exception, page: Any = page) -> None:  # noqa: ANN401
            loop.call_soon_threadsafe(_settle, page, None, error)

        future.add_callbacks(done, failed)
        found += await page
        if not future.has_more_pages:
            return found
        future.clear_callbacks()
        future.start_fetching_next_page()


def _settle(
    page: "asyncio.Future[Sequence[tuple[Any, ...]]]",
    rows: Sequence[tuple[Any, ...]] | None,
    error: Exception | None,
) -> None:
    # Whoever waited may have gone.
    if page.done():
        return
    if error is not None:
        page.set_exception(error)
    else:
        page.set_result(rows or ())
