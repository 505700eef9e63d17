"""What the API and the process of its history say to each other: Python's own bytes of tuples, each
behind its length.

    to the process   once (make, settings), then (number, request, question), and
                     (number, request, None) where nobody waits for the answer any more
    from it          (number, answer, None) or (number, None, problem)

Both ends are one build's, at a socket that nobody else has.
"""

import asyncio
import pickle
from typing import Any

_LENGTH_BYTES = 4


def frame(message: tuple[Any, ...]) -> bytes:
    """A message as it is sent."""
    content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return len(content).to_bytes(_LENGTH_BYTES) + content


async def read(reader: asyncio.StreamReader) -> tuple[Any, ...] | None:
    """The next message; None if the other end is gone."""
    try:
        length = int.from_bytes(await reader.readexactly(_LENGTH_BYTES))
        message: tuple[Any, ...] = pickle.loads(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return message
