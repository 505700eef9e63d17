"""A part that hangs is waited for in its own threads, and by no more than it has."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from services.api.problems import ProblemError
from services.api.threads import MOST, Threads
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.town import MINE, OUTAGE


def test_who_finds_all_threads_of_a_part_busy_is_told_so() -> None:
    async def run() -> None:
        go_on = threading.Event()
        kafka, flink = Threads("Kafka", 2), Threads("Flink", 1)
        hanging = [asyncio.create_task(kafka.run(go_on.wait)) for _ in range(2)]
        await asyncio.sleep(0)
        # Who gives up does not end what goes on.
        hanging[0].cancel()
        await asyncio.sleep(0)
        with pytest.raises(ProblemError) as full:
            await kafka.run(int)
        assert (full.value.status, full.value.details.detail) == (503, "Kafka does not answer.")
        assert await flink.run(int, "7") == 7
        assert await asyncio.to_thread(int, "8") == 8
        go_on.set()
        assert await hanging[1] is True
        kafka.close()
        flink.close()

    asyncio.run(run())


def test_a_kafka_that_hangs_takes_nothing_else_down(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging, go_on = threading.Semaphore(0), threading.Event()

    def say(*_: object) -> None:
        hanging.release()
        go_on.wait(60)

    monkeypatch.setattr("services.api.alerts.say", say)
    _, token = api.town.token()

    def acknowledge() -> httpx.Response:
        return api.ask("POST", f"/v1/alerts/{OUTAGE}/acknowledge", token, json={})

    with ThreadPoolExecutor(MOST) as many:
        waiting = [many.submit(acknowledge) for _ in range(MOST)]
        try:
            for _ in waiting:
                assert hanging.acquire(timeout=60)
            full = acknowledge()
            assert (full.status_code, full.json()["detail"]) == (503, "Kafka does not answer.")
            span = "start=2013-06-06T00:00:00&end=2013-06-07T00:00:00"
            assert api.get(f"/v1/meters/{MINE}/energy?{span}", token).status_code == 200
        finally:
            go_on.set()
        assert [each.result().status_code for each in waiting] == [202] * MOST


def test_threads_are_free_again_whatever_came_of_it() -> None:
    def fails() -> None:
        raise ValueError("no")

    async def run() -> None:
        one = Threads("Kafka", 1)
        for _ in range(3):
            with pytest.raises(ValueError, match="no"):
                await one.run(fails)
        one.close()

    asyncio.run(run())
