"""Flink's REST API, as far as the parts submit, stop, watch and check jobs with it."""

import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Self

import httpx

from adapters.authorities import authorities
from contracts.errors import OperationError
from contracts.settings import Settings, without_password

ALIVE = frozenset(
    {"INITIALIZING", "CREATED", "RUNNING", "RESTARTING", "FAILING", "CANCELLING", "RECONCILING"}
)
ENDED = frozenset({"FINISHED", "CANCELED", "FAILED"})
PLACED = frozenset({"DEPLOYING", "INITIALIZING", "RUNNING", "CANCELING", "FINISHED"})
"""States of tasks that have a slot, of jobs that are alive."""
POLL_S = 0.3
CHECKPOINT_POLL_S = 0.1
TIMEOUT_S = 30.0

HALF_ENDED = "PartialFinishingNotSupportedByStateException"
"""Of Flink, that refuses the savepoint of a job that stops: a source's tasks end just before they
write their state, and if one has said that it has ended and another has not, a state that all of
them are given at a start (`PartitionArrival`) would be in pieces. The job goes on."""
STOPS = 5
"""How often a job is asked to stop that was in between."""
RUNS_AGAIN_S = 60.0
"""Within what time Flink starts one again."""

_CAUSED = "Caused by: "
_PYTHON = re.compile(r"^Traceback \(most recent call last\):\n(?:[ \t].*\n)+(\S.*)$", re.MULTILINE)
"""A traceback of Python; its exception is the first line that is not indented."""

_LONGEST_CAUSE = 300


INTERVALS_TOLERATED = 3
"""How many intervals may pass without a completed checkpoint before something must be wrong."""


class FlinkError(OperationError):
    """Flink refused, failed or could not be reached; the message says what to look at."""


class _HalfEndedError(FlinkError):
    """See HALF_ENDED."""


@dataclass(frozen=True, slots=True)
class Job:
    """A Flink job."""

    id: str
    name: str
    state: str
    all_tasks_run: bool

    @property
    def alive(self) -> bool:
        """Running, about to run (again), or not gone yet: it may hold slots, and write."""
        return self.state in ALIVE


@dataclass(frozen=True, slots=True)
class Slots:
    """Those of a cluster: a job takes one for each parallel instance of its tasks."""

    free: int
    total: int


@dataclass(frozen=True, slots=True)
class CheckpointAge:
    """How long ago a job's last checkpoint was completed, or the job started if none was."""

    age_ms: int
    interval_ms: int
    """How often the job begins one."""

    @property
    def overdue(self) -> bool:
        """Whether checkpoints fail, or take too long: the job goes on, and says so nowhere else."""
        return self.age_ms > INTERVALS_TOLERATED * self.interval_ms


@dataclass(frozen=True, slots=True)
class Failure:
    """What ended a job's run; Flink starts it again, if it may."""

    ago_ms: int
    """By Flink's clock."""
    cause: str
    """The innermost one, a line."""


@dataclass(frozen=True, slots=True)
class RequestedCheckpoint:
    """A checkpoint that was asked for."""

    state: Literal["under_way", "completed", "failed"]
    id: int | None = None
    """As of `Checkpoint`, once it is completed."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A completed checkpoint."""

    id: int
    """Checkpoints of a job are numbered in the order in which they are begun."""
    url: str
    """Of its folder."""


