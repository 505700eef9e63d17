"""The process itself: it answers, says good-bye to streams, and ends when it is told to."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest
import redis

from contracts.settings import PROJECT
from tests.support.redis_server import free_port
from tests.unit.services.api.conftest import NO_TLS
from tests.unit.services.api.test_stream import as_events
from tests.unit.services.api.town import MINE, Town

PATIENCE_S = 180.0


@dataclass
class Running:
    """The process, at its address, and what it logs."""

    process: "subprocess.Popen[bytes]"
    url: str
    metrics_url: str
    token: str
    log: Path

    def of_history(self) -> psutil.Process:
        """The process of its history."""
        deadline_s = time.monotonic() + PATIENCE_S
        while not (found := psutil.Process(self.process.pid).children()):
            assert time.monotonic() < deadline_s, self.log.read_text()
            time.sleep(0.1)
        (only,) = found
        return only


@pytest.fixture
def running(redis_url: str, tmp_path: Path) -> Iterator[Running]:
    """A process that answers; nobody is where its Cassandra is to be."""
    port, metrics_port = free_port(), free_port()
    environment = {
        **os.environ,
        "WATTSTREAM_REDIS_URL": redis_url,
        "WATTSTREAM_CASSANDRA_PORT": "1",
        "WATTSTREAM_API_PORT": str(port),
        "WATTSTREAM_API_METRICS_PORT": str(metrics_port),
    }
    town = Town(redis.Redis.from_url(redis_url, decode_responses=True))
    town.settle()
    _, token = town.token()
    url = f"http://127.0.0.1:{port}"
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.api"],
            env=environment,
            cwd=PROJECT,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _answers(url, process, log)
        yield Running(process, url, f"http://127.0.0.1:{metrics_port}/metrics", token, log)
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_a_word_to_its_streams(running: Running, ended_by: signal.Signals) -> None:
    process, of_history = running.process, running.of_history()
    headers = {"Authorization": f"Bearer {running.token}"}
    with httpx.stream(
        "GET", f"{running.url}/v1/stream?topics=alerts", headers=headers, timeout=PATIENCE_S
    ) as answer:
        events = as_events(answer.iter_lines())
        assert next(events)[0] == "hello"
        metrics = httpx.get(running.metrics_url, timeout=PATIENCE_S).text
        assert "wattstream_api_streams_open 1.0" in metrics
        # As a terminal does by Ctrl-C: to all that are of the process's group.
        os.killpg(process.pid, ended_by)
        assert [name for name, _, _ in events][-1] == "bye"
    process.wait(PATIENCE_S)
    assert not of_history.is_running()
    text = running.log.read_text()
    assert f"answering at {running.url}" in text
    assert "Traceback" not in text
    assert running.token not in text


def test_what_needs_cassandra_is_a_problem_and_ends_with_a_process_that_is_killed(
    running: Running,
) -> None:
    span = "start=2013-12-03T00:00:00Z&end=2013-12-04T00:00:00Z"
    answer = httpx.get(
        f"{running.url}/v1/meters/{MINE}/energy?{span}",
        headers={"Authorization": f"Bearer {running.token}"},
        timeout=PATIENCE_S,
    )
    of_history = running.of_history()
    running.process.kill()
    of_history.wait(PATIENCE_S)
    told = answer.json()["detail"]
    assert (answer.status_code, told) in {
        (503, "Cassandra does not answer."),
        (504, "Cassandra did not answer in time."),
        (504, "History was not answered in time."),
    }


def _answers(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            httpx.get(f"{url}/healthz", timeout=PATIENCE_S, verify=NO_TLS)
            return
        except httpx.ConnectError:
            assert process.poll() is None and time.monotonic() < deadline_s, log.read_text()
            time.sleep(0.1)
