"""Receivers on loopback that keep what they get, and answer as they are told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

from tests.support.redis_server import free_port


@dataclass
class Got:
    """A request."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HttpReceiver:
    """What it has, and what it answers next: status and headers; `usual` when there is nothing."""

    url: str = ""
    got: list[Got] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    usual: int = 200
    hold: threading.Event | None = None
    """It answers when that is set."""


@contextmanager
def http_receiver() -> Iterator[HttpReceiver]:
    """One that listens."""
    receiver = HttpReceiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            names = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(length)
            if len(body) < length:
                # Who sent it was killed meanwhile: it is no request.
                self.close_connection = True
                return
            receiver.got.append(Got(self.path, names, body))
            status, headers = receiver.answers.pop(0) if receiver.answers else (receiver.usual, {})
            if receiver.hold is not None:
                receiver.hold.wait(240)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:  # noqa: ANN401
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class MailReceiver:
    """What it has, and what it answers next; "250 OK" when there is nothing."""

    address: str
    got: list[bytes] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    """Of whom it takes no mail."""

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, to: str, ___: Any) -> str:  # noqa: ANN401, N802
        """As aiosmtpd calls it."""
        if to in self.unknown:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: ANN401, N802
        """As aiosmtpd calls it."""
        answer = self.answers.pop(0) if self.answers else "250 OK"
        self.got.append(envelope.content)
        return answer


@contextmanager
def mail_receiver(port: int | None = None) -> Iterator[MailReceiver]:
    """One that listens; at a port that is free if none is given."""
    port = free_port() if port is None else port
    receiver = MailReceiver(f"127.0.0.1:{port}")
    controller = Controller(receiver, hostname="127.0.0.1", port=port, ready_timeout=120)
    controller.start()
    try:
        yield receiver
    finally:
        controller.stop()
