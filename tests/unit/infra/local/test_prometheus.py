"""Prometheus as the stack has it: the real one, which asks a process that tells how it does."""

import shutil
import socketserver
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry, Gauge, start_http_server

from adapters.authorities import authorities
from contracts.settings import ApiSettings, Settings
from infra.local.prometheus.service import service
from infra.local.prometheus.targets import targets
from infra.settings import StackSettings
from tests.support.redis_server import free_port
from tests.support.watched import rules

pytestmark = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="Prometheus is not installed"
)
WAIT_S = 60.0


@contextmanager
def telling() -> Iterator[int]:
    """A process that tells of two things, of which the stack keeps one; its port."""
    registry = CollectorRegistry()
    Gauge("wattstream_disk_free_bytes", "Room.", registry=registry).set(7)
    Gauge("flink_taskmanager_job_task_numRecordsIn", "Of no use.", registry=registry).set(8)
    server, thread = start_http_server(0, "127.0.0.1", registry)
    assert isinstance(server, socketserver.BaseServer)
    assert isinstance(thread, Thread)
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Asks a Prometheus of the stack's API, which asks one process that is there."""
    folder = tmp_path_factory.mktemp("prometheus")
    stack = StackSettings(local_dir=folder, prometheus_port=free_port(), metrics_port=65_000)
    with telling() as port:
        settings = Settings(data_dir=folder / "data", api=ApiSettings(metrics_port=port))
        made = service(settings, stack)
        for path, text in made.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        made.prepare()
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(made.command, stdout=log, stderr=log)
        try:
            _await(made.ready, folder / "log")
            yield _asker(stack.prometheus_port)
        finally:
            process.terminate()
            process.wait(WAIT_S)


def _await(ready: Callable[[], None], log: Path) -> None:
    deadline_s = time.monotonic() + WAIT_S
    while True:
        try:
            ready()
            return
        except httpx.HTTPError:
            assert time.monotonic() < deadline_s, log.read_text()
            time.sleep(0.1)


def _asker(port: int) -> Callable[..., Any]:
    def asked(path: str, **params: str) -> Any:  # noqa: ANN401
        url = f"http://127.0.0.1:{port}/api/v1/{path}"
        answer = httpx.get(url, params=params, timeout=WAIT_S, verify=authorities())
        return answer.raise_for_status().json()["data"]

    return asked


def test_it_watches_by_the_rules(ask: Callable[..., Any]) -> None:
    found = {each["name"]: each for group in ask("rules")["groups"] for each in group["rules"]}

    assert found.keys() == {rule.get("alert") or rule["record"] for rule in rules()}
    assert {each["health"] for each in found.values()} <= {"ok", "unknown"}


def once_there(found: Callable[[], Any]) -> Any:  # noqa: ANN401
    """What is found as soon as anything is: it finds out some seconds later whom to ask."""
    deadline_s = time.monotonic() + WAIT_S
    while not (there := found()):
        assert time.monotonic() < deadline_s
        time.sleep(0.2)
    return there


def test_it_asks_everybody_by_name(ask: Callable[..., Any]) -> None:
    active = once_there(lambda: ask("targets")["activeTargets"])

    assert {each["labels"]["process"] for each in active} == set(
        targets(Settings(), StackSettings())
    )
    assert {each["labels"]["job"] for each in active} == {"wattstream"}


def test_it_keeps_what_is_of_use_and_says_who_told_it(ask: Callable[..., Any]) -> None:
    (series,) = once_there(lambda: ask("query", query="wattstream_disk_free_bytes")["result"])

    assert series["value"][1] == "7"
    assert series["metric"]["process"] == "api"
    assert ask("query", query="flink_taskmanager_job_task_numRecordsIn")["result"] == []
