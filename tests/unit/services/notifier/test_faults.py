"""Something is away, slow or broken while the process tells of alerts: nothing is lost, and others
hear in time, by the clock that a test gives it."""

import base64
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from functools import partial
from pathlib import Path
from typing import Any

from confluent_kafka import Producer
from msgspec.json import encode

from adapters.notifications_topic import kept_notifications
from contracts.alerts import Alert
from contracts.settings import PROJECT, Settings, names, variables, without_settings
from contracts.time import SECOND_MS
from contracts.topics import alert_notes, alerts, notifications, notify_requests
from services.notifier.kept import Record, restored
from services.notifier.state import Known
from tests.support import waiting
from tests.support.given_notifier import put_clock
from tests.support.played_broker import broker_process, played_broker
from tests.support.receivers import Got, HttpReceiver, http_receiver, mail_receiver
from tests.support.redis_server import free_port
from tests.unit.services.notifier.play import T, closed, opened, updated

until = partial(waiting.until, patience_s=240.0)
WAIT_S = 5
RULE = f"""
[[rule]]
name = "all"
to = [%s]
for = "0s"
wait = "{WAIT_S}s"
update_every = "1m"
group_by = "subject"
"""
KEY = f"whsec_{base64.b64encode(bytes(32)).decode()}"


@dataclass
class Told:
    """A namespace, and the clock by which people are told of its alerts."""

    settings: Settings
    folder: Path

    def __post_init__(self) -> None:
        self.go_to(0)
        for topic_of in (alerts, alert_notes, notify_requests, notifications):
            self._put(topic_of(self.settings).name, b"read nothing", None, 0)

    def go_to(self, second: int) -> None:
        """Let it be that second."""
        put_clock(self.folder / "clock", T + second * SECOND_MS)

    def write(self, alert: Alert, second: int) -> None:
        """Let it be heard at a second, as which it is from here on."""
        self.go_to(second)
        topic = alerts(self.settings).name
        self._put(topic, alert.id.encode(), encode(alert), T + second * SECOND_MS)
        until(lambda: self._knows(alert))

    def said(self) -> str:
        """What the notifier has logged."""
        return (self.folder / "log").read_text()

    @contextmanager
    def notifier(self, hooks: Mapping[str, HttpReceiver], mail: str) -> Iterator[None]:
        """A process that tells these hooks, and a mailbox."""
        channels = [f'[channel.mail]\ntype = "mail"\nurl_env = "{_variable("mail")}"']
        environment = {_variable("mail"): f"smtp+plain://{mail}?from=a@b.example&to=c@d.example"}
        for name, hook in hooks.items():
            channels.append(
                f'[channel.{name}]\ntype = "webhook"\nurl_env = "{_variable(name)}"\n'
                f'secret_env = "{_variable("key")}"'
            )
            environment[_variable(name)] = hook.url
        file = self.folder / "notify.toml"
        to = ", ".join(f'"{each}"' for each in (*hooks, "mail"))
        file.write_text("\n".join([RULE % to, *channels]))
        with (self.folder / "log").open("wb") as log:
            running = subprocess.Popen(
                [sys.executable, "-m", "tests.support.given_notifier", f"{self.folder / 'clock'}"],
                cwd=PROJECT,
                env={
                    **without_settings(os.environ),
                    **variables(self.settings, names(Settings)),
                    **environment,
                    _variable("key"): KEY,
                    "WATTSTREAM_NOTIFY_FILE": f"{file}",
                    "WATTSTREAM_REDIS_URL": "redis://127.0.0.1:1/0",
                },
                stderr=log,
            )
        try:
            yield
            assert running.poll() is None, self.said()
        finally:
            running.kill()
            running.wait()

    def _knows(self, alert: Alert) -> bool:
        kept = (Record(key, value) for key, value in kept_notifications(self.settings))
        known = restored(kept).get(Known, alert.id)
        return known is not None and known.alert.version == alert.version

    def _put(self, topic: str, key: bytes, value: bytes | None, at_ms: int) -> None:
        producer = Producer({"bootstrap.servers": self.settings.kafka_bootstrap, "log_level": 2})
        producer.produce(topic, value, key, 0, timestamp=at_ms)
        assert producer.flush(120) == 0


