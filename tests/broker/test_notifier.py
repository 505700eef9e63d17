"""The notifier by a real broker: told once, whatever dies, and what people ask of it."""

import base64
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import partial
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from msgspec.json import encode
from typer.testing import CliRunner

from adapters import redis_choices, redis_notifier
from adapters.choice_topic import choose, take_back
from adapters.connect import kafka_config
from adapters.live_store import LiveStore
from adapters.notifications_topic import kept_notifications
from adapters.request_topic import silences
from contracts.alerts import Alert
from contracts.deliveries import Delivery
from contracts.errors import OperationError
from contracts.notes import Note
from contracts.settings import PROJECT, Settings, names, variables, without_settings
from contracts.time import HOUR_MS
from contracts.topics import (
    alert_notes,
    alerts,
    choices,
    meters,
    notifications,
    notify_requests,
)
from services.notifier.kept import Record, restored
from services.notifier.state import Dead, Known, Letterbox, Outbox, State
from tests.support import waiting
from tests.support.household import HOUSEHOLD, second_of, used
from tests.support.receivers import HttpReceiver, http_receiver, mail_receiver
from tests.unit.services.notifier.play import a_choice, a_home, closed, opened
from wattstream.main import app

PATIENCE_S = 300.0
until = partial(waiting.until, patience_s=PATIENCE_S)
TIMES = 60
"""As fast as the wall's is the notifier's clock: a minute is a second."""
TOPICS = (alerts, alert_notes, notify_requests, notifications, choices, meters)
RULES = """
[[rule]]
name = "all"
to = ["hook", "mail"]
wait = "5s"
update_every = "1m"
group_by = "subject"

[channel.hook]
type = "webhook"
url_env = "WATTSTREAM_NOTIFY_HOOK"
secret_env = "WATTSTREAM_NOTIFY_HOOK_KEY"
max_per_hour = 1000

[channel.mail]
type = "mail"
url_env = "WATTSTREAM_NOTIFY_MAIL"
max_per_hour = 1000
"""


OF_CUSTOMERS = """
[customers]
channels = ["home"]
max_per_hour = 60
# more

[channel.home]
type = "mail"
url_env = "WATTSTREAM_NOTIFY_HOME"
"""