class FlinkRest:
    """A session with one cluster; use it as a context manager. All calls raise FlinkError.

    What Flink tells below `/jobs/<id>` may be as old as its `web.refresh-interval`; its overview of
    the jobs is not.
    """

    def __init__(self, settings: Settings, timeout_s: float = TIMEOUT_S) -> None:
        """
        Args:
            timeout_s: How long an answer may take, before Flink is one that does not answer.
        """
        self._url = without_password(settings.flink_rest_url)
        try:
            self._http = httpx.Client(
                base_url=settings.flink_rest_url, timeout=timeout_s, verify=authorities()
            )
        except httpx.InvalidURL as error:
            raise self._unanswered(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the session."""
        self._http.close()

    def get(self, path: str, **params: str) -> Any:  # noqa: ANN401
        """The answer's JSON."""
        return self._call("GET", path, params=params)

    def find(self, name: str) -> Job | None:
        """The job of that name: the one that is alive if there is one, else the last."""
        found = [job for job in self.get("/jobs/overview")["jobs"] if job["name"] == name]
        if not found:
            return None
        latest = max(found, key=lambda job: (job["state"] in ALIVE, job["start-time"]))
        tasks = latest["tasks"]
        # One that is only beginning has no tasks yet.
        all_run = 0 < tasks["total"] == tasks["running"]
        return Job(latest["jid"], name, latest["state"], all_run)

    def running(self, name: str) -> str | None:
        """Id of the job of that name if it is alive."""
        job = self.find(name)
        return job.id if job is not None and job.alive else None

    def running_elsewhere(self, namespace: str) -> list[str]:
        """Names of the jobs that are alive and not of the namespace."""
        return sorted(
            job["name"]
            for job in self.get("/jobs/overview")["jobs"]
            if job["state"] in ALIVE and not job["name"].startswith(f"{namespace}-")
        )

    def slots(self) -> Slots:
        """How many the cluster has, and how many are free."""
        cluster = self.get("/overview")
        return Slots(cluster["slots-available"], cluster["slots-total"])

    def holders(self) -> dict[str, int]:
        """Slots by the name of the job whose tasks are in them; what a job that waits has been
        given already is held by nobody here."""
        held: dict[str, int] = {}
        for job in self.get("/jobs/overview")["jobs"]:
            if job["state"] not in ALIVE:
                continue
            vertices = self.get(f"/jobs/{job['jid']}")["vertices"]
            placed = [each["parallelism"] for each in vertices if each["status"] in PLACED]
            if placed:
                held[job["name"]] = held.get(job["name"], 0) + max(placed)
        return held

    def default_parallelism(self) -> int:
        """Parallel instances of each task of a job that does not say otherwise."""
        settings = {each["key"]: each["value"] for each in self.get("/jobmanager/config")}
        return int(settings.get("parallelism.default", 1))

    def wait_until_running(
        self, name: str, timeout_s: float = 120, tell: Callable[[str], object] = lambda _: None
    ) -> str:
        """Id of the job once all its tasks run.

        Args:
            tell: hears of how the job stands, again and again.

        Raises:
            FlinkError: it failed, or is not running in time; the message has the last failure.
        """
        begun = time.monotonic()
        while (waited_s := time.monotonic() - begun) < timeout_s:
            job = self.find(name)
            if job is not None and job.state == "FAILED":
                break
            if job is not None and job.alive and job.all_tasks_run:
                return job.id
            slots = self.slots()
            tell(
                f"waiting for all tasks of {name} to run: {slots.free:,} of {slots.total:,} slots "
                f"are free, {waited_s:.0f} s of {timeout_s:.0f} s"
            )
            time.sleep(POLL_S)
        cause = self.root_exception(job) if job else "Flink does not know it"
        slots = self.slots()
        raise FlinkError(
            f"{name} is not running: {cause}. {slots.free} of {slots.total} slots are free; if the "
            "job needs more, stop another one (`wattstream stop --namespace …`), or raise "
            "WATTSTREAM_STACK_FLINK_SLOTS"
        )

    def cancel(self, *job_ids: str) -> None:
        """Cancel the jobs and wait until they are gone."""
        for job_id in job_ids:
            self._call("PATCH", f"/jobs/{job_id}", params={"mode": "cancel"})
        self._wait_until_ended(*job_ids)

    def stop_with_savepoint(self, job_id: str, directory: str) -> str:
        """Take a savepoint below a directory (a URL), end the job, return the savepoint's path.

        Raises:
            FlinkError: there is no savepoint; the job goes on from its last checkpoint.
        """
        for _ in range(STOPS - 1):
            job = self.get(f"/jobs/{job_id}")
            try:
                return self._stop_with_savepoint(job_id, directory)
            except _HalfEndedError:
                self._wait_until_run_again(job_id, job["timestamps"]["RUNNING"])
                self.wait_until_running(job["name"])
        return self._stop_with_savepoint(job_id, directory)

    def _stop_with_savepoint(self, job_id: str, directory: str) -> str:
        wish = {"targetDirectory": directory, "drain": False}
        request = self._call("POST", f"/jobs/{job_id}/stop", json=wish)["request-id"]
        while True:
            answer = self.get(f"/jobs/{job_id}/savepoints/{request}")
            if answer["status"]["id"] == "COMPLETED":
                break
            time.sleep(POLL_S)
        operation = answer["operation"]
        if "location" not in operation:
            cause = operation.get("failure-cause", {}).get("stack-trace", "")
            error = _HalfEndedError if HALF_ENDED in cause else FlinkError
            raise error(f"savepoint of job {job_id} failed: {root_cause(cause)}")
        self._wait_until_ended(job_id)
        return str(operation["location"])

    def trigger_checkpoint(self, job: Job) -> str:
        """Ask for a checkpoint now, and return the request's id."""
        return str(self._call("POST", f"/jobs/{job.id}/checkpoints", json={})["request-id"])

    def requested_checkpoint(self, job: Job, request: str) -> RequestedCheckpoint:
        """What became of a checkpoint that was asked for."""
        answer = self.get(f"/jobs/{job.id}/checkpoints/{request}")
        if answer["status"]["id"] != "COMPLETED":
            return RequestedCheckpoint("under_way")
        number = answer["operation"].get("checkpointId")
        return RequestedCheckpoint("failed" if number is None else "completed", number)

    def take_checkpoint(
        self,
        job: Job,
        timeout_s: float = math.inf,
        pause: Callable[[float], object] = time.sleep,
    ) -> int | None:
        """Take a checkpoint now and wait for it: its number, as of `Checkpoint`; None if it failed,
        or was not completed in time.

        Args:
            pause: Is called between two looks, with seconds; what it raises ends the waiting.
        """
        deadline = time.monotonic() + timeout_s
        request = self.trigger_checkpoint(job)
        while (taken := self.requested_checkpoint(job, request)).state == "under_way":
            if time.monotonic() > deadline:
                break
            pause(CHECKPOINT_POLL_S)
        return taken.id

    def latest_checkpoint(self, job: Job) -> Checkpoint | None:
        """The last checkpoint that the job completed; None before the first."""
        latest = self.get(f"/jobs/{job.id}/checkpoints")["latest"]["completed"]
        return None if latest is None else Checkpoint(latest["id"], latest["external_path"])

    def latest_state(self, job: Job) -> Checkpoint | None:
        """What the job would go on from if it failed: its last checkpoint, or before its first what
        it was started from."""
        latest = self.get(f"/jobs/{job.id}/checkpoints")["latest"]
        state = latest["completed"] or latest["restored"]
        return None if state is None else Checkpoint(state["id"], state["external_path"])

    def gets_on(self, job: Job) -> bool:
        """Whether all of its tasks run, and it has completed a checkpoint since they do."""
        if job.state != "RUNNING" or not job.all_tasks_run:
            return False
        completed = self.get(f"/jobs/{job.id}/checkpoints")["latest"]["completed"]
        runs_since_ms = self.get(f"/jobs/{job.id}")["timestamps"]["RUNNING"]
        return completed is not None and completed["latest_ack_timestamp"] > runs_since_ms

    def failures(self, job: Job) -> list[Failure]:
        """What ended its runs, the last one first; Flink remembers 16, and none from before its job
        manager began."""
        now_ms = self.get(f"/jobs/{job.id}")["now"]
        return [
            Failure(max(now_ms - entry["timestamp"], 0), root_cause(entry["stacktrace"]))
            for entry in self.get(f"/jobs/{job.id}/exceptions")["exceptionHistory"]["entries"]
        ]

    def checkpoint_age(self, job_id: str) -> CheckpointAge:
        """How long the job has gone without completing a checkpoint, by Flink's clock."""
        job = self.get(f"/jobs/{job_id}")
        completed = self.get(f"/jobs/{job_id}/checkpoints")["latest"]["completed"]
        since_ms = job["start-time"] if completed is None else completed["latest_ack_timestamp"]
        interval_ms = self.get(f"/jobs/{job_id}/checkpoints/config")["interval"]
        return CheckpointAge(job["now"] - since_ms, interval_ms)

    def root_exception(self, job: Job) -> str:
        """The innermost cause of the last failure, or a sentence that there was none."""
        entries = self.get(f"/jobs/{job.id}/exceptions")["exceptionHistory"]["entries"]
        return root_cause(entries[0]["stacktrace"]) if entries else "Flink recorded no exception"

    def totals(self, job_id: str, task: str, metric: str) -> dict[str, int]:
        """Metrics whose whole name matches the expression `metric`, added over subtasks, in tasks
        whose name contains `task`; the metric of an operator is named `<operator>.<metric>`.

        Empty while Flink has not collected it: it begins to when it is first asked.
        """
        totals: dict[str, int] = {}
        for vertex in self.get(f"/jobs/{job_id}")["vertices"]:
            if task in vertex["name"]:
                path = f"/jobs/{job_id}/vertices/{vertex['id']}/subtasks/metrics"
                names = [each["id"] for each in self.get(path)]
                wanted = list(filter(re.compile(metric).fullmatch, names))
                told = self.get(path, get=",".join(wanted), agg="sum") if wanted else []
                for each in told:
                    totals[each["id"]] = totals.get(each["id"], 0) + int(each["sum"])
        return totals

    def parallelism(self, job_id: str) -> int:
        """Parallel instances of each task that does not say otherwise."""
        told = self.get(f"/jobs/{job_id}/config")["execution-config"]["job-parallelism"]
        return int(told)

    def _wait_until_run_again(self, job_id: str, ran_ms: int) -> None:
        """Until the job runs anew that has run since then; it fails a moment after it said so."""
        deadline = time.monotonic() + RUNS_AGAIN_S
        while self.get(f"/jobs/{job_id}")["timestamps"]["RUNNING"] <= ran_ms:
            if time.monotonic() > deadline:
                return
            time.sleep(POLL_S)

    def _wait_until_ended(self, *job_ids: str) -> None:
        # A job manager that has just begun may not know yet of one that is still alive.
        while not set(job_ids) <= {
            job["jid"] for job in self.get("/jobs/overview")["jobs"] if job["state"] in ENDED
        }:
            time.sleep(POLL_S)

    def _call(self, method: str, path: str, **kwargs: Any) -> Any:  # noqa: ANN401
        try:
            answer = self._http.request(method, path, **kwargs)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._unanswered(error) from error
        if answer.is_error:
            raise FlinkError(
                f"Flink at {self._url} refuses {method} {path} ({answer.status_code}): "
                f"{_first_line(answer)}"
            )
        try:
            return answer.json() if answer.content else None
        except ValueError as error:
            raise FlinkError(
                f"what answers {method} {path} at {self._url} is not Flink: it does not give JSON; "
                "set WATTSTREAM_FLINK_REST_URL"
            ) from error

    def _unanswered(self, error: Exception) -> FlinkError:
        return FlinkError(
            f"Flink does not answer at {self._url} ({error}); start it with `wattstream up`, "
            "or set WATTSTREAM_FLINK_REST_URL"
        )


def root_cause(stacktrace: str) -> str:
    """The innermost cause of what Flink threw, a line; of what a Python function raised, the
    exception and not Java's words about it."""
    raised = _PYTHON.findall(stacktrace)
    lines = stacktrace.splitlines() or ["Flink gave no cause"]
    causes = [line for line in lines if line.startswith(_CAUSED)]
    words = str([lines[0], *causes, *raised][-1]).removeprefix(_CAUSED).strip()
    return words if len(words) <= _LONGEST_CAUSE else f"{words[:_LONGEST_CAUSE]} [...]"


def _first_line(answer: httpx.Response) -> str:
    """What went wrong, of an error that may come with a stack trace."""
    try:
        text = str(answer.json()["errors"][0])
    except (ValueError, KeyError, IndexError, TypeError):
        text = answer.text
    return text.strip().partition("\n")[0][:500]
