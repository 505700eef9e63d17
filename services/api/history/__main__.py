"""`python -m services.api.history`: answers an API's questions of history, for as long as it lives.

Its standard input is a socket at whose other end the API is: when that ends, however it does, so
does this process. Ctrl-C does not come here.
"""

import asyncio
import gc
import logging
import os
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from services import logs

# What questions are made of is there before the first of them is.
from services.api.history import alerts, areas, energy, minutes, release  # noqa: F401
from services.api.history.frames import frame, read
from services.api.history.here import HistoryHere
from services.api.history.question import Question
from services.api.problems import ProblemError
from services.api.threads import TURN_S

NICE = 10
"""Beside the API, of which the kernel thinks nine times as much by that: live answers go first."""
AT_A_TIME = 2
"""Answers that are made at a time, so that one of a day does not wait for one of a year. With more
of them each would take longer, and no more would be made."""

log = logging.getLogger(__name__)


async def serve(ours: socket.socket) -> None:
    """Answer what comes, until the other end is gone."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(AT_A_TIME))
    reader, writer = await asyncio.open_unix_connection(sock=ours)
    first = await read(reader)
    if first is None:
        return
    make, settings = first
    logs.begin(settings.log)
    history = HistoryHere(make(settings))
    # What is there now stays: a collection need not look at it again.
    gc.freeze()
    asked: dict[int, asyncio.Task[None]] = {}
    while (message := await read(reader)) is not None:
        number, request, question = message
        if question is not None:
            task = asyncio.create_task(_answer(history, writer, number, request, question))
            task.add_done_callback(partial(_forget, asked, number))
            asked[number] = task
        elif number in asked:
            asked[number].cancel()
    for task in asked.values():
        task.cancel()
    await history.close()


def _forget(asked: dict[int, "asyncio.Task[None]"], number: int, _: object) -> None:
    del asked[number]


async def _answer(
    history: HistoryHere,
    writer: asyncio.StreamWriter,
    number: int,
    request: str,
    question: Question[Any],
) -> None:
    # Of this task alone: what is logged here is of the API's request.
    logs.REQUEST.set(request)
    try:
        answer, problem = await history.ask(question), None
    except ProblemError as error:
        answer, problem = None, error
    except Exception:
        log.exception("request %s failed", request)
        answer, problem = None, ProblemError("broken")
    writer.write(frame((number, answer, problem)))


def main() -> None:
    """Answer questions, until the API is gone."""
    os.nice(NICE)
    sys.setswitchinterval(TURN_S)
    asyncio.run(serve(socket.socket(fileno=os.dup(0))))


if __name__ == "__main__":
    main()
