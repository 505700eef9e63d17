"""The process, with a broker that librdkafka plays and receivers on loopback."""

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default
from functools import partial
from pathlib import Path

import pytest
from confluent_kafka import Producer
from msgspec.json import encode

from contracts.alerts import Alert
from contracts.notes import Note
from contracts.settings import PROJECT, Settings
from contracts.topics import (
    alert_notes,
    alerts,
    choices,
    meters,
    notifications,
    notify_requests,
)
from tests.support import waiting
from tests.support.played_broker import played_broker
from tests.support.receivers import (
    Got,
    HttpReceiver,
    http_receiver,
    mail_receiver,
)
from tests.unit.services.notifier.play import a_choice, a_home, closed, opened

PATIENCE_S = 180.0
until = partial(waiting.until, patience_s=PATIENCE_S)
FILE = """
[[rule]]
name = "all"
to = ["hook", "mail"]
wait = "1s"
update_every = "1m"
group_by = "subject"
[channel.hook]
type = "webhook"
url_env = "WATTSTREAM_NOTIFY_HOOK"
secret_env = "WATTSTREAM_NOTIFY_HOOK_KEY"
[channel.mail]
type = "mail"
url_env = "WATTSTREAM_NOTIFY_MAIL"
language = "de"
zone = "Europe/Berlin"
"""


@pytest.fixture(scope="module")
def broker() -> Iterator[Settings]:
    """Settings of a broker that makes topics as they are written."""
    with played_broker() as played:
        settings = played.model_copy(update={"namespace": "told"})
        producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "log_level": 2})
        for topic_of in (alert_notes, notify_requests, notifications):
            producer.produce(topic_of(settings).name, None, b"read nothing", 0)
        assert producer.flush(120) == 0
        yield settings


def write(settings: Settings, *what: Alert | Note) -> None:
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "log_level": 2})
    for each in what:
        topic = alerts(settings) if isinstance(each, Alert) else alert_notes(settings)
        producer.produce(topic.name, encode(each), each.id.encode(), 0)
    assert producer.flush(120) == 0


@contextmanager
def process(
    settings: Settings, tmp_path: Path, hook: HttpReceiver, mail: str
) -> Iterator["subprocess.Popen[bytes]"]:
    (tmp_path / "notify.toml").write_text(FILE)
    environment = {
        **os.environ,
        "WATTSTREAM_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "WATTSTREAM_NAMESPACE": settings.namespace,
        "WATTSTREAM_NOTIFY_FILE": str(tmp_path / "notify.toml"),
        "WATTSTREAM_NOTIFY_HOOK": hook.url,
        "WATTSTREAM_NOTIFY_HOOK_KEY": f"whsec_{base64.b64encode(bytes(32)).decode()}",
        "WATTSTREAM_NOTIFY_MAIL": f"smtp+plain://{mail}?from=a@b.example&to=c@d.example",
    }
    command = (sys.executable, "-m", "services.notifier")
    running = subprocess.Popen(command, cwd=PROJECT, env=environment)
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def ids(got: list[Got], field: str) -> list[str]:
    return [
        an_id
        for each in got
        for part in json.loads(each.body)["parts"]
        for an_id in part.get(field, [])
    ]


