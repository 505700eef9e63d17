"""The API with its page over a city, as a server; history is in memory."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from unittest.mock import patch

import redis
import uvicorn

from adapters import connect, postgres
from contracts.notes import Note
from contracts.settings import (
    PROJECT,
    CassandraSettings,
    PostgresSettings,
    RedisSettings,
    Settings,
)
from services.api import database, system
from services.api.app import make_app
from services.api.serve import Server, configured
from tests.browser.city import ALERTS, City
from tests.support.redis_server import redis_server
from tests.unit.services.api.conftest import AWAY, NOBODY_S, PartsInMemory
from tests.unit.services.api.life import Kept

PULSE_S = 0.5


@dataclass
class Served:
    """A server, and the city that it tells of."""

    url: str
    city: City
    notes: list[Note]
    """What came to the topic of notes."""
    parts: PartsInMemory
    server: Server
    redis: ExitStack
    """The city's Redis, which is away when this is closed."""

    def kill(self) -> None:
        """Let the server end without a word to anybody."""
        self.server.force_exit = self.server.should_exit = True


@contextmanager
def serving(bills: Settings | None = None) -> Iterator[Served]:
    """The server, as long as it is wanted; with the bills that settings name."""
    notes: list[Note] = []
    with (
        ExitStack() as store,
        patch("services.api.alerts.say", _to(notes)),
        # Stores are waited for as long as a busy machine takes.
        patch.object(connect, "REDIS_TIMEOUT_S", 60.0),
        patch.object(connect, "REDIS_WAIT_S", 60.0),
        patch.object(postgres, "READ_CONNECT_TIMEOUT_S", 60),
        patch.object(database, "ANSWER_S", 60.0),
        patch.object(database, "COMPUTED_S", 60.0),
        patch.object(system, "ANSWER_TIMEOUT_S", 60.0),
        # There is no Kafka, and its client waits for one as long as it may.
        patch.object(system, "KAFKA_TIMEOUT_S", NOBODY_S),
    ):
        url = store.enter_context(redis_server())
        city = City(redis.Redis.from_url(url, decode_responses=True))
        # Nobody listens there: what needs other stores is in tests/integration.
        settings = Settings(
            redis=RedisSettings(url=url),
            postgres=PostgresSettings(url=AWAY) if bills is None else bills.postgres,
            data_dir=PROJECT / "nowhere" if bills is None else bills.data_dir,
            cassandra=CassandraSettings(port=1),
            kafka_bootstrap="127.0.0.1:1",
            flink_rest_url="http://127.0.0.1:1",
        )
        parts = PartsInMemory.made(settings)
        parts.kept_history = Kept(alerts={each.id: [each] for each in ALERTS})
        app = make_app(settings, parts)
        server = Server(configured(app, "127.0.0.1", 0), app)
        thread = threading.Thread(target=server.run)
        ended = threading.Event()
        pulse = threading.Thread(target=_beat, args=(city, ended))
        thread.start()
        pulse.start()
        try:
            yield Served(_address(server, thread), city, notes, parts, server, store)
        finally:
            ended.set()
            app.state.hub.close_all()
            server.should_exit = True
            pulse.join()
            thread.join()


def _to(notes: list[Note]):  # type: ignore[no-untyped-def]  # noqa: ANN202
    def say(settings: Settings, note: Note, timeout_s: float) -> None:  # noqa: ARG001
        notes.append(note)

    return say


def _address(server: uvicorn.Server, thread: threading.Thread) -> str:
    while not server.started:
        assert thread.is_alive()
        thread.join(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    return f"http://127.0.0.1:{port}"


def _beat(city: City, ended: threading.Event) -> None:
    while not ended.wait(PULSE_S):
        # Redis may be away, as it is in tests of that.
        with suppress(redis.RedisError):
            city.tick()
