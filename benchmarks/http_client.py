"""HTTP/1.1 as a load asks it: connections that are kept, one request at a time on each, and little
work besides, since whoever asks shares the machine with what is measured."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple, cast

import httptools

from contracts.errors import OperationError

TIMEOUT_S = 10.0
"""An answer that takes longer is none."""


class Answer(NamedTuple):
    """What came."""

    status: int
    size: int
    """Bytes of the body, as they were sent."""


class NoAnswerError(OperationError):
    """The connection ended before the answer did."""


class Connection(asyncio.Protocol):
    """A connection, for one request after the other."""

    def __init__(self, body: Callable[[bytes], None] | None = None) -> None:
        """Args:
        body: Is given the body as it comes.
        """
        self.closed = False
        self.status = 0
        self._told = body
        self._size = 0
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[Answer] | None = None

    def ask(self, request: bytes) -> "asyncio.Future[Answer]":
        """Send a request; its answer once it is there."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._size = 0
        if self.closed:
            self._fail()
        else:
            self._transport.write(request)
        return self._answer

    def close(self) -> None:
        """End it."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As asyncio says."""
        # That of uvloop is one in all but its name.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """As asyncio says."""
        self._parser.feed_data(data)

    def connection_lost(self, _: Exception | None) -> None:
        """As asyncio says."""
        self.closed = True
        self._fail()

    def on_headers_complete(self) -> None:
        """As httptools says."""
        self.status = self._parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        """As httptools says."""
        self._size += len(body)
        if self._told is not None:
            self._told(body)

    def on_message_complete(self) -> None:
        """As httptools says."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(Answer(self.status, self._size))

    def _fail(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(NoAnswerError)


class Client:
    """Asks one server, over as many connections as it takes."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._free: list[Connection] = []

    async def ask(self, request: bytes) -> Answer:
        """The answer to a request.

        Raises:
            NoAnswerError, OSError, TimeoutError: there is none.
        """
        async with asyncio.timeout(TIMEOUT_S):
            while self._free:
                connection = self._free.pop()
                if not connection.closed:
                    try:
                        return await self._asked(connection, request)
                    except NoAnswerError:
                        # The server has ended one that was idle, as it may.
                        continue
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(Connection, self._host, self._port)
            return await self._asked(connection, request)

    async def _asked(self, connection: Connection, request: bytes) -> Answer:
        try:
            answer = await connection.ask(request)
        except BaseException:
            connection.close()
            raise
        self._free.append(connection)
        return answer

    def close(self) -> None:
        """End all connections."""
        for each in self._free:
            each.close()
