"""The process itself: it answers, says good-bye to streams, and ends when it is told to."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import redis

from contracts.settings import PROJECT
from tests.support.redis_server import free_port
from tests.unit.services.api.test_stream import as_events
from tests.unit.services.api.town import Town

PATIENCE_S = 180.0


def test_it_ends_with_a_word_to_its_streams(redis_url: str, tmp_path: Path) -> None:
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
        )
    try:
        _answers(url, process, log)
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.stream(
            "GET", f"{url}/v1/stream?topics=alerts", headers=headers, timeout=PATIENCE_S
        ) as answer:
            events = as_events(answer.iter_lines())
            assert next(events)[0] == "hello"
            metrics = httpx.get(f"http://127.0.0.1:{metrics_port}/metrics", timeout=PATIENCE_S).text
            assert "wattstream_api_streams_open 1.0" in metrics
            process.send_signal(signal.SIGTERM)
            assert [name for name, _, _ in events][-1] == "bye"
        process.wait(PATIENCE_S)
    finally:
        process.kill()
        process.wait()
    text = log.read_text()
    assert f"answering at {url}" in text
    assert "Traceback" not in text
    assert token not in text


def _answers(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            httpx.get(f"{url}/healthz", timeout=PATIENCE_S)
            return
        except httpx.ConnectError:
            assert process.poll() is None and time.monotonic() < deadline_s, log.read_text()
            time.sleep(0.1)
