"""Whether the jobs have told of all that was sent: what they have not read is in no alert."""

from confluent_kafka import KafkaException
from rich.console import Console

from adapters.flink import FlinkError, FlinkRest
from adapters.kafka import topic_ends
from adapters.progress import Behind
from contracts.settings import Settings
from contracts.topics import readings
from verification.wait import NotSettledError, running, wait_until_settled

TELLING = ("hot", "watch")
"""The jobs by which a reading becomes an alert."""


def not_told_yet(settings: Settings, console: Console, *, wait: bool) -> str | None:
    """Why alerts may lack something of what was sent up to now; None: they do not.

    Args:
        console: Shows how far the jobs are while they are waited for.
        wait: Otherwise it is looked once.
    """
    try:
        if wait:
            ends = topic_ends(settings, readings(settings))
            wait_until_settled(settings, ends, console, kinds=TELLING)
            return None
        return _behind(settings)
    except (NotSettledError, FlinkError, KafkaException) as problem:
        return str(problem)


def _behind(settings: Settings) -> str | None:
    with FlinkRest(settings) as flink:
        behind = Behind(settings, flink)
        for kind in TELLING:
            job = running(flink, settings.job_name(kind))
            if records := behind.records(kind, job):
                return f"{job.name} is {records:,} records behind; leave out --no-wait"
    return None