def _variable(name: str) -> str:
    return f"WATTSTREAM_NOTIFY_{name.upper()}"


def keys(got: list[Got]) -> list[str]:
    return [each.headers["idempotency-key"] for each in list(got)]


def bodies(got: list[Got]) -> list[dict[str, Any]]:
    return [json.loads(each.body) for each in list(got)]


def check_told_at_last(got: list[Got], alert: Alert) -> None:
    """One message of the beginning, however often it was tried, and one of the end, once."""
    first, *_, last = keys(got)
    assert keys(got) == [first] * (len(got) - 1) + [last]
    assert first != last
    assert len({each.body for each in got[:-1]}) == 1
    begun, ended = (bodies(got)[n]["parts"][0] for n in (0, -1))
    assert (begun["opened"], ended["ended"]) == ([alert.id], [alert.id])
    assert "opened" not in ended


def test_who_is_away_slow_or_broken_for_an_hour_loses_nothing_and_holds_up_nobody(
    tmp_path: Path,
) -> None:
    """Demand 19, and of the issue, number 2: the hour is the clock's."""
    outage = opened(0)
    worse = updated(outage, 1_800, homes_out=5)
    over = closed(worse, 3_540)
    away = free_port()
    with (
        played_broker() as played,
        http_receiver() as well,
        http_receiver() as broken,
        http_receiver() as slow,
    ):
        told = Told(played.model_copy(update={"namespace": "faults"}), tmp_path)
        broken.usual, slow.hold = 500, threading.Event()
        hooks = {"well": well, "broken": broken, "slow": slow}
        with told.notifier(hooks, f"127.0.0.1:{away}"):
            for number, (second, alert) in enumerate(((0, outage), (1_800, worse), (3_540, over))):
                told.write(alert, second)
                told.go_to(second + WAIT_S)
                until(lambda: len(well.got) > number)  # noqa: B023
            # What was not answered in time is tried again, as what was answered by a 500.
            until(lambda: len(slow.got) > 1 and len(broken.got) > 1)
            until(lambda: "channel mail: " in told.said())
            told.go_to(3_600 + WAIT_S)
            broken.usual = 200
            slow.hold.set()
            with mail_receiver(away) as mail:
                until(lambda: len(mail.got) == 2 and len(set(keys(broken.got))) == 2)
                until(lambda: len(set(keys(slow.got))) == 2)

    to_the_second = [
        (each["parts"][0]["why"], each["at_ms"] - T, each["parts"][0]["alerts_open"])
        for each in bodies(well.got)
    ]
    assert to_the_second == [
        ("opened", WAIT_S * SECOND_MS, 1),
        ("updated", (1_800 + WAIT_S) * SECOND_MS, 1),
        ("ended", (3_540 + WAIT_S) * SECOND_MS, 0),
    ]
    for got in (broken.got, slow.got):
        check_told_at_last(got, outage)
    mails = [message_from_bytes(each, policy=default) for each in mail.got]
    assert [each["Subject"] for each in mails] == [
        "Power outage, feeder f1",
        "Over: Power outage, feeder f1",
    ]
    assert len({each["Message-ID"] for each in mails}) == 2


def test_while_kafka_is_away_nobody_is_told_and_afterwards_everybody_of_all(tmp_path: Path) -> None:
    """Of the issue, number 2: what is not kept is not sent, so that a crash doubles nothing."""
    outage = opened(0)
    with (
        broker_process() as (played, broker),
        http_receiver() as hook,
        mail_receiver() as mail,
    ):
        told = Told(played.model_copy(update={"namespace": "faults"}), tmp_path)
        with told.notifier({"hook": hook}, mail.address):
            told.write(outage, 0)
            broker.send_signal(signal.SIGSTOP)
            told.go_to(WAIT_S)
            until(lambda: "tried again each" in told.said())
            assert (hook.got, mail.got) == ([], [])
            broker.send_signal(signal.SIGCONT)
            until(lambda: len(hook.got) >= 1 and len(mail.got) >= 1)
            told.write(closed(outage, 900), 900)
            told.go_to(900 + WAIT_S)
            until(lambda: len(set(keys(hook.got))) == 2 and len(mail.got) >= 2)

    check_told_at_last(hook.got, outage)
    assert len({message_from_bytes(each)["Message-ID"] for each in mail.got}) == 2
