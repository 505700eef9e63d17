"""The process that serves the application."""

import logging
import sys
from contextlib import suppress
from types import FrameType

import uvicorn
from fastapi import FastAPI
from prometheus_client import start_http_server

from contracts.settings import Settings
from services.api.app import make_app
from services.api.connection import Connection
from services.api.threads import TURN_S

GRACE_S = 5
"""What is answered meanwhile is answered to its end."""
MOST_WAITING = 2_048
"""Connections that wait to be taken."""


class Server(uvicorn.Server):
    """Says good-bye to streams before it waits for what is open."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end."""
        self._app.state.hub.close_all()
        super().handle_exit(sig, frame)


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    quiet_logs()
    sys.setswitchinterval(TURN_S)
    app = make_app(settings)
    config = configured(app, settings.api.host, settings.api.port)
    start_http_server(
        settings.api.metrics_port, settings.api.host, registry=app.state.metrics.registry
    )
    # Which the server raises again when it has ended.
    with suppress(KeyboardInterrupt):
        Server(config, app).run()


def quiet_logs() -> None:
    """Let libraries say what is wrong, and nothing else."""
    # Its log has the addresses of requests in what it says of broken ones.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    # Of each question to Flink, of which there are many in a minute.
    logging.getLogger("httpx").setLevel(logging.WARNING)


def configured(app: FastAPI, host: str, port: int) -> uvicorn.Config:
    """How an application is served."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http=Connection,
        ws="none",
        log_config=None,
        # Addresses and headers of requests are nobody's to read: metrics say how many there are.
        access_log=False,
        server_header=False,
        backlog=MOST_WAITING,
        timeout_graceful_shutdown=GRACE_S,
    )
