"""Answers of a process of its own, which is killed, kept busy and left alone."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any
from zoneinfo import ZoneInfo

import psutil
import pytest

from contracts.energy import Counting
from contracts.settings import CassandraSettings, Settings
from contracts.time import DAY_MS, HOUR_MS
from services.api.history import process
from services.api.history.__main__ import NICE
from services.api.history.energy import BarsOfMeter, Form
from services.api.history.here import HistoryHere
from services.api.history.process import HistoryProcess
from services.api.meter_energy import Asked
from services.api.problems import ProblemError, store_away
from tests.unit.services.api.history.played import (
    BEGIN_MS,
    METER,
    Death,
    Fails,
    Never,
    Process,
    Said,
    sources,
)

# Nobody listens there.
SETTINGS = Settings(cassandra=CassandraSettings(port=1))


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait as long as a busy machine takes."""
    monkeypatch.setattr(process, "ANSWER_S", 120.0)
    monkeypatch.setattr(process, "END_S", 120.0)
    monkeypatch.setattr(process, "AGAIN_S", 0.0)


def with_process(do: Callable[[HistoryProcess], Awaitable[Any]]) -> Any:  # noqa: ANN401
    async def run() -> Any:  # noqa: ANN401
        history = HistoryProcess(SETTINGS, sources)
        try:
            return await do(history)
        finally:
            await history.close()

    return asyncio.run(run())


async def refused(answer: Awaitable[object]) -> ProblemError:
    with pytest.raises(ProblemError) as problem:
        await answer
    return problem.value


async def until(found: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(120.0):
        while not await found():
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("form", ["objects", "columns", "csv"])
def test_it_answers_byte_for_byte_what_is_answered_here(form: Form) -> None:
    asked = Asked(
        namespace="town",
        meter_id=METER,
        commodity="electricity",
        counting=Counting(cadence_ms=HOUR_MS // 2),
        begin_ms=BEGIN_MS,
        end_ms=BEGIN_MS + DAY_MS,
        resolution="PT1H",
        zone=ZoneInfo("Asia/Kathmandu"),
        stream_ms=None,
    )
    question = BarsOfMeter(asked, "PT1H", form)

    async def ask(history: HistoryProcess) -> bytes:
        assert not history.connected
        body = await history.ask(question)
        assert history.connected
        return body

    body = with_process(ask)

    assert b"501" in body
    assert body == asyncio.run(HistoryHere(sources(SETTINGS)).ask(question))


def test_it_is_another_process_that_lets_others_go_first_and_ends_with_its_api() -> None:
    async def ask(history: HistoryProcess) -> tuple[int, int, int]:
        return await history.ask(Process())

    pid, nice, _ = with_process(ask)

    assert pid != os.getpid()
    assert nice == min(19, os.getpriority(os.PRIO_PROCESS, 0) + NICE)
    assert not psutil.pid_exists(pid)


def test_problems_come_as_they_are_and_errors_as_one_of_the_api(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def ask(history: HistoryProcess) -> list[ProblemError]:
        return [await refused(history.ask(Fails(is_store))) for is_store in (True, False)]

    away, broken = with_process(ask)

    expected = store_away("Cassandra", retry_after_s=5)
    assert (away.status, away.headers, away.details) == (503, expected.headers, expected.details)
    assert broken.status == 500
    told = capfd.readouterr().err
    assert "ValueError: no" in told and "Cassandra does not answer: Unavailable" in told


def test_who_waits_for_a_process_that_dies_is_told_so_and_the_next_one_answers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def ask(history: HistoryProcess) -> list[ProblemError]:
        first, _, _ = await history.ask(Process())
        waiting = asyncio.create_task(refused(history.ask(Never())))
        told = [await refused(history.ask(Death())), await waiting]
        assert not history.connected
        second, _, others = await history.ask(Process())
        assert second != first and others == 0
        assert not psutil.pid_exists(first)
        return told

    for problem in with_process(ask):
        assert (problem.status, problem.details.detail) == (503, "History does not answer.")
        assert int(problem.headers["Retry-After"]) > 0
    assert [each.getMessage() for each in caplog.records if each.levelname == "ERROR"] == [
        "the process of history has ended with -9: who asks next begins one"
    ]


def test_one_that_dies_again_and_again_is_not_begun_all_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process, "AGAIN_S", 3_600.0)

    async def ask(history: HistoryProcess) -> list[ProblemError]:
        return [await refused(history.ask(each)) for each in (Death(), Said("no"))]

    assert [each.status for each in with_process(ask)] == [503, 503]


def test_what_nobody_waits_for_any_more_is_dropped() -> None:
    async def ask(history: HistoryProcess) -> None:
        given_up = asyncio.create_task(history.ask(Never()))
        await until(lambda: others(history, 1))
        given_up.cancel()
        await until(lambda: others(history, 0))

    with_process(ask)


async def others(history: HistoryProcess, count: int) -> bool:
    return (await history.ask(Process()))[2] == count


def test_what_takes_too_long_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask(history: HistoryProcess) -> ProblemError:
        await history.ask(Said("begun"))
        monkeypatch.setattr(process, "ANSWER_S", 0.2)
        problem = await refused(history.ask(Never()))
        monkeypatch.setattr(process, "ANSWER_S", 120.0)
        await until(lambda: others(history, 0))
        return problem

    assert with_process(ask).status == 504


def test_one_that_hangs_is_killed_and_the_next_one_answers(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def ask(history: HistoryProcess) -> list[ProblemError]:
        first, _, _ = await history.ask(Process())
        os.kill(first, signal.SIGSTOP)
        monkeypatch.setattr(process, "ANSWER_S", 0.2)
        told = [await refused(history.ask(Said("still patient")))]
        assert psutil.Process(first).status() == psutil.STATUS_STOPPED
        monkeypatch.setattr(process, "MUTE_S", 0.1)
        told.append(await refused(history.ask(Said("no more"))))
        monkeypatch.setattr(process, "ANSWER_S", 120.0)
        await until(lambda: gone(history))
        assert (await history.ask(Process()))[0] != first
        return told

    assert [each.status for each in with_process(ask)] == [504, 504]
    assert "the process of history has said nothing for 0 s" in caplog.text


async def gone(history: HistoryProcess) -> bool:
    return not history.connected


def test_who_comes_when_many_wait_is_told_so_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "MOST", 2)

    async def ask(history: HistoryProcess) -> ProblemError:
        waiting = [asyncio.create_task(history.ask(Never())) for _ in range(2)]
        await asyncio.sleep(0)
        problem = await refused(history.ask(Said("one too many")))
        for each in waiting:
            each.cancel()
        await asyncio.wait(waiting)
        assert await history.ask(Said("again")) == "again"
        return problem

    problem = with_process(ask)
    assert (problem.status, problem.details.type) == (503, "/problems/busy")
    assert problem.headers["Retry-After"]
