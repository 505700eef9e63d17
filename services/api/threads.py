"""Threads for what blocks: each part has its own, so that one that hangs takes no other down."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import ParamSpec, TypeVar

from services.api.problems import store_away

P = ParamSpec("P")
T = TypeVar("T")

MOST = 4
"""Of a part: who finds all of them busy is told so at once."""
TURN_S = 0.0005
"""For so long a thread computes before the event loop has its turn, in which others are answered;
ten times as long if nothing is said."""


class Threads:
    """Those in which one part is waited for."""

    def __init__(self, part: str, most: int = MOST) -> None:
        self._part = part
        self._free = BoundedSemaphore(most)
        self._executor = ThreadPoolExecutor(most, thread_name_prefix=part)

    async def run(self, do: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What a function returns. It goes on to its end, and is busy, if nobody waits for it.

        Raises:
            ProblemError: all threads are busy.
            Exception: as the function does.
        """
        if not self._free.acquire(blocking=False):
            raise store_away(self._part, retry_after_s=5)
        future = self._executor.submit(do, *args, **kwargs)
        future.add_done_callback(lambda _: self._free.release())
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Take nothing more."""
        self._executor.shutdown(wait=False, cancel_futures=True)
