"""Whoever comes when too many wait is told so at once, and nobody is after they have gone."""

import asyncio
from typing import Any

import pytest
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from services.api import envelope
from services.api.envelope import Envelope, Metrics


class Waiting:
    """Answers when it is told to; what it is told to fail, fails."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.go.wait()
        if scope["path"] == "/broken":
            raise ValueError
        await Response("here")(scope, receive, send)
        if scope["path"] == "/stream":
            await asyncio.Event().wait()


async def ask(app: Envelope, path: str = "/") -> tuple[int, dict[str, str]]:
    """Status and headers."""
    begun: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            begun.set_result(message)

    async def receive() -> Any:  # noqa: ANN401
        return {"type": "http.request", "body": b""}

    scope = {"type": "http", "method": "GET", "path": path, "headers": []}
    task = asyncio.create_task(app(scope, receive, send))
    try:
        start = await begun
    except asyncio.CancelledError:
        task.cancel()
        raise
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], headers


def test_who_comes_beyond_them_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelope, "MOST_WAITING", 3)

    async def run() -> None:
        inner = Waiting()
        app = Envelope(inner, Metrics())
        first = [asyncio.create_task(ask(app, path)) for path in ("/", "/broken", "/stream")]
        gone = first.pop(0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        status, headers = await ask(app)
        assert (status, headers["retry-after"]) == (503, "1")
        assert headers["x-request-id"]

        # Who gives up makes room, and so does who has the beginning of an answer, or an error.
        gone.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        first.append(asyncio.create_task(ask(app)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert (await ask(app))[0] == 503
        inner.go.set()
        assert [(await each)[0] for each in first] == [500, 200, 200]
        assert [(await ask(app))[0] for _ in range(5)] == [200] * 5

    asyncio.run(run())


def test_a_process_that_is_busy_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelope, "MOST_WAITING", 0)

    async def run() -> None:
        inner = Waiting()
        inner.go.set()
        app = Envelope(inner, Metrics())
        assert (await ask(app))[0] == 503
        assert (await ask(app, envelope.ALIVE))[0] == 200

    asyncio.run(run())
