"""Who is told in the demonstration: a mailbox and a web hook on this machine, which write what they
get into a file, and the rules by which they are told; the mailbox is a customer's, too."""

import base64
import json
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from contracts.settings import NOTIFY_PREFIX, PREFIX, Settings
from infra.settings import LOOPBACK, StackSettings
from wattstream.beside import beside

HOME_CHANNEL = "home-mail"
FILE = """\
page = "{page}"

[[rule]]
name = "all"
wait = "5s"
update_every = "1m"
to = ["duty-mail", "duty-hook"]

[channel.duty-mail]
type = "mail"
url_env = "{prefix}DEMO_MAIL"

[channel.duty-hook]
type = "webhook"
url_env = "{prefix}DEMO_HOOK"
secret_env = "{prefix}DEMO_HOOK_KEY"

[customers]
channels = ["{home}"]
for = "10s"

[channel.{home}]
type = "mail"
url_env = "{prefix}DEMO_HOME_MAIL"
"""


@contextmanager
def told(settings: Settings) -> Iterator[Path]:
    """Have a notifier of the namespace tell two receivers; yields the file that has what they
    get."""
    stack = StackSettings()
    file, received = stack.run_dir("demo") / "notify.toml", stack.log_dir / "demo-received.log"
    for path in (file, received):
        path.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(rules(f"http://{LOOPBACK}:{settings.api.port}"))
    received.write_text("")
    with (
        receivers(received) as environment,
        beside("notifier", settings, {**environment, f"{PREFIX}NOTIFY_FILE": str(file)}),
    ):
        yield received


def rules(page: str) -> str:
    """`notify.toml`: both are told of all, and customers of their homes by mail if they choose."""
    return FILE.format(page=page, prefix=NOTIFY_PREFIX, home=HOME_CHANNEL)


@contextmanager
def receivers(received: Path) -> Iterator[dict[str, str]]:
    """A mailbox and a web hook that listen; yields their addresses, as the environment of a
    notifier has them."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    with _mailbox(received) as mail_port, _web_hook(received) as hook_port:
        server = f"smtp+plain://{LOOPBACK}:{mail_port}?from=wattstream@demo.example"
        yield {
            f"{NOTIFY_PREFIX}DEMO_MAIL": f"{server}&to=duty@demo.example",
            f"{NOTIFY_PREFIX}DEMO_HOME_MAIL": server,
            f"{NOTIFY_PREFIX}DEMO_HOOK": f"http://{LOOPBACK}:{hook_port}/",
            f"{NOTIFY_PREFIX}DEMO_HOOK_KEY": f"whsec_{key}",
        }


def _write(received: Path, name: str, text: str) -> None:
    with received.open("a") as file:
        file.write(f"-- {datetime.now(UTC):%H:%M:%S} UTC, {name}\n{text.rstrip()}\n\n")


@contextmanager
def _mailbox(received: Path) -> Iterator[int]:
    """One that listens; yields its port."""

    class Mailbox:
        async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
            mail = message_from_bytes(envelope.original_content or b"", policy=default)
            body = mail.get_body(("plain",))
            text = "" if body is None else body.get_content()
            name = f"mail to {mail['To']}, {mail['Message-ID']}"
            _write(received, name, f"{mail['Subject']}\n{text}")
            return "250 OK"

    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        port: int = free.getsockname()[1]
    controller = Controller(Mailbox(), hostname=LOOPBACK, port=port, ready_timeout=60)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@contextmanager
def _web_hook(received: Path) -> Iterator[int]:
    """One that listens; yields its port."""

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = f"web hook, Idempotency-Key {self.headers['Idempotency-Key']}"
            _write(received, name, f"{said['title']}\n{said['body']}")
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:  # noqa: ANN401
            pass

    with ThreadingHTTPServer((LOOPBACK, 0), Hook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
