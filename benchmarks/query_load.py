"""Load on the API by processes of their own: requests by a schedule, and event streams.

The schedule is an open loop: a request is due at its time, however long others take, and its
latency counts from then. So a server that stands still for a second is seen by all who would have
asked meanwhile, and not by one.
"""

import asyncio
import multiprocessing
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess
from typing import Any, Self
from urllib.parse import urlsplit

import numpy as np
import uvloop
from numpy.typing import NDArray

from benchmarks.errors import BenchmarkError
from benchmarks.http_client import Client, NoAnswerError
from benchmarks.query_mix import World, requests
from benchmarks.query_streams import Heard, listen
from infra.local import priority

ASKERS = 2
"""Processes that ask."""
HEADSTART_S = 0.5
READY_TIMEOUT_S = 120.0
LATEST_S = 30.0
"""After its end a load is waited for so long: answers that do not come take a while."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked, by whom and how long."""

    url: str
    tokens: tuple[str, ...]
    world: World
    per_second: float
    streams: int
    """As many for each token as the number of tokens says."""
    topics: str
    warm_up_s: float
    """Asked before, and not counted."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of requests: an element for each that was due after the warm-up."""

    endpoint: NDArray[np.int64]
    """Place in `query_mix.ENDPOINTS`."""
    seconds: NDArray[np.float64]
    """From when it was due to the end of the answer."""
    status: NDArray[np.int64]
    """0 is no answer."""
    behind_s: NDArray[np.float64]
    """How long after it was due it was sent: the load's own delay."""

    @staticmethod
    def of(rows: Sequence[tuple[int, float, int, float]]) -> "Asked":
        """From a row for each request."""
        columns = np.array(rows or np.empty((0, 4)), dtype=float).T
        endpoint, seconds, status, behind_s = columns
        return Asked(endpoint.astype(int), seconds, status.astype(int), behind_s)

    @staticmethod
    def together(parts: Sequence["Asked"]) -> "Asked":
        """What several processes asked."""
        return Asked(
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in ("endpoint", "seconds", "status", "behind_s")
            )
        )


class RunningLoad:
    """A load that goes on beside whoever started it; use it as a context manager."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._processes: list[BaseProcess] = []
        self._pipes: list[Pipe] = []

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        for number in range(ASKERS + 1):
            ours, theirs = spawn.Pipe()
            process = spawn.Process(target=_part, args=(self._load, number, theirs), daemon=True)
            process.start()
            theirs.close()
            self._processes.append(process)
            self._pipes.append(ours)
        for pipe in self._pipes:
            self._told(pipe, READY_TIMEOUT_S)
        begin_s = time.monotonic() + HEADSTART_S
        for pipe in self._pipes:
            pipe.send(begin_s)
        time.sleep(HEADSTART_S + self._load.warm_up_s)

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.terminate()
            process.join()
        for pipe in self._pipes:
            pipe.close()

    def outcome(self) -> tuple[Asked, Heard]:
        """What came of it, once it has ended.

        Raises:
            BenchmarkError: a process of it ended before.
        """
        *asked, heard = [self._told(pipe, self._load.seconds + LATEST_S) for pipe in self._pipes]
        return Asked.together(asked), heard

    def _told(self, pipe: Pipe, timeout_s: float) -> Any:  # noqa: ANN401
        told: Any = None
        with suppress(EOFError):
            told = pipe.recv() if pipe.poll(timeout_s) else None
        if told is None or (isinstance(told, str) and told != "ready"):
            raise BenchmarkError(f"the load has failed: {told or 'a process of it says nothing'}")
        return told


def _part(load: Load, number: int, pipe: Pipe) -> None:
    """One of the processes."""
    # A session of its own, which goes first as other machines would: what waits for a processor
    # here must be the server, and not whoever asks.
    os.setsid()
    priority.give(os.getpid(), priority.FIRST_NICE)
    try:
        if number < ASKERS:
            pipe.send(uvloop.run(_ask(load, number, pipe)))
        else:
            pipe.send(uvloop.run(_listen(load, pipe)))
    except Exception as error:
        pipe.send(f"{type(error).__name__}: {error}")


async def _ask(load: Load, number: int, pipe: Pipe) -> Asked:
    url = urlsplit(load.url)
    host, port = str(url.hostname), url.port or 80
    apart_s = ASKERS / load.per_second
    count = int((load.warm_up_s + load.seconds) / apart_s)
    what = requests(f"{host}:{port}", load.tokens, load.world, count, seed=number)
    client, rows, under_way = Client(host, port), [], set[asyncio.Task[None]]()

    async def ask(place: int, content: bytes, due_s: float) -> None:
        behind_s, status = time.monotonic() - due_s, 0
        with suppress(NoAnswerError, OSError, TimeoutError):
            status = (await client.ask(content)).status
        if due_s >= begin_s + load.warm_up_s:
            rows.append((place, time.monotonic() - due_s, status, behind_s))

    pipe.send("ready")
    begin_s: float = await asyncio.to_thread(pipe.recv)
    for turn, (place, content) in enumerate(what):
        due_s = begin_s + (turn + number / ASKERS) * apart_s
        while (wait_s := due_s - time.monotonic()) > 0:
            await asyncio.sleep(wait_s)
        task = asyncio.create_task(ask(place, content, due_s))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)
    client.close()
    return Asked.of(rows)


async def _listen(load: Load, pipe: Pipe) -> Heard:
    url = urlsplit(load.url)
    heard, connections = await listen(
        str(url.hostname), url.port or 80, load.tokens, load.streams, load.topics
    )
    pipe.send("ready")
    begin_s: float = await asyncio.to_thread(pipe.recv)
    await asyncio.sleep(begin_s + load.warm_up_s - time.monotonic())
    heard.begin()
    await asyncio.sleep(begin_s + load.warm_up_s + load.seconds - time.monotonic())
    heard.end(connections)
    for each in connections:
        each.close()
    return heard
