"""Event streams as browsers hold them, and how old what they tell is when it comes."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.json import Decoder

from benchmarks.http_client import Answer, Connection

OPENED_S = 60.0
"""Within what time all streams must be open."""
_EPOCH = datetime.fromtimestamp(0, UTC)


class _Fleet(Struct):
    as_of: datetime | None


class _Clock(Struct):
    server_time: datetime


_fleet = Decoder(list[_Fleet]).decode
_clock = Decoder(_Clock).decode


@dataclass(slots=True)
class Heard:
    """What came over all streams while it counted."""

    asked_for: int
    opened: int = 0
    lost: int = 0
    """Of those that were opened: which ended before they were to."""
    events: int = 0
    body_bytes: int = 0
    slice_to_client_ms: list[float] = field(default_factory=list)
    """From the end of a slice to the first word of the fleet as of it, for each stream."""
    server_to_client_ms: list[float] = field(default_factory=list)
    """From when the server looked at its clock to the event that says so, likewise."""
    _counts: bool = False

    def begin(self) -> None:
        """Count from here on."""
        self._counts, self.events, self.body_bytes = True, 0, 0

    def end(self, connections: Sequence[Connection]) -> None:
        """Count no more."""
        self._counts = False
        self.lost = sum(each.closed for each in connections)

    @property
    def counts(self) -> bool:
        """Whether what comes counts."""
        return self._counts


class Listener:
    """One who listens."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard
        self._rest = b""
        self._said_ms: float | None = None

    def body(self, part: bytes) -> None:
        """Take a part of the stream."""
        now_ms = time.time() * 1_000
        self._heard.body_bytes += len(part)
        *events, self._rest = (self._rest + part).split(b"\n\n")
        for each in events:
            self._take(each, now_ms)

    def _take(self, event: bytes, now_ms: float) -> None:
        head, _, data = event.partition(b"\ndata: ")
        name = head.rpartition(b"event: ")[2].partition(b"\n")[0]
        if not data:
            return
        self._heard.events += 1
        if name == b"hello":
            self._heard.opened += 1
        elif name == b"fleet":
            self._fleet(data, now_ms)
        elif name == b"clock" and self._heard.counts:
            self._heard.server_to_client_ms.append(now_ms - _ms(_clock(data).server_time))

    def _fleet(self, data: bytes, now_ms: float) -> None:
        newest_ms = max((_ms(each.as_of) for each in _fleet(data) if each.as_of), default=None)
        if newest_ms is None or newest_ms == self._said_ms:
            return
        # What is told at first is of before.
        if self._said_ms is not None and self._heard.counts:
            self._heard.slice_to_client_ms.append(now_ms - newest_ms)
        self._said_ms = newest_ms


def _ms(moment: datetime) -> float:
    return (moment - _EPOCH).total_seconds() * 1_000


async def listen(
    host: str, port: int, tokens: Sequence[str], streams: int, topics: str
) -> tuple[Heard, list[Connection]]:
    """Open so many streams, spread over the tokens; what comes is noted as it does.

    Raises:
        OSError: nobody listens at that address.
    """
    heard, loop = Heard(streams), asyncio.get_running_loop()
    connections: list[Connection] = []
    for number in range(streams):
        listener = Listener(heard)
        _, connection = await loop.create_connection(
            lambda told=listener.body: Connection(told),  # type: ignore[misc]
            host,
            port,
        )
        connections.append(connection)
        asked = (
            f"GET /v1/stream?topics={topics} HTTP/1.1\r\nHost: {host}:{port}\r\n"
            f"Authorization: Bearer {tokens[number % len(tokens)]}\r\n"
            "Accept: text/event-stream\r\n\r\n"
        )
        connection.ask(asked.encode()).add_done_callback(_ended)
    deadline_s = time.monotonic() + OPENED_S
    while any(not each.status for each in connections) and time.monotonic() < deadline_s:
        await asyncio.sleep(0.05)
    return heard, connections


def _ended(answer: "asyncio.Future[Answer]") -> None:
    # That a stream has ended is seen by its connection.
    if not answer.cancelled():
        answer.exception()
