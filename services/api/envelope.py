"""What every answer has, whatever it is of: the request's id, headers that keep browsers careful,
and a count of it."""

import logging
import secrets
import time
from collections.abc import MutableMapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.problems import ProblemError
from services.logs import REQUEST

log = logging.getLogger(__name__)

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
}
"""Of what is no page: nothing in it may be run, or shown in another one."""

_USUAL = [
    (name.lower().encode(), value.encode())
    for name, value in {**HEADERS, "Cache-Control": "no-store"}.items()
]
"""As they are sent, where an answer does not say otherwise."""

MOST_WAITING = 500
"""Requests that are answered at a time. Whoever comes beyond them is told so at once: if all waited
for their turn, more would come than go, and in the end everybody would have left before it."""
BUSY_AFTER_S = 1
ALIVE = "/healthz"
"""Whoever asks this would end a process that is only busy."""

SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """What Prometheus is told."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "wattstream_api_requests",
            "Requests that were answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "wattstream_api_request_seconds",
            "From a request to the beginning of its answer.",
            ("route",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.streams = Gauge(
            "wattstream_api_streams_open", "Event streams that are open.", registry=self.registry
        )
        self.cut = Counter(
            "wattstream_api_streams_cut",
            "Event streams that were ended by the server.",
            ("reason",),
            registry=self.registry,
        )


class Envelope:
    """ASGI middleware, around everything that answers."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        # Of this request's task alone.
        REQUEST.set(request_id)
        begun_s = time.perf_counter()
        started = False
        is_busy = self._waiting >= MOST_WAITING and scope["path"] != ALIVE
        app = _busy if is_busy else self._app
        self._waiting += 1

        async def enveloped(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._waiting -= 1
                said = list(message.get("headers", ()))
                names = {name for name, _ in said}
                said.append((b"x-request-id", request_id.encode()))
                said += [each for each in _USUAL if each[0] not in names]
                message["headers"] = said
                self._count(scope, message["status"], time.perf_counter() - begun_s)
            await send(message)

        try:
            await app(scope, receive, enveloped)
        except Exception:
            # The address is left out: it may have what should have been in a header.
            log.exception("request %s failed", request_id)
            if not started:
                await ProblemError("broken").response()(scope, receive, enveloped)
        finally:
            if not started:
                self._waiting -= 1

    def _count(self, scope: MutableMapping[str, Any], status: int, seconds: float) -> None:
        # Never the address itself, which anybody may make up.
        route = getattr(scope.get("route"), "path", "none")
        self._metrics.requests.labels(scope["method"], route, status).inc()
        self._metrics.seconds.labels(route).observe(seconds)


async def _busy(scope: Scope, receive: Receive, send: Send) -> None:
    problem = ProblemError("busy", headers={"Retry-After": str(BUSY_AFTER_S)})
    await problem.response()(scope, receive, send)
