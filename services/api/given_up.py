"""Answers that take a while, for who still waits for them."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import Request
from starlette.requests import ClientDisconnect

T = TypeVar("T")


async def unless_given_up(request: Request, answer: Coroutine[Any, Any, T]) -> T:
    """What a request without a body is answered with; it is cancelled if who asks goes away.

    Raises:
        ClientDisconnect: nobody waits any more.
        Exception: as the answer does.
    """
    answering, leaving = asyncio.create_task(answer), asyncio.create_task(_left(request))
    try:
        await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            raise ClientDisconnect
        return answering.result()
    finally:
        answering.cancel()
        leaving.cancel()


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
