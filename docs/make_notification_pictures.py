"""Takes the picture of what a household's phone, mailbox and loudspeaker get when a heater was on
at 4 o'clock, and when that is over.

`uv run python docs/make_notification_pictures.py`: a notifier, a broker that librdkafka plays, and
receivers on loopback; the picture shows what these got, word by word.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

from confluent_kafka import Producer
from msgspec.json import encode
from playwright.sync_api import sync_playwright

from contracts.alerts import Alert
from contracts.settings import PROJECT, Settings
from contracts.topics import alert_notes, alerts, notifications, notify_requests
from tests.browser.look import launched
from tests.support.household import HOUSEHOLD, second_of, used
from tests.support.played_broker import played_broker
from tests.support.receivers import HttpReceiver, MailReceiver, http_receiver, mail_receiver
from tests.support.waiting import until
from tests.unit.services.notifier.play import closed

TO = Path(__file__).parent / "pictures" / "notifications.png"
HOUR, ENERGY_WH = 4, 1_500
PATIENCE_S = 90.0
TIMES = 60
"""As fast as the wall's is the notifier's clock."""
SPEAK = "/api/services/tts/speak"
STYLE = """
body { margin: 0; padding: 24px; font: 15px/1.45 system-ui, sans-serif; background: #e9edf2;
       display: grid; grid-template-columns: 320px 440px 320px; gap: 24px; width: 1128px; }
section { background: #fff; border-radius: 14px; padding: 16px; color: #1b2733; }
h2 { font-size: 13px; margin: 0 0 12px; color: #546372; font-weight: 600; }
article { border-top: 1px solid #d7dee6; padding: 12px 0 4px; }
h3 { font-size: 15px; margin: 0 0 4px; }
p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
small { color: #546372; }
"""


def main() -> None:
    """Let it happen, and take the picture."""
    with http_receiver() as http, mail_receiver() as mail:
        happen(http, mail)
        spoken = [json.loads(got.body) for got in http.got if got.path == SPEAK]
        shown = [json.loads(got.body) for got in http.got if got.path != SPEAK]
        mails = [message_from_bytes(each, policy=default) for each in mail.got]
    columns = [
        ("Phone, by ntfy", [(each["title"], each["message"], "") for each in shown]),
        (
            "Mail",
            [(each["Subject"], each.get_content(), f"From {each['From']}") for each in mails],
        ),
        (
            "Loudspeaker, by Home Assistant",
            [("", f"“{each['message']}”", each["media_player_entity_id"]) for each in spoken],
        ),
    ]
    with sync_playwright() as playwright, launched(playwright) as browser:
        page = browser.new_page(viewport={"width": 1176, "height": 400})
        page.set_content(f"<style>{STYLE}</style>{''.join(section(*each) for each in columns)}")
        page.screenshot(path=TO, full_page=True)


def section(title: str, messages: Sequence[tuple[str, str, str]]) -> str:
    """What one receiver got: of each message its title, its text, and what else is said of it."""
    articles = "".join(
        f"<article><small>{escape(beside)}</small><h3>{escape(head)}</h3>"
        f"<p>{escape(text.strip())}</p></article>"
        for head, text, beside in messages
    )
    return f"<section><h2>{title}</h2>{articles}</section>"


def happen(http: HttpReceiver, mail: MailReceiver) -> None:
    """The alert of the hour, and its end when the hour is over."""
    (heater,) = used(HOUR, ENERGY_WH)
    with played_broker() as played, TemporaryDirectory() as folder:
        settings = played.model_copy(update={"namespace": "home"})
        producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "log_level": 2})
        for topic_of in (alert_notes, notify_requests, notifications):
            producer.produce(topic_of(settings).name, None, b"read nothing", 0)
        with notifier(settings, Path(folder), http, mail):
            write(producer, settings, heater)
            until(lambda: len(mail.got) == 1 and len(http.got) == 2, PATIENCE_S)
            write(producer, settings, closed(heater, second_of(HOUR + 1)))
            until(lambda: len(mail.got) == 2 and len(http.got) == 4, PATIENCE_S)


def write(producer: Producer, settings: Settings, alert: Alert) -> None:
    """Put it on its topic."""
    producer.produce(alerts(settings).name, encode(alert), alert.id.encode(), 0)
    producer.flush(PATIENCE_S)


@contextmanager
def notifier(
    settings: Settings, folder: Path, http: HttpReceiver, mail: MailReceiver
) -> Iterator[None]:
    """One that runs, by the household's rules."""
    file = folder / "notify.toml"
    file.write_text(f'page = "https://grid.example"\n{HOUSEHOLD}')
    environment = {
        **os.environ,
        "WATTSTREAM_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "WATTSTREAM_NAMESPACE": settings.namespace,
        "WATTSTREAM_NOTIFY_FILE": str(file),
        "WATTSTREAM_NOTIFY_PHONE": f"ntfy://{http.url.removeprefix('http://')}/home",
        "WATTSTREAM_NOTIFY_MAIL": (
            f"smtp+plain://{mail.address}?from=alerts@grid.example&to=ada@home.example"
        ),
        "WATTSTREAM_NOTIFY_KITCHEN": http.url,
        "WATTSTREAM_NOTIFY_KITCHEN_TOKEN": "long-lived",
    }
    command = (sys.executable, "-m", "tests.support.fast_notifier")
    clock = (str(time.time_ns() // 1_000_000), str(TIMES))
    running = subprocess.Popen([*command, *clock], cwd=PROJECT, env=environment)
    try:
        yield
    finally:
        running.terminate()
        running.wait()


if __name__ == "__main__":
    main()
