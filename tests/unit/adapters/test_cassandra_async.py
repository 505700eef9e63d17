"""Many partitions at a time, of a session that answers as the driver does: in its own threads."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from cassandra import OperationTimedOut, Unavailable

from adapters import cassandra_async
from adapters.cassandra_async import AsyncCassandra
from contracts.settings import CassandraSettings

Page = Sequence[tuple[Any, ...]] | Exception | None


class Future:
    """An answer in pages; None never comes."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self._pages = list(pages)
        self._callbacks: list[tuple[Callable[..., None], Callable[..., None]]] = []

    def add_callbacks(self, done: Callable[..., None], failed: Callable[..., None]) -> None:
        self._callbacks.append((done, failed))
        self._next()

    def clear_callbacks(self) -> None:
        self._callbacks.clear()

    @property
    def has_more_pages(self) -> bool:
        return bool(self._pages)

    def start_fetching_next_page(self) -> None:
        assert not self._callbacks

    def _next(self) -> None:
        page = self._pages.pop(0)
        for done, failed in self._callbacks:
            if isinstance(page, Exception):
                threading.Thread(target=failed, args=(page,)).start()
            elif page is not None:
                threading.Thread(target=done, args=(page,)).start()


class Statement:
    consistency_level: int | None = None
    result_metadata: Sequence[tuple[Any, ...]] = ()


class Session:
    """Answers by key."""

    def __init__(self, answers: dict[str, Sequence[Page]]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.prepared: list[str] = []
        self.cluster = self

    def shutdown(self) -> None:
        """End."""

    def prepare(self, cql: str) -> Statement:
        self.prepared.append(cql)
        return Statement()

    def execution_profile_clone_update(self, *_: object, **__: object) -> None:
        return None

    def execute_async(self, _: Statement, key: Sequence[str], **__: object) -> Future:
        self.asked.append(key[0])
        return Future(self.answers[key[0]])


def asked_of(
    session: Session, monkeypatch: pytest.MonkeyPatch, ask: Callable[[AsyncCassandra], Any]
) -> Any:  # noqa: ANN401
    monkeypatch.setattr(cassandra_async, "cassandra_session", lambda _: session)

    async def run() -> Any:  # noqa: ANN401
        cassandra = AsyncCassandra(CassandraSettings())
        try:
            return await ask(cassandra)
        finally:
            await cassandra.close()

    return asyncio.run(run())


def test_all_pages_of_all_keys_come_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session({"a": [[(1,), (2,)], [(3,)]], "b": [[]], "c": [[(4,)], [], [(5,)]]})

    async def twice(cassandra: AsyncCassandra) -> Any:  # noqa: ANN401
        questions = (cassandra.rows("q", [("a",), ("b",), ("c",)]) for _ in range(2))
        return await asyncio.gather(*questions)

    found = asked_of(session, monkeypatch, twice)

    assert found == [[[(1,), (2,), (3,)], [], [(4,), (5,)]]] * 2
    assert session.prepared == ["q"]


def test_the_first_failure_is_the_answer_and_nothing_more_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cassandra_async, "OF_ONE", 2)
    keys = [f"k{n}" for n in range(20)]
    session = Session({key: [None] for key in keys} | {"k1": [Unavailable("none")]})

    async def ask(cassandra: AsyncCassandra) -> int:
        with pytest.raises(Unavailable):
            await cassandra.rows("q", [(key,) for key in keys])
        others = asyncio.all_tasks() - {asyncio.current_task()}
        return len([each for each in others if not each.done()])

    assert asked_of(session, monkeypatch, ask) == 0
    assert session.asked[:2] == ["k0", "k1"]
    assert len(session.asked) <= 3


def test_all_partitions_together_have_one_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cassandra_async, "DEADLINE_S", 2.0)
    monkeypatch.setattr(cassandra_async, "IN_FLIGHT", 1)
    session = Session({"never": [None], "half": [[(1,)], None], "b": [[(2,)]]})

    async def ask(cassandra: AsyncCassandra) -> Any:  # noqa: ANN401
        for key in ("never", "half"):
            with pytest.raises(OperationTimedOut):
                await cassandra.rows("q", [(key,), ("b",)])
        monkeypatch.setattr(cassandra_async, "DEADLINE_S", 60.0)
        # Places are given back.
        return await cassandra.rows("q", [("b",)])

    assert asked_of(session, monkeypatch, ask) == [[(2,)]]
    assert session.asked == ["never", "half", "b"]


def test_a_session_that_takes_long_is_waited_for_as_long_as_a_request_may_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cassandra_async, "DEADLINE_S", 0.1)
    session, may_connect = Session({"a": [[(1,)]]}), threading.Event()

    def slow(_: CassandraSettings) -> Session:
        assert may_connect.wait(60)
        return session

    async def run() -> Any:  # noqa: ANN401
        monkeypatch.setattr(cassandra_async, "cassandra_session", slow)
        cassandra = AsyncCassandra(CassandraSettings())
        try:
            with pytest.raises(OperationTimedOut):
                await cassandra.rows("q", [("a",)])
            monkeypatch.setattr(cassandra_async, "DEADLINE_S", 60.0)
            may_connect.set()
            return await cassandra.rows("q", [("a",)])
        finally:
            may_connect.set()
            await cassandra.close()

    assert asyncio.run(run()) == [[(1,)]]


def test_who_goes_away_asks_for_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cassandra_async, "OF_ONE", 1)
    session = Session({"never": [None], "b": [[(2,)]]})

    async def ask(cassandra: AsyncCassandra) -> Any:  # noqa: ANN401
        gone = asyncio.create_task(cassandra.rows("q", [("never",), ("b",)]))
        while not session.asked:
            await asyncio.sleep(0.01)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        return await cassandra.rows("q", [("b",)])

    assert asked_of(session, monkeypatch, ask) == [[(2,)]]
    assert session.asked == ["never", "b"]
