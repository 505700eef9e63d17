"""Where a list goes on: opaque to whoever asks, and of no use for another list or another caller.

A cursor holds for ten minutes, and as long as the process that made it.
"""

import base64
import hashlib
import hmac
import secrets

from msgspec import DecodeError, Struct
from msgspec.json import Decoder, Encoder

from contracts.errors import RequestError
from contracts.time import MINUTE_MS

HOLDS_MS = 10 * MINUTE_MS
_LENGTH = 16
_NONE = "the cursor is none of this list, or holds no more: begin without one"

_encode = Encoder().encode


class _Place(Struct, array_like=True):
    list: str
    after: str
    until_ms: int


_decode = Decoder(_Place).decode


class CursorError(RequestError):
    """It is no cursor of this list, or holds no more."""


class Cursors:
    """Makes cursors and reads them again."""

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key or secrets.token_bytes(32)

    def make(self, of: str, after: str, now_ms: int) -> str:
        """A cursor that goes on after an item.

        Args:
            of: Which list, with all that decides what is in it, and for whom.
        """
        content = _encode(_Place(_hashed(of), after, now_ms + HOLDS_MS))
        return base64.urlsafe_b64encode(self._sign(content) + content).decode().rstrip("=")

    def read(self, of: str, cursor: str, now_ms: int) -> str:
        """After which item the list goes on.

        Raises:
            CursorError: the cursor is of another list or caller, holds no more, or is none.
        """
        try:
            signed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            signature, content = signed[:_LENGTH], signed[_LENGTH:]
            if not hmac.compare_digest(signature, self._sign(content)):
                raise CursorError(_NONE)
            place = _decode(content)
        except (ValueError, DecodeError) as error:
            raise CursorError(_NONE) from error
        if place.list != _hashed(of) or now_ms >= place.until_ms:
            raise CursorError(_NONE)
        return place.after

    def _sign(self, content: bytes) -> bytes:
        return hmac.digest(self._key, content, "sha256")[:_LENGTH]


def _hashed(of: str) -> str:
    """A cursor has its place in an address, and what asks for a list may be long."""
    return hashlib.blake2b(of.encode(), digest_size=_LENGTH).hexdigest()
