"""History that a process of its own answers: this process only waits for bytes.

Rows become figures, bars and JSON in tens of milliseconds of pure Python, in which a process
answers nobody else, whatever thread does it. `services.api.history.__main__` is the other end.
"""

import asyncio
import itertools
import logging
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from contracts.settings import Settings
from services import logs
from services.api.history.frames import frame, read
from services.api.history.question import Question
from services.api.history.sources import Sources
from services.api.problems import ProblemError, store_away

T = TypeVar("T")

COMMAND = (sys.executable, "-m", "services.api.history")
MOST = 64
"""Questions on their way: a second or two of work. Whoever comes beyond them is told so at once."""
BUSY_AFTER_S = 1
ANSWER_S = 12.0
"""For an answer, the wait for its turn included: a little more than Cassandra has for it."""
AGAIN_S = 1.0
"""A process that ended is begun again by whoever asks next, but not so soon after the last one."""
MUTE_S = 60.0
"""Who has said nothing for so long though asked hangs, and is killed when the next one gives up: on
a busy machine, or without Cassandra, it says sooner what is wrong."""
END_S = 3.0
"""To end by itself; then it is killed."""

log = logging.getLogger(__name__)


class HistoryProcess:
    """Has a process answer, and another one if it has died.

    Args:
        make: Makes the sources, in that process: a function that can be imported.
    """

    def __init__(
        self, settings: Settings, make: Callable[[Settings], Sources] = Sources.of
    ) -> None:
        self._hello = make, settings
        self._on_their_way = 0
        self._worker: asyncio.Task[_Worker] | None = None
        self._begun_s = float("-inf")

    def begin(self) -> None:
        """As `History.begin` has it."""
        self._begun()

    async def ask(self, question: Question[T]) -> T:
        """As `History.ask` has it."""
        if self._on_their_way >= MOST:
            raise ProblemError("busy", headers={"Retry-After": str(BUSY_AFTER_S)})
        self._on_their_way += 1
        worker = None
        try:
            async with asyncio.timeout(ANSWER_S):
                # Who gives up does not take the others' process with them.
                worker = await asyncio.shield(self._begun())
                answer: T = await worker.ask(question)
                return answer
        except TimeoutError:
            if worker is not None:
                worker.end_if_mute()
            raise ProblemError("too-slow", "History was not answered in time.") from None
        finally:
            self._on_their_way -= 1

    @property
    def connected(self) -> bool:
        """As `History.connected` has it: Cassandra is what each answer is from."""
        return self._worker is not None and _lives(self._worker) and self._worker.result().answered

    async def close(self) -> None:
        """End the process."""
        if self._worker is not None:
            with suppress(ProblemError):
                await (await self._worker).end()

    def _begun(self) -> "asyncio.Task[_Worker]":
        """The process that lives, or is about to."""
        if self._worker is None or (self._worker.done() and not _lives(self._worker)):
            now_s = asyncio.get_running_loop().time()
            if now_s - self._begun_s < AGAIN_S:
                raise _away()
            self._begun_s = now_s
            self._worker = asyncio.create_task(_begin(self._hello))
        return self._worker


class _Worker:
    """A process, and who waits for it."""

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._process, self._writer = process, writer
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._reading = asyncio.create_task(self._read(reader))
        self._ends = False
        self._mute_since_s: float | None = None
        """When it was asked the first question since it said something."""
        self.lives = True
        self.answered = False
        """Whether anything was."""

    async def ask(self, question: Question[Any]) -> Any:  # noqa: ANN401
        if not self.lives:
            raise _away()
        if self._mute_since_s is None:
            self._mute_since_s = asyncio.get_running_loop().time()
        number, request = next(self._numbers), logs.REQUEST.get()
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._writer.write(frame((number, request, question)))
        try:
            return await waiting
        except asyncio.CancelledError:
            if self.lives:
                self._writer.write(frame((number, request, None)))
            raise
        finally:
            del self._waiting[number]

    def end_if_mute(self) -> None:
        """Kill it if it hangs: those who wait are told, and who asks next begins another one."""
        now_s = asyncio.get_running_loop().time()
        if self._mute_since_s is not None and now_s - self._mute_since_s >= MUTE_S:
            log.error("the process of history has said nothing for %.0f s", MUTE_S)
            self._process.kill()

    async def end(self) -> None:
        """Let it end, and see that it has."""
        self._ends = True
        self._writer.close()
        try:
            await asyncio.to_thread(self._process.wait, END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        await self._reading

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while (message := await read(reader)) is not None:
            self._mute_since_s = None
            number, answer, problem = message
            waiting = self._waiting.get(number)
            # Whoever waited may have gone.
            if waiting is None or waiting.done():
                continue
            if problem is None:
                self.answered = True
                waiting.set_result(answer)
            else:
                waiting.set_exception(problem)
        self.lives = False
        self._writer.close()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(_away())
        if not self._ends:
            # It may live on without a word: such a one is of no use to anybody.
            self._process.kill()
        status = await asyncio.to_thread(self._process.wait)
        if not self._ends:
            log.error("the process of history has ended with %d: who asks next begins one", status)


async def _begin(hello: tuple[Callable[[Settings], Sources], Settings]) -> _Worker:
    """A new process.

    Raises:
        ProblemError: the system has no room for one.
    """
    ours, theirs = socket.socketpair()
    try:
        # Of a process group of its own: Ctrl-C is for the API. Of the API's session, by whose
        # niceness the kernel shares processors.
        process = subprocess.Popen(COMMAND, stdin=theirs.fileno(), process_group=0)
    except OSError as error:
        ours.close()
        log.error("no process of history can be begun: %s", error)
        raise _away() from None
    finally:
        theirs.close()
    reader, writer = await asyncio.open_unix_connection(sock=ours)
    writer.write(frame(hello))
    return _Worker(process, reader, writer)


def _lives(worker: "asyncio.Task[_Worker]") -> bool:
    """Whether a process has begun and not ended."""
    if not worker.done() or worker.cancelled() or worker.exception() is not None:
        return False
    return worker.result().lives


def _away() -> ProblemError:
    return store_away("History")
