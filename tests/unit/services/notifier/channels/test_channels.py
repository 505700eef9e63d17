"""Channels, each with a receiver on loopback."""

import base64
import hashlib
import hmac
import json
import socket
import time
from email import message_from_bytes
from email.policy import default
from email.utils import formatdate

import pytest

from services.notifier.channels.addressed import addressed
from services.notifier.channels.by_apprise import by_apprise
from services.notifier.channels.home_assistant import home_assistant
from services.notifier.channels.mail import mail
from services.notifier.channels.sending import Sent
from services.notifier.channels.webhook import _key, signature, webhook
from services.notifier.errors import NotifyError
from services.notifier.messages import Example, Message, Part
from services.notifier.rules import Channel
from services.notifier.wording import Words
from tests.support.receivers import http_receiver, mail_receiver

ID = "0123456789abcdef0123456789abcdef"
PART = Part(
    "all/x",
    "all",
    "outage",
    "opened",
    "major",
    "gcp",
    1_000,
    1,
    1,
    (Example("x", "f", "major", 1),),
)
MESSAGE = Message(ID, "duty", 1_774_741_200_000, (PART,))
WORDS = Words(
    "Überlast, Strang f", "Seit jetzt.\nhttps://x.example", "Es ist laut.", "https://x.example"
)
KEY = bytes(range(32))
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"


def test_a_web_hook_is_signed_and_says_all() -> None:
    with http_receiver() as receiver:
        sent = webhook(f"{receiver.url}/hook", SECRET)(MESSAGE, WORDS)
    (got,) = receiver.got

    assert (sent, got.path) == (Sent(), "/hook")
    assert got.headers["idempotency-key"] == got.headers["webhook-id"] == ID
    signed = f"{ID}.{got.headers['webhook-timestamp']}.".encode() + got.body
    expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert got.headers["webhook-signature"] == f"v1,{expected}"
    assert abs(int(got.headers["webhook-timestamp"]) - time.time()) < 3_600
    said = json.loads(got.body)
    assert (said["id"], said["title"], said["parts"][0]["alerts"]) == (ID, WORDS.title, 1)


def test_the_signature_is_that_of_the_standards_own_example() -> None:
    key = _key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert signature(
        key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}'
    ) == ("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")


@pytest.mark.parametrize(
    ("status", "headers", "sent"),
    [
        (500, {}, Sent("the receiver answers 500 Internal Server Error")),
        (
            429,
            {"Retry-After": "120"},
            Sent("the receiver answers 429 Too Many Requests", False, 120),
        ),
        (503, {"Retry-After": "soon"}, Sent("the receiver answers 503 Service Unavailable")),
        (413, {}, Sent("the receiver answers 413 Request Entity Too Large", True)),
        (401, {}, Sent("the receiver answers 401 Unauthorized")),
        (302, {"Location": "/"}, Sent("the receiver answers 302 Found")),
    ],
)
def test_answers_of_a_receiver(status: int, headers: dict[str, str], sent: Sent) -> None:
    with http_receiver() as receiver:
        receiver.answers.append((status, headers))
        assert webhook(receiver.url, SECRET)(MESSAGE, WORDS) == sent
    assert len(receiver.got) == 1


def test_a_receiver_may_say_until_when_it_wants_nothing() -> None:
    with http_receiver() as receiver:
        receiver.answers.append((503, {"Retry-After": formatdate(time.time() + 600, usegmt=True)}))
        sent = webhook(receiver.url, SECRET)(MESSAGE, WORDS)
    assert 0 < sent.retry_after_s <= 600


def test_nobody_is_there_and_no_secret_is_told() -> None:
    with socket.socket() as taken:
        # Nobody listens there, and nobody else can.
        taken.bind(("127.0.0.1", 0))
        at = f"127.0.0.1:{taken.getsockname()[1]}"
        sent = webhook(f"http://user:secret@{at}/hook?token=secret", SECRET)(MESSAGE, WORDS)
        assert sent == Sent("the receiver cannot be reached (ConnectError)")
        by_mail = mail(f"smtp+plain://u:secret@{at}?from=a@b.example&to=c@d.example")
        sent = by_mail(MESSAGE, WORDS)
    assert sent == Sent("the mail server cannot be reached (ConnectionRefusedError)")


def test_a_loudspeaker_speaks() -> None:
    with http_receiver() as receiver:
        speak = home_assistant(
            f"{receiver.url}/", "long-lived", "tts.google", "media_player.kitchen", "de"
        )
        assert speak(MESSAGE, WORDS) == Sent()
    (got,) = receiver.got

    assert got.path == "/api/services/tts/speak"
    assert got.headers["authorization"] == "Bearer long-lived"
    assert json.loads(got.body) == {
        "entity_id": "tts.google",
        "media_player_entity_id": "media_player.kitchen",
        "message": "Es ist laut.",
        "language": "de",
    }


