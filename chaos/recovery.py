"""When the platform has recovered: it works again, and has caught up."""

import time

from confluent_kafka import KafkaException

from adapters.flink import FlinkError, FlinkRest, Job
from adapters.progress import Behind
from chaos.scene import Scene
from contracts.errors import OperationError
from contracts.jobs import JOBS, READERS
from contracts.settings import Settings
from infra.local import stack

POLL_S = 0.3
TIMEOUT_S = 900.0
BEHIND_S = 2.0
"""A job that is behind by no more than the load of this time has caught up."""
READINGS_A_ROW = 20
"""At most so many rows of history for the readings, corrections included."""


class NotRecoveredError(OperationError):
    """The platform did not recover in time; the message says what is still wrong."""


def wait_until_recovered(scene: Scene) -> None:
    """Return when every service answers, and every job has completed a checkpoint that was begun
    after this call and has caught up with its topics.

    A completed checkpoint says more than RUNNING, which Flink goes on reporting for some seconds
    when a task manager has died: everything read before it is in the stores.

    Raises:
        NotRecoveredError: not within TIMEOUT_S.
    """
    deadline = time.monotonic() + TIMEOUT_S
    requests: dict[str, str] = {}
    with FlinkRest(scene.settings) as rest:
        behind = Behind(scene.settings, rest)

        def problem(kind: str) -> str | None:
            tolerated = scene.size.rate * BEHIND_S
            if kind not in READERS:
                tolerated /= READINGS_A_ROW
            return _problem(rest, behind, kind, scene.settings, tolerated, requests)

        # Of all jobs at once, so that their checkpoints are taken at the same time; and of all
        # again, since one that has caught up is behind anew when those before it catch up.
        while problems := {kind: words for kind in JOBS if (words := problem(kind))}:
            if time.monotonic() > deadline:
                raise NotRecoveredError(
                    f"after {TIMEOUT_S:.0f} s: "
                    + "; ".join(
                        f"{scene.settings.job_name(kind)}: {words}"
                        for kind, words in problems.items()
                    )
                )
            time.sleep(POLL_S)
    while down := [state.name for state in stack.status(scene.settings) if not state.ready]:
        if time.monotonic() > deadline:
            raise NotRecoveredError(f"the jobs work, but these do not answer: {', '.join(down)}")
        time.sleep(POLL_S)


def _problem(
    rest: FlinkRest,
    behind: Behind,
    kind: str,
    settings: Settings,
    tolerated: float,
    requests: dict[str, str],
) -> str | None:
    """Why the job has not recovered; `requests` keeps the checkpoint asked for, by job name."""
    name = settings.job_name(kind)
    try:
        job = rest.find(name)
        if job is None or job.state != "RUNNING":
            return f"it is {job.state if job else 'unknown to Flink'}"
        # A checkpoint asked for sooner would only fail.
        if not job.all_tasks_run:
            return "not all of its tasks run yet"
        if not _checkpointed(rest, job, requests):
            return "it has not completed a checkpoint"
        records = behind.records(kind, job)
    except FlinkError as error:
        # A job manager that has just begun does not know what its predecessor was asked for.
        requests.pop(name, None)
        return str(error)
    except KafkaException as error:
        return f"Kafka does not say how far its topics go: {error.args[0].str()}"
    return f"it is {records:,} records behind" if records > tolerated else None


def _checkpointed(rest: FlinkRest, job: Job, requests: dict[str, str]) -> bool:
    if requests.get(job.name) == "completed":
        return True
    if job.name not in requests:
        requests[job.name] = rest.trigger_checkpoint(job)
    state = rest.requested_checkpoint(job, requests[job.name]).state
    if state == "completed":
        requests[job.name] = state
    elif state == "failed":
        del requests[job.name]
    return state == "completed"