def test_alerts_are_told_and_a_killed_process_goes_on(
    broker: Settings, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first, second = opened(0, "f1"), opened(0, "f2")
    # What is over before the notifier is there for the first time is not told.
    old = opened(-100, "f0")
    write(broker, old, closed(old, -50), first)
    with http_receiver() as hook, mail_receiver() as mail:
        with process(broker, tmp_path, hook, mail.address) as running:
            until(lambda: ids(hook.got, "opened") == [first.id] and len(mail.got) == 1)
            running.send_signal(signal.SIGKILL)
            running.wait()
        write(broker, Note(first.id, 0, "Ada", "acknowledged"), second)
        with process(broker, tmp_path, hook, mail.address) as running:
            until(lambda: second.id in ids(hook.got, "opened") and len(mail.got) >= 2)
            running.terminate()
            assert running.wait(PATIENCE_S) == 0
    keys = {each.headers["idempotency-key"] for each in hook.got}

    # One kill doubles one message of a channel at most, and with its id.
    assert len(keys) == 2 and len(hook.got) <= 3 and len(mail.got) <= 3
    assert b"Stromausfall, Strang f1" in mail.got[0].replace(b"=\r\n", b"")
    assert old.id not in ids(hook.got, "opened")
    # An address may be a secret.
    said = capfd.readouterr().err
    assert "has gone to hook" in said and hook.url not in said


OF_CUSTOMERS = """
[customers]
channels = ["home"]
for = "1s"
[channel.home]
type = "mail"
url_env = "WATTSTREAM_NOTIFY_HOME"
"""


def test_customers_are_told_of_their_own_homes_as_they_have_chosen(
    broker: Settings, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = broker.model_copy(update={"namespace": "homes"})
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "log_level": 2})
    for topic_of in (alert_notes, notify_requests, notifications):
        producer.produce(topic_of(settings).name, None, b"read nothing", 0)
    chosen = (
        a_choice("c1", channel="home", language="fr"),
        *(a_choice(each, channel="home") for each in ("c2", "c3")),
    )
    for each in chosen:
        producer.produce(choices(settings).name, encode(each), each.customer.encode(), 0)
    # The address is in no log, not even of what is no choice.
    strange = encode(chosen[0]).replace(b'"outage"', b'"overload"')
    producer.produce(choices(settings).name, strange, b"c1", 0)
    producer.produce(choices(settings).name, None, b"c3", 0)
    for meter_id, customer in (("m1", "c1"), ("m2", "c2"), ("m3", "c3"), ("m4", "c4")):
        producer.produce(meters(settings).name, encode(a_home(customer)), meter_id.encode(), 0)
    assert producer.flush(30) == 0
    homes = ("m1", "m3", "m4")
    dark = opened(0, "f1", homes=homes, homes_count=3, homes_out=3)
    write(settings, dark)
    (tmp_path / "notify.toml").write_text(OF_CUSTOMERS)
    with mail_receiver() as mail:
        mail.answers.append("451 later")
        environment = {
            **os.environ,
            "WATTSTREAM_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
            "WATTSTREAM_NAMESPACE": settings.namespace,
            "WATTSTREAM_NOTIFY_FILE": str(tmp_path / "notify.toml"),
            "WATTSTREAM_REDIS_URL": "redis://127.0.0.1:1/0",
            "WATTSTREAM_NOTIFY_HOME": f"smtp+plain://{mail.address}?from=grid@utility.example",
        }
        command = (sys.executable, "-m", "services.notifier")
        running = subprocess.Popen(command, cwd=PROJECT, env=environment)
        try:
            until(lambda: len(mail.got) == 2)
            running.send_signal(signal.SIGKILL)
            running.wait()
            write(settings, closed(dark, 900))
            running = subprocess.Popen(command, cwd=PROJECT, env=environment)
            until(lambda: any("revenu" in subject(each) for each in mail.got))
            running.terminate()
            assert running.wait(PATIENCE_S) == 0
        finally:
            running.kill()
            running.wait()

    mails = [message_from_bytes(each, policy=default) for each in mail.got]
    assert {each["To"] for each in mails} == {"c1@homes.example"}
    # Two tries and perhaps one more after the kill, of one message; and its end.
    assert len({each["Message-ID"] for each in mails}) == 2 and len(mails) <= 4
    assert mails[0].get_content().startswith("Depuis 23 déc. 16:15 GMT")
    said = capfd.readouterr().err
    assert "is no entry and is passed over" in said
    assert "homes.example" not in said


def subject(mail: bytes) -> str:
    return str(message_from_bytes(mail, policy=default)["Subject"])


def test_a_process_without_rules_says_so_once_and_reads_them_when_they_are_there(
    broker: Settings, tmp_path: Path
) -> None:
    file, told = tmp_path / "notify.toml", tmp_path / "told"
    environment = {
        **os.environ,
        "WATTSTREAM_KAFKA_BOOTSTRAP": broker.kafka_bootstrap,
        "WATTSTREAM_NAMESPACE": "rules",
        "WATTSTREAM_NOTIFY_FILE": str(file),
        "WATTSTREAM_NOTIFY_DUTY": "ntfy://127.0.0.1:1/duty",
    }
    command = (sys.executable, "-m", "services.notifier")
    with told.open("wb") as output:
        running = subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=output)
    try:
        until(lambda: "nobody is told" in told.read_text())
        file.write_text("nonsense")
        until(lambda: "notify.toml is no TOML" in told.read_text())
        file.write_text(
            '[[rule]]\nname = "all"\nto = ["duty"]\n'
            '[channel.duty]\nurl_env = "WATTSTREAM_NOTIFY_DUTY"\n'
        )
        # Only then Kafka is asked, which has no such topics.
        until(lambda: "there is no topic rules." in told.read_text())
        running.terminate()
        assert running.wait(PATIENCE_S) == 0
    finally:
        running.kill()
        running.wait()

    assert told.read_text().count("nobody is told") == 1


def test_a_process_with_a_file_that_cannot_be_read_ends_and_says_why(
    broker: Settings, tmp_path: Path
) -> None:
    (tmp_path / "notify.toml").write_text("nonsense")
    environment = {
        **os.environ,
        "WATTSTREAM_KAFKA_BOOTSTRAP": broker.kafka_bootstrap,
        "WATTSTREAM_NOTIFY_FILE": str(tmp_path / "notify.toml"),
    }
    command = (sys.executable, "-m", "services.notifier")
    ended = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert "notify.toml is no TOML" in ended.stderr
    assert "Traceback" not in ended.stderr