def test_two_tries_of_a_mail_have_one_id() -> None:
    with mail_receiver() as receiver:
        send = mail(
            f"smtp+plain://{receiver.address}?from=grid@wattstream.example"
            "&to=duty@utility.example&to=chief@utility.example"
        )
        receiver.answers.append("451 later")
        assert send(MESSAGE, WORDS) == Sent("the mail server answers 451")
        assert send(MESSAGE, WORDS) == Sent()
        receiver.answers.append("554 spam")
        assert send(MESSAGE, WORDS) == Sent("the mail server answers 554", is_refused=True)
    first, second, _ = (message_from_bytes(each, policy=default) for each in receiver.got)

    assert first["Message-ID"] == second["Message-ID"] == f"<{ID}@wattstream.example>"
    assert (second["Subject"], second["To"]) == (
        WORDS.title,
        "duty@utility.example, chief@utility.example",
    )
    assert second.get_content().splitlines() == WORDS.body.splitlines()


def test_a_mail_that_some_do_not_get_is_seen_not_to_arrive() -> None:
    with mail_receiver() as receiver:
        send = mail(
            f"smtp+plain://{receiver.address}?from=grid@wattstream.example"
            "&to=duty@utility.example&to=gone@utility.example"
        )
        receiver.unknown.add("gone@utility.example")
        assert send(MESSAGE, WORDS) == Sent(
            "the mail server takes no mail for 1 of 2 receivers, the others have it",
            is_refused=True,
        )
        receiver.unknown.add("duty@utility.example")
        assert send(MESSAGE, WORDS) == Sent("the mail server takes mail for none of the receivers")
    assert len(receiver.got) == 1


def test_ntfy_by_apprise() -> None:
    with http_receiver() as receiver:
        send = by_apprise(f"ntfy://{receiver.url.removeprefix('http://')}/duty")
        assert send(MESSAGE, WORDS) == Sent()
        receiver.answers.append((500, {}))
        assert send(MESSAGE, WORDS) == Sent("apprise could not send it")
    said = receiver.got[0].body.decode() + json.dumps(receiver.got[0].headers)

    assert "Seit jetzt." in said


@pytest.mark.parametrize(
    ("fields", "environment", "told"),
    [
        (
            {"type": "webhook"},
            {},
            "channel.duty.url_env names WATTSTREAM_NOTIFY_U, which the envir",
        ),
        (
            {"type": "webhook", "secret_env": "WATTSTREAM_NOTIFY_S"},
            {"WATTSTREAM_NOTIFY_U": "https://x.example"},
            "channel.duty.secret_env names WATTSTREAM_NOTIFY_S",
        ),
        (
            {"type": "webhook", "secret_env": "WATTSTREAM_NOTIFY_S"},
            {"WATTSTREAM_NOTIFY_U": "https://x.example", "WATTSTREAM_NOTIFY_S": "topsecret"},
            "WATTSTREAM_NOTIFY_S): the secret of a web hook is not what it must be",
        ),
        ({"type": "mail"}, {"WATTSTREAM_NOTIFY_U": "topsecret"}, "the address of a mail channel"),
        (
            {"type": "mail"},
            {"WATTSTREAM_NOTIFY_U": "smtps://h?from=topsecret&to=a@b.example"},
            "the address of a mail channel",
        ),
        ({}, {"WATTSTREAM_NOTIFY_U": "topsecret://x"}, "none that apprise knows"),
        (
            {"type": "home-assistant"},
            {"WATTSTREAM_NOTIFY_U": "ftp://topsecret"},
            "the address is no http://",
        ),
    ],
)
def test_a_wrong_address_is_told_and_not_shown(
    fields: dict[str, str], environment: dict[str, str], told: str
) -> None:
    channel = Channel(url_env="WATTSTREAM_NOTIFY_U", **fields)  # type: ignore[arg-type]
    with pytest.raises(NotifyError) as error:
        addressed("duty", channel, environment)

    assert told in str(error.value) and "topsecret" not in str(error.value)


def test_every_type_has_a_channel() -> None:
    environment = {
        "WATTSTREAM_NOTIFY_U": "https://x.example",
        "WATTSTREAM_NOTIFY_S": SECRET,
        "WATTSTREAM_NOTIFY_M": "smtps://h?from=a@b.example&to=c@d.example",
        "WATTSTREAM_NOTIFY_N": "ntfys://h.example/duty",
    }
    secret = {"secret_env": "WATTSTREAM_NOTIFY_S"}
    for fields in (
        {"type": "webhook", "url_env": "WATTSTREAM_NOTIFY_U", **secret},
        {"type": "home-assistant", "url_env": "WATTSTREAM_NOTIFY_U", **secret},
        {"type": "mail", "url_env": "WATTSTREAM_NOTIFY_M"},
        {"type": "apprise", "url_env": "WATTSTREAM_NOTIFY_N"},
    ):
        assert callable(addressed("duty", Channel(**fields), environment))  # type: ignore[arg-type]
