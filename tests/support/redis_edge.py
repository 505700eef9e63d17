"""What a client may meet instead of a Redis that answers at once: something at the same port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(slots=True)
class Edge:
    """Goes between a client and a Redis.

    Args:
        upstream: URL of the Redis.
        late_s: What it says comes so much later.
    """

    upstream: str
    late_s: float = 0.0
    mute: set[int] = field(default_factory=set)
    """Connections, counted from 0, over which nothing is said; `dead` for all."""
    dead: bool = False
    seen: list[asyncio.StreamWriter] = field(default_factory=list)
    """To the client, one a connection."""
    asked: list[bytes] = field(default_factory=list)
    """What clients said, piece by piece."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        number = len(self.seen)
        self.seen.append(writer)
        of = urlsplit(self.upstream)
        back, forth = await asyncio.open_connection(of.hostname, of.port)
        said = asyncio.ensure_future(self._say(number, back, writer))
        try:
            while piece := await reader.read(1 << 16):
                self.asked.append(piece)
                forth.write(piece)
        except ConnectionError:
            pass
        finally:
            said.cancel()
            forth.close()
            writer.close()

    async def _say(
        self, number: int, back: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while piece := await back.read(1 << 16):
            await asyncio.sleep(self.late_s)
            if not self.dead and number not in self.mute:
                writer.write(piece)


@asynccontextmanager
async def edge(upstream: str, late_s: float = 0.0) -> AsyncIterator[tuple[Edge, str]]:
    """Serve one in this event loop.

    Yields:
        It, and the URL for clients.
    """
    between = Edge(upstream, late_s)
    server = await asyncio.start_server(between.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield between, f"redis://127.0.0.1:{port}/0"
    finally:
        server.close()
        for writer in between.seen:
            writer.close()
