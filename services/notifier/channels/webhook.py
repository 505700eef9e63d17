"""A web hook: the message as JSON, signed as Standard Webhooks says, so that receivers need not
write the check themselves (https://www.standardwebhooks.com)."""

import base64
import binascii
import hashlib
import hmac
import time

from msgspec.json import encode
from msgspec.structs import asdict

from services.notifier.channels.http import post
from services.notifier.channels.sending import Send, Sent
from services.notifier.errors import NotifyError
from services.notifier.messages import Message
from services.notifier.wording import Words

_PREFIX = "whsec_"


def webhook(url: str, secret: str) -> Send:
    """A channel that posts to `url`.

    Args:
        secret: `whsec_` and 24 to 64 bytes in base 64.

    Raises:
        NotifyError: it is no such secret; does not show it.
    """
    key = _key(secret)

    def send(message: Message, words: Words) -> Sent:
        body = encode(
            {
                "id": message.id,
                "title": words.title,
                "body": words.body,
                "link": words.link,
                **{
                    name: value
                    for name, value in asdict(message).items()
                    if name not in ("id", "customer")
                },
            }
        )
        stamp = str(int(time.time()))
        return post(
            url,
            body,
            {
                "Idempotency-Key": message.id,
                "webhook-id": message.id,
                "webhook-timestamp": stamp,
                "webhook-signature": signature(key, message.id, stamp, body),
            },
        )

    return send


def signature(key: bytes, message_id: str, stamp: str, body: bytes) -> str:
    """Of a body, by version 1 of the standard: HMAC-SHA256 of id, time and body."""
    signed = b".".join((message_id.encode(), stamp.encode(), body))
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_PREFIX) or not 24 <= len(key) <= 64:
        raise NotifyError(
            'the secret of a web hook is not what it must be: give "whsec_" and 24 to 64 bytes in '
            'base 64, such as of `python -c "import base64, secrets; '
            "print('whsec_' + base64.b64encode(secrets.token_bytes(32)).decode())\"`"
        )
    return key
