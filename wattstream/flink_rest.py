"""Flink's REST API, as far as submitting, stopping and watching jobs needs it."""

import time
from typing import Any

import httpx

from contracts.settings import Settings

ALIVE = frozenset({"INITIALIZING", "CREATED", "RUNNING", "RESTARTING", "FAILING", "RECONCILING"})
POLL_S = 0.3


class FlinkError(RuntimeError):
    """Flink refused, failed or could not be reached; the message says what to look at."""


class FlinkRest:
    """A session with one cluster; use it as a context manager."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.flink_rest_url
        self._http = httpx.Client(base_url=settings.flink_rest_url, timeout=30)

    def __enter__(self) -> "FlinkRest":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the session."""
        self._http.close()

    def get(self, path: str, **params: str) -> Any:  # noqa: ANN401
        """The answer's JSON."""
        return self._call("GET", path, params=params)

    def running(self, job_name: str) -> str | None:
        """Id of the live job of that name, or none."""
        jobs = self.get("/jobs/overview")["jobs"]
        alive = (job["jid"] for job in jobs if job["name"] == job_name and job["state"] in ALIVE)
        return next(alive, None)

    def wait_until_running(self, job_name: str, timeout_s: float = 120) -> str:
        """Id of the job once all its tasks run.

        Raises:
            FlinkError: it failed, with the root cause, or is not running in time.
        """
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            job_id = self.running(job_name)
            if job_id is not None:
                vertices = self.get(f"/jobs/{job_id}")["vertices"]
                if all(vertex["status"] == "RUNNING" for vertex in vertices):
                    return job_id
            time.sleep(POLL_S)
        raise FlinkError(f"job {job_name} is not running after {timeout_s:.0f} s; see {self._url}")

    def total(self, job_id: str, task: str, metric: str) -> int:
        """Sum of a metric over the subtasks of every task whose name contains `task`.

        `metric` is the end of the metric's name: operators' metrics have the operator before it.
        """
        vertices = self.get(f"/jobs/{job_id}")["vertices"]
        return sum(
            self._vertex_total(job_id, vertex["id"], metric)
            for vertex in vertices
            if task in vertex["name"]
        )

    def _vertex_total(self, job_id: str, vertex_id: str, metric: str) -> int:
        path = f"/jobs/{job_id}/vertices/{vertex_id}/subtasks/metrics"
        names = [each["id"] for each in self.get(path) if each["id"].endswith(metric)]
        if not names:
            return 0
        values = self.get(path, get=",".join(names), agg="sum")
        return sum(int(each["sum"]) for each in values)

    def cancel(self, job_id: str) -> None:
        """Cancel the job and wait until it is gone."""
        self._call("PATCH", f"/jobs/{job_id}", params={"mode": "cancel"})
        self._wait_until_ended(job_id)

    def stop_with_savepoint(self, job_id: str) -> str:
        """Take a savepoint, end the job, and return the savepoint's path."""
        trigger = self._call("POST", f"/jobs/{job_id}/stop", json={"drain": False})["request-id"]
        while True:
            answer = self.get(f"/jobs/{job_id}/savepoints/{trigger}")
            if answer["status"]["id"] == "COMPLETED":
                break
            time.sleep(POLL_S)
        operation = answer["operation"]
        if "location" not in operation:
            cause = operation.get("failure-cause", {}).get("stack-trace", "no cause given")
            raise FlinkError(f"savepoint of job {job_id} failed: {cause.splitlines()[0]}")
        self._wait_until_ended(job_id)
        return str(operation["location"])

    def _wait_until_ended(self, job_id: str) -> None:
        while self.get(f"/jobs/{job_id}")["state"] in ALIVE | {"CANCELLING"}:
            time.sleep(POLL_S)

    def _call(self, method: str, path: str, **kwargs: Any) -> Any:  # noqa: ANN401
        try:
            answer = self._http.request(method, path, **kwargs)
        except httpx.TransportError as error:
            raise FlinkError(
                f"Flink does not answer at {self._url} ({error}); start it with `wattstream up`, "
                "or set WATTSTREAM_FLINK_REST_URL"
            ) from error
        if answer.is_error:
            raise FlinkError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json() if answer.content else None
