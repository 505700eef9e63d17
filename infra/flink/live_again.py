"""`wattstream rebuild-live`: let the hot job say anew what it knows, into a Redis that lost it."""

import time

from rich.console import Console

from adapters.connect import redis_client
from adapters.flink import FlinkError, FlinkRest
from adapters.redis_live import count_meters
from contracts.settings import Settings
from infra.flink.submission import begin_again

JOB = "hot"
"""The job that knows every meter, and says so when it goes on from a state."""

POLL_S = 1.0
STEADY_S = 15.0
"""How long there must be no further meter: longer than the job takes to begin to say them."""


def rebuild_live(settings: Settings, console: Console) -> int:
    """Let the hot job go on from a savepoint, and return when no further meter comes of those that
    it knew.

    Nothing newer in Redis is replaced, so what is there already stays as it is.

    Returns:
        How many meters are live.

    Raises:
        FlinkError: the job does not stop or start, or fails.
        redis.RedisError: Redis does not answer.
    """
    name = settings.job_name(JOB)
    with FlinkRest(settings) as flink, redis_client(settings.redis) as client:
        held = meters = count_meters(client, settings)
        begin_again(settings, console, JOB)
        since = time.monotonic()
        with console.status(f"{name} says what it knows") as status:
            while time.monotonic() - since < STEADY_S:
                time.sleep(POLL_S)
                if (job := flink.find(name)) is None or not job.alive:
                    cause = "Flink does not know it" if job is None else flink.root_exception(job)
                    raise FlinkError(f"{name} does not run any more: {cause}")
                now = count_meters(client, settings)
                if now != meters or not job.all_tasks_run:
                    meters, since = now, time.monotonic()
                status.update(
                    f"{name} says what it knows: {meters:,} meters live, {meters - held:+,}"
                )
    return meters
