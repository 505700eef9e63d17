"""The API as a server, on a Redis of the tests' own; history is in memory."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import redis
import uvicorn

from adapters import connect, kafka, postgres
from adapters.cassandra_async import AsyncCassandra
from adapters.redis_notifier import say_seen
from contracts.choices import Choice
from contracts.notify_requests import Request
from contracts.settings import (
    PROJECT,
    CassandraSettings,
    PostgresSettings,
    RedisSettings,
    Settings,
)
from services.api import database, system
from services.api.app import make_app
from services.api.history.here import HistoryHere
from services.api.parts import Parts, wall_ms
from services.api.serve import Server, configured
from services.notifier.rule_file import read_rules
from services.notifier.rules import Notify
from services.notifier.shown import notifier
from tests.bills.billed import bill
from tests.support.postgres_server import postgres_server
from tests.support.redis_server import redis_server
from tests.unit.services.api.life import Kept, SourcesInMemory
from tests.unit.services.api.town import NAMESPACE, OUTAGE, WALL, Town, an_alert
from tests.unit.services.notifier.play import CUSTOMERS, Play
from tests.unit.services.notifier.told import night, tell

AWAY = "postgresql://wattstream@127.0.0.1:1"
"""Nobody listens there."""

NOBODY_S = 0.1
"""To wait for who is not there."""

NO_TLS = httpx.create_ssl_context(verify=False)
"""Made once: without it every request reads the certificates of all authorities, to speak HTTP."""


@dataclass(slots=True)
class PartsInMemory(Parts):
    """Parts whose history is in memory, and answered by the process that asks."""

    sources: SourcesInMemory = field(kw_only=True)

    @staticmethod
    def made(settings: Settings, now_ms: Callable[[], int] = wall_ms) -> "PartsInMemory":
        """Parts by the settings."""
        usual = Parts.of(settings)
        sources = SourcesInMemory(settings, AsyncCassandra(settings.cassandra))
        return PartsInMemory(settings, usual.live, HistoryHere(sources), now_ms, sources=sources)

    @property
    def kept_history(self) -> Kept:
        return self.sources.kept

    @kept_history.setter
    def kept_history(self, kept: Kept) -> None:
        self.sources.kept = kept


@dataclass
class Api:
    """A server, and how to ask it."""

    url: str
    town: Town
    parts: PartsInMemory
    app: Any
    server: uvicorn.Server

    def get(self, path: str, token: str | None = None, **more: Any) -> httpx.Response:  # noqa: ANN401
        return self.ask("GET", path, token, **more)

    def ask(self, method: str, path: str, token: str | None = None, **more: Any) -> httpx.Response:  # noqa: ANN401
        headers = dict(more.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        url = f"{self.url}{path}"
        return httpx.request(method, url, headers=headers, timeout=120, verify=NO_TLS, **more)

    def forget(self) -> None:
        """Let nothing be remembered from one request to the next."""
        self.parts.kept._known.clear()
        self.parts._moves.clear()
        self.parts._alerts.clear()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture(scope="session")
def patience() -> Iterator[None]:
    """Wait for stores as long as a busy machine takes."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(connect, "REDIS_TIMEOUT_S", 60.0)
        patched.setattr(connect, "REDIS_WAIT_S", 60.0)
        patched.setattr(postgres, "READ_CONNECT_TIMEOUT_S", 60)
        patched.setattr(database, "STATEMENT_S", 60)
        patched.setattr(database, "ANSWER_S", 60.0)
        patched.setattr(database, "COMPUTED_S", 60.0)
        patched.setattr(system, "ANSWER_TIMEOUT_S", 60.0)
        yield


@pytest.fixture(scope="session")
def server(redis_url: str, patience: None) -> Iterator[Api]:  # noqa: ARG001
    with serving(redis_url) as api:
        yield api


@pytest.fixture(scope="session")
def billed(patience: None) -> Iterator[Settings]:  # noqa: ARG001
    """Where the town's bills are: a PostgreSQL, and the archive that they are made of."""
    with postgres_server() as settings:
        found = settings.model_copy(update={"namespace": NAMESPACE})
        bill(found)
        yield found


@contextmanager
def serving(redis_url: str, port: int = 0, bills: Settings | None = None) -> Iterator[Api]:
    """A server at a port, or at any that is free."""
    # Nobody listens there: what needs Cassandra itself is in tests/integration.
    settings = Settings(
        redis=RedisSettings(url=redis_url),
        postgres=PostgresSettings(url=AWAY) if bills is None else bills.postgres,
        data_dir=PROJECT / "nowhere" if bills is None else bills.data_dir,
        cassandra=CassandraSettings(port=1),
        kafka_bootstrap="127.0.0.1:1",
        flink_rest_url="http://127.0.0.1:1",
    )
    parts = PartsInMemory.made(settings, lambda: WALL)
    app = make_app(settings, parts)
    running = Server(configured(app, "127.0.0.1", port), app)
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        while not running.started:
            assert thread.is_alive()
            thread.join(0.02)
        port = running.servers[0].sockets[0].getsockname()[1]
        client = redis.Redis.from_url(redis_url, decode_responses=True)
        yield Api(f"http://127.0.0.1:{port}", Town(client), parts, app, running)
    finally:
        app.state.hub.close_all()
        running.should_exit = True
        thread.join()


@pytest.fixture
def api(server: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """The server, with the town as it is at first."""
    # There is no Kafka, and its client waits for one as long as it may.
    monkeypatch.setattr(kafka, "_TIMEOUT_S", NOBODY_S)
    monkeypatch.setattr(system, "KAFKA_TIMEOUT_S", NOBODY_S)
    server.parts.kept_history = Kept()
    server.town.settle()
    server.forget()
    yield server


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """What came to the topic of requests to the notifier; the real one is in tests/integration."""
    requests: list[Request] = []

    def ask(settings: Settings, request: Request, timeout_s: float) -> None:
        assert timeout_s <= 5
        assert settings.namespace == NAMESPACE
        requests.append(request)

    monkeypatch.setattr("services.api.notifications.ask", ask)
    return requests


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> list[Choice | str]:
    """What came to the topic of choices, or who took one back; the real one is in
    tests/integration."""
    there: list[Choice | str] = []

    def put(settings: Settings, what: Choice | str, timeout_s: float) -> None:
        assert timeout_s <= 5
        assert settings.namespace == NAMESPACE
        there.append(what)

    monkeypatch.setattr("services.api.choices.choose", put)
    monkeypatch.setattr("services.api.choices.take_back", put)
    return there


@pytest.fixture
def offered(api: Api) -> Notify:
    """A notifier runs that offers customers a mailbox and a push service."""
    notify = read_rules(CUSTOMERS)
    said = notifier(notify, "/srv/notify.toml", WALL, WALL)
    say_seen(api.town.client, NAMESPACE, said)
    return notify


@pytest.fixture
def told(api: Api) -> Play:
    """How people were told in a night, as a notifier shows it."""
    play = night(an_alert(OUTAGE), WALL)
    tell(api.town.client, NAMESPACE, play)
    return play
