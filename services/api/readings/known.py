"""Which bodies are in the log, or on their way there: one that is sent again is known again.

A body is known by its token and the key that came with it, or without a key by what it says; the
ids of its records in the log say the same, so that an API that begins anew reads it there.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

from contracts.errors import RequestError
from contracts.time import HOUR_MS, SECOND_MS

WRITER = "http/"
"""How the ids of its records begin."""
KNOWN_MS = HOUR_MS
"""For so long after its last record a body is known again."""
MOST_KNOWN = 100_000
"""Bodies: beyond that those that are stored go sooner, the oldest first."""
_DIGEST_BYTES = 12


class OtherBodyError(RequestError):
    """The key came with another body before."""


@dataclass(slots=True)
class Body:
    """A body of which records are in the log, or shall be. Lines are bits, by their numbers."""

    name: str
    digest: str
    begun: int = 0
    """Lines that are handed over or will be; all of them in the end."""
    stored: int = 0
    at_s: float = 0.0
    """When the last of them was stored."""
    waiting: list[Callable[[], None]] = field(default_factory=list)
    """Told once all that is begun is stored, or will not be."""

    def record_id(self, line: int) -> str:
        """Of the record of a line."""
        return f"{WRITER}{self.name}/{self.digest}.{line}"

    def tell(self) -> None:
        """Tell all who wait, once."""
        told, self.waiting = self.waiting, []
        for each in told:
            each()


class Known:
    """The bodies of a namespace.

    Args:
        now_s: A clock that never goes back.
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._bodies: OrderedDict[str, Body] = OrderedDict()

    def __len__(self) -> int:
        return len(self._bodies)

    def body(self, token: str, key: str | None, content: bytes) -> Body:
        """That of a request, as it was sent first.

        Raises:
            OtherBodyError: the key came with another one.
        """
        digest = _digest(content)
        name = f"{token}/{digest if key is None else _digest(key.encode())}"
        body = self._named(name, digest)
        if body.digest != digest:
            if body.begun:
                raise OtherBodyError("This Idempotency-Key came with another body before.")
            # Of that one nothing was taken.
            body.digest = digest
        return body

    def recall(self, record_id: str) -> None:
        """A record was found in the log."""
        name, _, said = record_id.removeprefix(WRITER).rpartition("/")
        digest, _, line = said.rpartition(".")
        body = self._named(name, digest)
        # Of two bodies of one key, which two APIs took, the last one is known.
        if body.digest != digest:
            del self._bodies[name]
            body = self._named(name, digest)
        body.begun |= 1 << int(line)
        self.stored(body, int(line))

    def stored(self, body: Body, line: int) -> None:
        """The record of a line is in the log."""
        body.stored |= 1 << line
        body.at_s = self._now_s()
        if body.stored == body.begun:
            body.tell()

    def give_up(self) -> None:
        """Nothing more will be stored: tell all who wait."""
        for body in self._bodies.values():
            body.tell()

    def _named(self, name: str, digest: str) -> Body:
        body = self._bodies.get(name)
        if body is None:
            self._forget()
            body = self._bodies[name] = Body(name, digest, at_s=self._now_s())
        self._bodies.move_to_end(name)
        return body

    def _forget(self) -> None:
        before_s = self._now_s() - KNOWN_MS / SECOND_MS
        while self._bodies:
            first = next(iter(self._bodies.values()))
            if first.begun != first.stored:
                return
            if first.at_s > before_s and len(self._bodies) < MOST_KNOWN:
                return
            self._bodies.popitem(last=False)


def bits(numbers: Iterable[int]) -> int:
    """These numbers as bits; all at once, since each change of a long integer copies it."""
    octets = bytearray()
    for number in numbers:
        octet, bit = divmod(number, 8)
        if octet >= len(octets):
            octets.extend(bytes(octet + 1 - len(octets)))
        octets[octet] |= 1 << bit
    return int.from_bytes(octets, "little")


def _digest(said: bytes) -> str:
    return blake2b(said, digest_size=_DIGEST_BYTES).hexdigest()
