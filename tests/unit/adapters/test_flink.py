"""What is said when Flink cannot be asked, or answers with something else."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from adapters.flink import (
    HALF_ENDED,
    STOPS,
    FlinkError,
    FlinkRest,
    Job,
    RequestedCheckpoint,
    Slots,
    root_cause,
)
from contracts.settings import Settings


@contextmanager
def answering(status: int, headers: dict[str, str], body: bytes) -> Iterator[str]:
    """The address of a server that answers everything alike."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def refusal(address: str) -> str:
    """The message when Flink is asked there, by a user with a password."""
    settings = Settings(flink_rest_url=f"http://me:secret@{address}")
    with pytest.raises(FlinkError) as raised, FlinkRest(settings) as rest:
        rest.get("/overview")
    message = str(raised.value)
    assert "secret" not in message
    assert f"http://{address}" in message
    return message


@pytest.mark.parametrize("address", ["127.0.0.1:1", "é..:8081"])
def test_a_flink_that_cannot_be_reached_is_told_with_its_address(address: str) -> None:
    message = refusal(address)

    assert message.startswith(f"Flink does not answer at http://{address} (")
    assert "WATTSTREAM_FLINK_REST_URL" in message


def test_a_flink_that_says_nothing_is_not_waited_for_longer_than_asked() -> None:
    given_up = threading.Event()

    def answer_late(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            given_up.wait(10)
            with suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        late = threading.Thread(target=answer_late, args=(listening,))
        late.start()
        settings = Settings(flink_rest_url=f"http://127.0.0.1:{listening.getsockname()[1]}")
        try:
            with (
                pytest.raises(FlinkError, match="does not answer"),
                FlinkRest(settings, 0.1) as rest,
            ):
                rest.get("/overview")
        finally:
            given_up.set()
            late.join()


def test_an_answer_that_cannot_be_decoded_is_an_error_of_flink() -> None:
    with answering(200, {"Content-Encoding": "gzip"}, b"no gzip") as address:
        assert "Flink does not answer" in refusal(address)


def test_whoever_gives_no_json_is_not_flink() -> None:
    with answering(200, {}, b"<html>welcome</html>") as address:
        message = refusal(address)

    assert "is not Flink" in message
    assert "WATTSTREAM_FLINK_REST_URL" in message


def test_a_refusal_has_its_status_and_its_first_line() -> None:
    with answering(404, {}, b'{"errors": ["no such job\\n\\tat java"]}') as address:
        assert refusal(address).endswith("refuses GET /overview (404): no such job")


JAVA = """java.lang.RuntimeException: One or more fetchers have encountered exception
\tat org.apache.flink.Some.method(Some.java:307)
Caused by: java.lang.NoClassDefFoundError: com/github/luben/zstd/Zstd
\tat org.apache.flink.Other.method(Other.java:12)
Caused by: java.lang.ClassNotFoundException: com.github.luben.zstd.Zstd
\t... 4 more
"""
PYTHON = """java.lang.RuntimeException: Error while waiting for BeamPythonFunctionRunner flush
\tat org.apache.flink.Some.method(Some.java:307)
Caused by: java.lang.RuntimeException: Error received: Traceback (most recent call last):
  File "live.py", line 12, in write
    client.fcall("write")
Traceback (most recent call last):
  File "live.py", line 12, in write
    client.fcall("write")
redis.exceptions.ConnectionError: Error 111 connecting to 127.0.0.1:16379. Connection refused.

\tat org.apache.flink.Other.method(Other.java:12)
"""


@pytest.mark.parametrize(
    ("stacktrace", "cause"),
    [
        (JAVA, "java.lang.ClassNotFoundException: com.github.luben.zstd.Zstd"),
        (
            PYTHON,
            "redis.exceptions.ConnectionError: Error 111 connecting to 127.0.0.1:16379. "
            "Connection refused.",
        ),
        ("org.apache.flink.Lost: gone", "org.apache.flink.Lost: gone"),
        ("", "Flink gave no cause"),
        ("x" * 400, "x" * 300 + " [...]"),
    ],
)
def test_the_innermost_cause_is_told_in_a_line(stacktrace: str, cause: str) -> None:
    assert root_cause(stacktrace) == cause


class Stopping(FlinkRest):
    """A job that may be stopped only after so many refusals of Flink's."""

    def __init__(self, refusals: int, cause: str) -> None:
        super().__init__(Settings())
        self.refusals, self.cause, self.waited = refusals, cause, 0
        self.runs, self.failing = 1, False

    def _call(self, method: str, path: str, **_: Any) -> Any:  # noqa: ANN401
        assert (method, path) == ("POST", "/jobs/1/stop")
        assert not self.failing
        return {"request-id": "2"}

    def get(self, path: str, **_: str) -> Any:  # noqa: ANN401
        if path == "/jobs/1":
            # Flink says for a moment that it runs.
            ran = self.runs
            self.runs, self.failing = self.runs + self.failing, False
            return {"name": "job", "timestamps": {"RUNNING": ran}}
        if path != "/jobs/1/savepoints/2":
            raise AssertionError(path)
        self.refusals -= 1
        self.failing = self.refusals >= 0
        failed = {"failure-cause": {"stack-trace": f"{self.cause}: no"}}
        operation = failed if self.refusals >= 0 else {"location": "file:///3"}
        return {"status": {"id": "COMPLETED"}, "operation": operation}

    def wait_until_running(
        self,
        name: str,
        timeout_s: float = 0.0,  # noqa: ARG002
        tell: Callable[[str], object] = print,  # noqa: ARG002
    ) -> str:
        assert not self.failing
        self.waited += 1
        return name

    def _wait_until_ended(self, *job_ids: str) -> None:
        assert job_ids == ("1",)


def test_a_job_that_was_half_ended_is_stopped_once_it_runs_again() -> None:
    with Stopping(STOPS - 1, f"Caused by: {HALF_ENDED}") as rest:
        assert rest.stop_with_savepoint("1", "file:///") == "file:///3"
        assert rest.waited == STOPS - 1


@pytest.mark.parametrize(("cause", "waited"), [(HALF_ENDED, STOPS - 1), ("IOException", 0)])
def test_a_job_that_cannot_be_stopped_says_why(cause: str, waited: int) -> None:
    with Stopping(STOPS, cause) as rest:
        with pytest.raises(FlinkError, match=f"savepoint of job 1 failed: {cause}: no"):
            rest.stop_with_savepoint("1", "file:///")
        assert rest.waited == waited


class Full(FlinkRest):
    """A cluster whose slots are taken until it has been asked so often how many are free."""

    def __init__(self, asked: int) -> None:
        super().__init__(Settings())
        self.asked = asked

    def get(self, path: str, **_: str) -> Any:  # noqa: ANN401
        if path == "/overview":
            self.asked -= 1
            return {"slots-available": 1, "slots-total": 3}
        if path == "/jobs/overview":
            return {
                "jobs": [
                    self._job("1", "other-hot", "RUNNING", 2),
                    self._job("2", "demo-watch", "CREATED" if self.asked else "RUNNING", 1),
                    self._job("3", "other-cold", "CANCELED", 2),
                ]
            }
        runs = path == "/jobs/1"
        status = ("RUNNING", "FINISHED") if runs else ("SCHEDULED", "CREATED")
        return {
            "vertices": [
                {"parallelism": number + runs, "status": each}
                for number, each in enumerate(status, 1)
            ]
        }

    def _job(self, jid: str, name: str, state: str, total: int) -> dict[str, Any]:
        running = total if state == "RUNNING" else 0
        tasks = {"total": total, "running": running}
        return {"jid": jid, "name": name, "state": state, "start-time": 1, "tasks": tasks}


def test_slots_are_held_by_the_jobs_whose_tasks_are_in_them() -> None:
    with Full(asked=9) as rest:
        assert rest.holders() == {"other-hot": 3}
        assert rest.slots() == Slots(1, 3)


def test_whoever_waits_for_a_job_hears_what_it_waits_for() -> None:
    told: list[str] = []
    with Full(asked=2) as rest:
        assert rest.wait_until_running("demo-watch", tell=told.append) == "2"

    assert len(told) == 2
    assert told[0] == (
        "waiting for all tasks of demo-watch to run: 1 of 3 slots are free, 0 s of 120 s"
    )


RUNNING = Job("1", "job", "RUNNING", True)


class Checkpointing(FlinkRest):
    """A Flink of which a checkpoint is under way for some looks, and then ends."""

    def __init__(self, looks: int, number: int | None) -> None:
        super().__init__(Settings())
        self.looks, self.number = looks, number

    def trigger_checkpoint(self, job: Job) -> str:
        return f"of {job.id}"

    def requested_checkpoint(self, job: Job, request: str) -> RequestedCheckpoint:
        assert request == f"of {job.id}"
        self.looks -= 1
        if self.looks > 0:
            return RequestedCheckpoint("under_way")
        return RequestedCheckpoint("failed" if self.number is None else "completed", self.number)


@pytest.mark.parametrize("number", [7, None])
def test_a_checkpoint_is_waited_for_until_it_is_completed_or_has_failed(
    number: int | None,
) -> None:
    pauses: list[float] = []
    with Checkpointing(3, number) as flink:
        assert flink.take_checkpoint(RUNNING, pause=pauses.append) == number
    assert len(pauses) == 2


def test_a_checkpoint_is_waited_for_no_longer_than_asked() -> None:
    with Checkpointing(1_000, 7) as flink:
        assert flink.take_checkpoint(RUNNING, timeout_s=-1) is None
