"""What `wattstream status` says of a namespace's jobs."""

import time

from confluent_kafka import KafkaException
from rich.console import Console
from rich.text import Text

from adapters.errors import explain
from adapters.flink import FlinkError, FlinkRest
from adapters.kafka import Offsets, topic_names
from adapters.progress import Behind
from contracts.settings import Settings
from infra.flink.health import jobs_health
from infra.flink.held_back import HeldBack, Transactions
from wattstream.jobs_table import jobs_table, words
from wattstream.namespaces import absent

LOOK_AGAIN_S = 1.0
"""A transaction that is open for longer holds up live state so that one sees it."""


def jobs_status(settings: Settings, console: Console) -> bool:
    """Print how the jobs do and what to do about those that do not; whether all is well. A
    namespace without jobs is, one whose jobs nobody can be asked about is not."""
    try:
        with FlinkRest(settings) as flink:
            jobs = jobs_health(settings, flink, Behind(settings, flink))
            others = flink.running_elsewhere(settings.namespace)
    except FlinkError as error:
        console.print(Text.assemble("jobs: ", ("not known", "red"), f"; {error}"))
        return False
    if jobs:
        console.print(jobs_table(jobs))
        for paragraph in words(settings, jobs, _held_back(settings, console)):
            console.print(paragraph)
    else:
        console.print(_without_jobs(settings))
    if others:
        console.print(f"elsewhere: {', '.join(others)}", style="dim")
    return all(each.well for each in jobs)


def _without_jobs(settings: Settings) -> str:
    try:
        nowhere = absent(settings, topic_names(settings))
    except KafkaException:
        nowhere = None
    return nowhere or f"no jobs in namespace {settings.namespace}"


def _held_back(settings: Settings, console: Console) -> HeldBack | None:
    transactions = Transactions(settings, Offsets(settings))
    try:
        transactions.look()
        if not transactions.seen:
            return None
        time.sleep(LOOK_AGAIN_S)
        return transactions.look()
    except KafkaException as error:
        console.print(explain(error, settings), style="red")
        return None