@pytest.fixture
def told(broker: Settings, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator["Told"]:
    """A namespace with the topics of the notifier alone, and two receivers."""
    name = request.node.name.removeprefix("test_").partition("[")[0]
    settings = broker.model_copy(update={"namespace": f"n_{name[:25].rstrip('_')}"})
    admin = AdminClient(kafka_config(settings))
    wanted = [of(settings) for of in TOPICS]
    there = admin.list_topics(timeout=120).topics
    delete(admin, [each.name for each in wanted if each.name in there])
    made = [NewTopic(each.name, each.partitions, config=each.config) for each in wanted]
    for future in admin.create_topics(made).values():
        future.result(120)
    (tmp_path / "notify.toml").write_text(RULES)
    with http_receiver() as hook, mail_receiver() as mail:
        environment = {
            "WATTSTREAM_NOTIFY_FILE": str(tmp_path / "notify.toml"),
            "WATTSTREAM_NOTIFY_HOOK": hook.url,
            "WATTSTREAM_NOTIFY_HOOK_KEY": f"whsec_{base64.b64encode(bytes(32)).decode()}",
            "WATTSTREAM_NOTIFY_MAIL": f"smtp+plain://{mail.address}?from=a@b.example&to=c@d.example",
        }
        yield Told(settings, hook, mail.got, environment)
    delete(admin, [each.name for each in wanted])


def delete(admin: AdminClient, topics: list[str]) -> None:
    if not topics:
        return
    for future in admin.delete_topics(topics).values():
        future.result(120)
    until(lambda: not {*admin.list_topics(timeout=120).topics} & {*topics})


def said_by(*arguments: str) -> str:
    """What `wattstream notify` says, in one line."""
    said = CliRunner().invoke(app, ["notify", *arguments], catch_exceptions=False)
    return " ".join(said.stdout.split())


@dataclass
class Told:
    """A namespace, and what receivers in it were told."""

    settings: Settings
    hook: HttpReceiver
    mails: list[bytes]
    environment: dict[str, str]
    began_ms: int = field(default_factory=lambda: time.time_ns() // 1_000_000)

    def write(self, *what: Alert | Note) -> None:
        """Put it on its topic."""
        producer = Producer(kafka_config(self.settings))
        for each in what:
            topic = alerts(self.settings) if isinstance(each, Alert) else alert_notes(self.settings)
            producer.produce(topic.name, encode(each), each.id.encode())
        assert producer.flush(120) == 0

    @contextmanager
    def notifier(self) -> Iterator["subprocess.Popen[bytes]"]:
        """A process that tells them."""
        running = subprocess.Popen(
            [sys.executable, "-m", "tests.support.fast_notifier", f"{self.began_ms}", f"{TIMES}"],
            cwd=PROJECT,
            env={
                **without_settings(os.environ),
                **variables(self.settings, names(Settings)),
                **self.environment,
            },
        )
        try:
            yield running
        finally:
            running.kill()
            running.wait()

    def heard(self, what: str) -> dict[str, set[str]]:
        """Alerts that the hook was told of, by `opened` or `ended`, with the messages that did."""
        found: dict[str, set[str]] = {}
        for got in list(self.hook.got):
            for part in json.loads(got.body)["parts"]:
                for an_id in part.get(what, []):
                    found.setdefault(an_id, set()).add(got.headers["idempotency-key"])
        return found

    def number(self, what: str) -> int:
        """Of how many alerts the hook was told, by `opened` or `ended`: a message with much in it
        names the first of each part, and counts all."""
        once = {got.headers["idempotency-key"]: got.body for got in list(self.hook.got)}
        parts = (part for body in once.values() for part in json.loads(body)["parts"])
        return sum(int(part.get(f"{what}_count", 0)) for part in parts)

    def now_ms(self) -> int:
        """By the notifier's clock."""
        return self.began_ms + (time.time_ns() // 1_000_000 - self.began_ms) * TIMES

    def has_heard(self, what: str, *those: Alert) -> bool:
        return {each.id for each in those} <= set(self.heard(what))

    def tries(self) -> Counter[str]:
        """How often each message has come to the hook."""
        return Counter(got.headers["idempotency-key"] for got in list(self.hook.got))

    def state(self) -> State:
        """What the notifier knows, as its topic has it."""
        return restored(Record(key, value) for key, value in kept_notifications(self.settings))

    def dead(self) -> list[Dead]:
        """What did not arrive."""
        return list(self.state().all(Dead))

    def shown(self) -> redis_notifier.Told:
        """How people are told, as it is shown in Redis."""
        with LiveStore(self.settings.redis) as live:
            return live.ask(redis_notifier.told(self.settings.namespace))

    def arrived(self) -> list[str]:
        """Alerts that messages which arrived name first, as it is shown there."""
        with LiveStore(self.settings.redis) as live:
            found = live.ask(redis_notifier.arrived(self.settings.namespace))
        return [each.gists[0].alert_ids[0] for each in found]

    def offer(self, more: str = 'for = "0s"') -> None:
        """Let customers be told by mail, beside what rules say."""
        file = Path(self.environment["WATTSTREAM_NOTIFY_FILE"])
        file.write_text(f"{RULES}{OF_CUSTOMERS}".replace("# more", more))
        self.environment["WATTSTREAM_NOTIFY_HOME"] = self.environment[
            "WATTSTREAM_NOTIFY_MAIL"
        ].partition("&")[0]

    def settle(self, *meters_of: tuple[str, str]) -> None:
        """Let the registry have meters with their customers."""
        producer = Producer(kafka_config(self.settings))
        for meter_id, customer in meters_of:
            entry = encode(a_home(customer))
            producer.produce(meters(self.settings).name, entry, meter_id.encode())
        assert producer.flush(120) == 0

    def to_customers(self) -> list[Delivery]:
        """Messages that arrived at customers, as it is shown in Redis."""
        with LiveStore(self.settings.redis) as live:
            found = live.ask(redis_notifier.arrived(self.settings.namespace))
        return [each for each in found if each.customer is not None]

    def mails_to(self, address: str) -> list[EmailMessage]:
        """What a mailbox has got."""
        found = (message_from_bytes(each, policy=default) for each in list(self.mails))
        return [each for each in found if each["To"] == address]

    def is_quiet(self) -> bool:
        """Whether all that went is known to have arrived, of both channels."""
        outboxes = list(self.state().all(Outbox))
        return all(each.sending is None and each.singles_ms for each in outboxes)

    def mailed(self) -> Counter[str]:
        """As tries, of the mailbox."""
        return Counter(
            line.decode()
            for mail in self.mails
            for line in mail.splitlines()
            if b"Message-ID" in line
        )


def test_an_alert_is_told_once_and_its_end_though_the_process_stops_between(told: Told) -> None:
    outage = opened(0, "f1")
    told.write(outage)
    with told.notifier() as running:
        until(lambda: told.has_heard("opened", outage) and len(told.mails) == 1)
        running.terminate()
        assert running.wait(PATIENCE_S) == 0
    told.write(closed(outage, 900))
    with told.notifier():
        until(lambda: told.has_heard("ended", outage) and len(told.mails) == 2)

    assert [len(each) for each in (told.heard("opened"), told.heard("ended"))] == [1, 1]
    assert len(told.hook.got) == 2
    assert set(told.tries().values()) == set(told.mailed().values()) == {1}


def test_of_two_notifiers_the_first_ends_and_nobody_is_told_twice(
    told: Told, capfd: pytest.CaptureFixture[str]
) -> None:
    first, second = opened(0, "f1"), opened(0, "f2")
    told.write(first)
    with told.notifier() as older:
        until(lambda: told.has_heard("opened", first) and told.is_quiet())
        with told.notifier():
            said = ""

            def both_tell() -> bool:
                nonlocal said
                said += capfd.readouterr().err
                return said.count("telling of alerts of") == 2

            until(both_tell)
            # The older one finds out when it next has something to keep.
            told.write(second)
            assert older.wait(PATIENCE_S) == 1
            until(lambda: told.has_heard("opened", second) and told.is_quiet())
        assert "another notifier serves namespace" in said + capfd.readouterr().err

    assert all(len(messages) == 1 for messages in told.heard("opened").values())
    assert set(told.tries().values()) == set(told.mailed().values()) == {1}


def test_what_somebody_silences_is_not_told_until_he_takes_it_back(told: Told) -> None:
    of = ("-n", told.settings.namespace)
    asked = said_by(*("silence", "new cable", "--for", "2d", "--subject", "f1", "--as", "ada"), *of)
    (silence,) = silences(told.settings, 0)
    assert (silence.who, silence.why, silence.subject) == ("ada", "new cable", "f1")
    assert f"silence {silence.id}: nobody is told of subject f1" in asked
    held, other = opened(0, "f1"), opened(0, "f2")
    told.write(held, other)
    with told.notifier():
        until(lambda: told.has_heard("opened", other))
        listed = said_by(*of)
        assert "ada: new cable" in listed and "hook" in listed
        assert not told.has_heard("opened", held)
        said_by("unsilence", silence.id, "--as", "bob", *of)
        until(lambda: told.has_heard("opened", held))

    assert silences(told.settings, 0) == []


def test_what_was_refused_is_dead_and_is_sent_again_if_somebody_asks(told: Told) -> None:
    of = ("-n", told.settings.namespace)
    told.hook.answers.append((422, {}))
    outage = opened(0, "f1")
    told.write(outage)
    with told.notifier():
        until(lambda: told.has_heard("opened", outage) and len(told.dead()) == 1)
        (dead,) = told.dead()
        until(lambda: told.shown().dead.keys() == {dead.key})
        listed = said_by(*of)
        assert f"{dead.key} hook" in listed
        assert "opened, outage f1; the receiver answers 422" in listed
        said_by("again", dead.key, "--as", "ada", *of)
        until(lambda: told.tries()[dead.key] == 2 and not told.dead())
        until(lambda: not told.shown().dead)
        until(lambda: told.arrived() == [outage.id] * 2)

    first, again = (got.body for got in told.hook.got)
    assert first == again
    with pytest.raises(OperationError, match=f"no message {dead.key}"):
        said_by("again", dead.key, *of)


@pytest.mark.proof
def test_who_answers_500_for_an_hour_loses_nothing_and_holds_up_nobody(told: Told) -> None:
    """Of the issue, number 2; the hour is the notifier's. Kafka, a mailbox that is away and a hook
    that is slow: `tests/unit/services/notifier/test_faults.py`."""
    outages = [opened(n, f"f{n}") for n in range(3)]
    told.hook.usual = 500
    with told.notifier():
        for number, outage in enumerate(outages):
            told.write(outage)
            until(lambda: len(told.mails) > 2 * number)  # noqa: B023
            told.write(closed(outage, 900))
            until(lambda: len(told.mails) > 2 * number + 1)  # noqa: B023
        until(lambda: told.now_ms() - told.began_ms >= HOUR_MS)
        # One message at a time goes to the hook, and it is the first one still.
        assert len(told.tries()) == 1 and told.tries().total() > 1
        told.hook.usual = 200
        until(lambda: told.has_heard("ended", *outages))
        until(told.is_quiet)

    assert told.dead() == []
    for what in ("opened", "ended"):
        assert all(len(messages) == 1 for messages in told.heard(what).values()), what
    assert set(told.mailed().values()) == {1} and len(told.mailed()) == 6
    first = told.hook.got[0].headers["idempotency-key"]
    assert all(tries == 1 for key, tries in told.tries().items() if key != first)


def test_a_namespace_that_is_emptied_is_begun_anew(told: Told) -> None:
    before, after = opened(0, "f1"), opened(100, "f1")
    admin = AdminClient(kafka_config(told.settings))
    wanted = [of(told.settings) for of in TOPICS]
    told.write(before)
    with told.notifier():
        until(lambda: told.has_heard("opened", before))
        delete(admin, [each.name for each in wanted])
        made = [NewTopic(each.name, each.partitions, config=each.config) for each in wanted]
        for future in admin.create_topics(made).values():
            future.result(120)
        told.write(after)
        until(lambda: told.has_heard("opened", after))
        told.write(closed(after, 900))
        until(lambda: told.has_heard("ended", after))

    assert {each.alert.id for each in told.state().all(Known)} == {after.id}


def test_a_customer_is_told_of_its_own_home_until_it_takes_its_choice_back(
    told: Told, capfd: pytest.CaptureFixture[str]
) -> None:
    told.offer('for = "60s"')
    told.settle(("m1", "c1"), ("m2", "c2"), ("m3", "c3"))
    chosen = a_choice("c1", channel="home", language="de"), a_choice("c2", channel="home")
    for each in chosen:
        choose(told.settings, each)
    first = opened(0, "f1", homes=("m1", "m3"), homes_count=2, homes_out=2)
    told.write(first)
    with told.notifier() as running, LiveStore(told.settings.redis) as live:
        until(lambda: len(told.mails_to("c1@homes.example")) == 1)
        until(lambda: [each.customer for each in told.to_customers()] == ["c1"])
        shown = live.ask(redis_choices.choice(told.settings.namespace, "c1"))
        assert shown == chosen[0]
        running.terminate()
        assert running.wait(PATIENCE_S) == 0
    # While nobody hears it one changes its mind, and one wants to hear of nothing.
    choose(told.settings, a_choice("c1", channel="home", address="new@homes.example"))
    take_back(told.settings, "c2")
    second = opened(5_000, "f2", homes=("m2",), homes_count=1, homes_out=1)
    told.write(closed(first, 900), second)
    with told.notifier():
        until(lambda: len(told.mails_to("new@homes.example")) == 1)
        until(lambda: told.has_heard("opened", second))
        third = opened(9_000, "f3", homes=("m1",), homes_count=1, homes_out=1)
        told.write(third)
        until(lambda: len(told.mails_to("new@homes.example")) == 2)

    assert told.mails_to("c1@homes.example")[0]["Subject"] == "Stromausfall bei Ihnen zu Hause"
    ended, begun = told.mails_to("new@homes.example")
    assert ended["Subject"] == "The power is back at your home"
    assert begun["Subject"] == "Power outage at your home"
    assert told.mails_to("c2@homes.example") == told.mails_to("c3@homes.example") == []
    assert "homes.example" not in capfd.readouterr().err


def kill(
    told: Told, times: int, tells_after_s: float, chance: random.Random, go_on: Callable[[], None]
) -> None:
    """Let notifiers live for a while, one after another: some do not begin, and most tell. On a
    machine with much else to do all take longer, so none has a time by the clock."""
    for _ in range(times):
        with told.notifier() as running:
            until_s = time.monotonic() + chance.uniform(0.2, 2.0) * tells_after_s
            while time.monotonic() < until_s:
                go_on()
                time.sleep(min(chance.uniform(0.1, 1.0), max(until_s - time.monotonic(), 0.0)))
            running.send_signal(signal.SIGKILL)
            running.wait()


@pytest.mark.parametrize("kills", [4, pytest.param(100, marks=pytest.mark.proof)])
def test_killed_at_any_moment_customers_are_told_all_and_doubles_have_the_same_id(
    told: Told, kills: int
) -> None:
    chance = random.Random(kills)
    told.offer()
    homes = [(f"m{n}", f"c{n}") for n in range(6)]
    told.settle(*homes)
    for _, customer in homes:
        choose(told.settings, a_choice(customer, channel="home"))
    written: list[Alert] = []

    def go_on() -> None:
        number = len(written)
        meter_id, _ = homes[number % len(homes)]
        ended = [each for each in written[-6:] if chance.random() < 0.5]
        one = opened(number, f"f{number}", homes=(meter_id,), homes_count=1, homes_out=1)
        written.append(one)
        told.write(*(closed(each, 10_000) for each in ended), one)

    def is_told(why: str) -> Counter[str]:
        return Counter(
            gist.alert_ids[0]
            for each in told.to_customers()
            for gist in each.gists
            if gist.why == why
        )

    # What is over before it is there for the first time is not told.
    go_on()
    began_s = time.monotonic()
    with told.notifier():
        until(lambda: is_told("opened").keys() == {written[0].id})
    kill(told, kills, time.monotonic() - began_s, chance, go_on)
    told.write(*(closed(each, 10_000) for each in written))
    with told.notifier():
        until(lambda: is_told("ended").keys() == {each.id for each in written})
        until(lambda: not [e for e in told.state().all(Letterbox) if e.sending is not None])

    assert set(is_told("ended").values()) == {1}
    assert set(is_told("opened").values()) == {1}
    arrived = {f"<{each.id}@b.example>" for each in told.to_customers()}
    for _, customer in homes:
        mails = told.mails_to(f"{customer}@homes.example")
        ids = Counter(str(each["Message-ID"]) for each in mails)
        assert set(ids) <= arrived
        # The first one is killed as well.
        assert sum(ids.values()) - len(ids) <= kills + 1
        bodies: dict[str, set[str]] = {}
        for each in mails:
            bodies.setdefault(str(each["Message-ID"]), set()).add(each.get_content())
        assert all(len(said) == 1 for said in bodies.values())


def test_a_household_is_told_of_one_heater_by_phone_mail_and_loudspeaker(told: Told) -> None:
    """The rule of a score by the hour of the day, with its values at 4 and 9 o'clock."""
    Path(told.environment["WATTSTREAM_NOTIFY_FILE"]).write_text(HOUSEHOLD)
    told.environment |= {
        "WATTSTREAM_NOTIFY_PHONE": f"ntfy://{told.hook.url.removeprefix('http://')}/home",
        "WATTSTREAM_NOTIFY_KITCHEN": told.hook.url,
        "WATTSTREAM_NOTIFY_KITCHEN_TOKEN": "long-lived",
    }
    heater, breakfast = (used(hour, 1_500) for hour in (4, 9))
    assert (len(heater), len(breakfast)) == (1, 0)
    with told.notifier():
        told.write(*heater, *breakfast)
        until(lambda: len(told.mails) == 1 and len(told.hook.got) == 2)
        told.write(*(closed(each, second_of(5)) for each in heater))
        until(lambda: len(told.mails) == 2 and len(told.hook.got) == 4)
        until(told.is_quiet)

    spoken = [got for got in told.hook.got if got.path == "/api/services/tts/speak"]
    shown = [got for got in told.hook.got if got not in spoken]
    assert (len(spoken), len(shown), len(told.mails)) == (2, 2, 2)
    mail = message_from_bytes(told.mails[0], policy=default).get_content()
    assert all("score 5.4588 of 1" in each for each in (shown[0].body.decode(), mail))
    assert json.loads(spoken[0].body)["media_player_entity_id"] == "media_player.kitchen"
    assert "unusual" in json.loads(spoken[0].body)["message"]


@pytest.mark.parametrize("kills", [4, pytest.param(100, marks=pytest.mark.proof)])
def test_killed_at_any_moment_it_tells_all_and_doubles_have_the_same_id(
    told: Told, kills: int
) -> None:
    """Demand 17."""
    chance = random.Random(kills)
    written: list[Alert] = []

    def go_on() -> None:
        """What happens in the network meanwhile: some of what began lately ends, and more begins,
        now and then where something has just ended."""
        number = len(written)
        ended = [each for each in written[-6:] if chance.random() < 0.5]
        begun = [opened(number, f"f{number}")]
        if chance.random() < 0.3:
            ended += [each for each in written if each.subject == "again"][-1:]
            begun.append(opened(number, "again"))
        written.extend(begun)
        told.write(*(closed(each, 10_000) for each in ended), *begun)

    # What is over before it is there for the first time is not told.
    go_on()
    began_s = time.monotonic()
    with told.notifier():
        until(lambda: told.has_heard("opened", *written))
    kill(told, kills, time.monotonic() - began_s, chance, go_on)
    told.write(*(closed(each, 10_000) for each in written))
    with told.notifier():
        until(lambda: min(map(told.number, ("opened", "ended"))) >= len(written))
        until(told.is_quiet)

    those = {each.id for each in written}
    for what in ("opened", "ended"):
        assert told.number(what) == len(written)
        assert told.heard(what).keys() <= those
        assert all(len(messages) == 1 for messages in told.heard(what).values()), what
    for tries in (told.tries(), told.mailed()):
        # The first one is killed as well.
        assert sum(tries.values()) - len(tries) <= kills + 1
    bodies: dict[str, set[bytes]] = {}
    for got in told.hook.got:
        bodies.setdefault(got.headers["idempotency-key"], set()).add(got.body)
    assert all(len(each) == 1 for each in bodies.values())
