"""What Flink's REST says of a namespace's jobs, as far as verification needs it."""

from dataclasses import dataclass
from typing import Any, Literal, Self, TypeAlias

import httpx

from contracts.settings import Settings
from verification.errors import VerificationError

JOBS = ("hot", "cold")
"""The jobs of a namespace."""

CheckpointState: TypeAlias = Literal["under_way", "completed", "failed"]


@dataclass(frozen=True)
class Job:
    """A Flink job; the latest of its name."""

    id: str
    name: str
    state: str


class FlinkJobs:
    """The jobs of one cluster; a context manager."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.flink_rest_url
        self._http = httpx.Client(base_url=self._url, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def find(self, name: str) -> Job | None:
        """The job of that name, the running one if there is one, else the last."""
        jobs = [job for job in self._get("/jobs/overview")["jobs"] if job["name"] == name]
        if not jobs:
            return None
        latest = max(jobs, key=lambda job: (job["state"] == "RUNNING", job["start-time"]))
        return Job(latest["jid"], name, latest["state"])

    def trigger_checkpoint(self, job: Job) -> str:
        """Ask for a checkpoint now, and return the request's id."""
        return str(self._call("POST", f"/jobs/{job.id}/checkpoints", json={})["request-id"])

    def checkpoint_state(self, job: Job, request: str) -> CheckpointState:
        """What became of a checkpoint that was asked for."""
        answer = self._get(f"/jobs/{job.id}/checkpoints/{request}")
        if answer["status"]["id"] != "COMPLETED":
            return "under_way"
        return "failed" if answer["operation"].get("checkpointId") is None else "completed"

    def root_exception(self, job: Job) -> str:
        """First lines of the last failure, or a sentence that there was none."""
        entries = self._get(f"/jobs/{job.id}/exceptions")["exceptionHistory"]["entries"]
        if not entries:
            return "Flink recorded no exception"
        lines = str(entries[0]["stacktrace"]).splitlines()
        causes = [line for line in lines if line.startswith("Caused by:")]
        return "\n".join([lines[0], *causes[-1:]])

    def late_records_dropped(self, job: Job) -> dict[str, int]:
        """`numLateRecordsDropped` by window operator, added over its subtasks."""
        dropped: dict[str, int] = {}
        for vertex in self._get(f"/jobs/{job.id}")["vertices"]:
            path = f"/jobs/{job.id}/vertices/{vertex['id']}/subtasks/metrics"
            metrics = [metric["id"] for metric in self._get(path)]
            for metric in metrics:
                if metric.endswith(".numLateRecordsDropped"):
                    (value,) = self._get(path, get=metric, agg="sum")
                    dropped[metric.removesuffix(".numLateRecordsDropped")] = int(value["sum"])
        return dropped

    def _get(self, path: str, **params: str) -> Any:  # noqa: ANN401
        return self._call("GET", path, params=params)

    def _call(self, method: str, path: str, **options: Any) -> Any:  # noqa: ANN401
        try:
            response = self._http.request(method, path, **options)
            response.raise_for_status()
        except httpx.HTTPError as error:
            raise VerificationError(
                f"Flink at {self._url} does not answer as it should ({error}): is it up? See "
                "`wattstream status`, or set WATTSTREAM_FLINK_REST_URL"
            ) from error
        return response.json()
