"""A namespace of a test's own on the stack, and the jobs in it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka import KafkaException
from rich.console import Console

from adapters.flink import FlinkRest
from adapters.kafka import Offsets
from contracts.jobs import JOBS, instances
from contracts.settings import PROJECT, Settings
from contracts.topics import all_topics
from infra.flink import submission
from infra.provision import erase, erase_topics, provision, provision_topics

SLOTS = sum(instances(job, 2, Settings()) for job in JOBS)
"""Task slots that the jobs take at the stack's default parallelism of 2."""

SLOTS_TIMEOUT_S = 600
LEADERS_TIMEOUT_S = 60
POLL_S = 1.0


@contextmanager
def fresh_namespace(stack: Settings, name: str) -> Iterator[Settings]:
    """Settings of an empty namespace; its jobs and all that it holds are gone afterwards."""
    settings = stack.model_copy(update={"namespace": name})
    erase(settings)
    provision(settings)
    try:
        yield settings
    finally:
        erase(settings)


@contextmanager
def fresh_topics(stack: Settings, name: str) -> Iterator[Settings]:
    """Settings of a namespace that has its topics alone, and they are empty: for what neither jobs
    nor history nor masters take part in. All of it is gone afterwards."""
    settings = stack.model_copy(update={"namespace": name})
    erase_topics(settings)
    provision_topics(settings)
    wait_for_leaders(settings)
    try:
        yield settings
    finally:
        erase_topics(settings)


def wait_for_leaders(settings: Settings) -> None:
    """Return when a partition of each topic that was just made can be asked of its end; whoever
    makes other things besides is not there sooner.

    Raises:
        KafkaException: they cannot be asked for a minute.
    """
    offsets, deadline = Offsets(settings), time.monotonic() + LEADERS_TIMEOUT_S
    while True:
        try:
            offsets.ends(all_topics(settings))
            return
        except KafkaException:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_S / 10)


def submit(settings: Settings, project: Path = PROJECT) -> dict[str, str]:
    """Submit the jobs once the cluster has room for them; Flink's job ids by job.

    Raises:
        TimeoutError: other jobs keep the slots.
        FlinkError: a job does not start.
    """
    wait_for_slots(settings)
    return submission.submit(settings, Console(), {}, project)


def wait_for_slots(settings: Settings) -> None:
    """Return when the jobs fit into the cluster.

    Raises:
        TimeoutError: other jobs keep the slots.
    """
    deadline = time.monotonic() + SLOTS_TIMEOUT_S
    with FlinkRest(settings) as rest:
        while (free := rest.get("/overview")["slots-available"]) < SLOTS:
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"{free} of the {SLOTS} slots that the jobs need are free after "
                    f"{SLOTS_TIMEOUT_S} s: stop a namespace's jobs with `wattstream stop`"
                )
            time.sleep(POLL_S)
