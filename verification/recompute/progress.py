"""How far the stream is known to have come: before that, batch and stream must say the same."""

from dataclasses import dataclass

from confluent_kafka import Consumer, TopicPartition
from rich.console import Console

from adapters.connect import kafka_config
from adapters.flink import FlinkRest
from adapters.kafka import topic_ends
from adapters.progress import certainly_read
from contracts.jobs import READERS
from contracts.settings import Settings
from contracts.topics import readings
from verification.oracle.watermarks import watermark_ms
from verification.wait import running, wait_until_settled

_LARGEST_TIME_MS = 2**48
"""Far beyond any arrival."""

_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Horizon:
    """What the jobs have finished; epoch ms."""

    event_time_ms: int
    """Windows of on-time readings that end by then are closed and stored."""
    arrival_ms: int
    """Windows of late arrivals that end by then are closed and stored."""


def stored_horizon(settings: Settings, console: Console) -> Horizon:
    """What both jobs have read by now, once what follows from it is in the stores and archived.

    Raises:
        VerificationError: a job does not run or does not get on.
        confluent_kafka.KafkaException: Kafka does not answer.
    """
    with FlinkRest(settings) as flink:
        jobs = [running(flink, settings.job_name(kind)) for kind in READERS]
        nothing = [0] * settings.readings_partitions
        read = [certainly_read(settings, flink, job, readings(settings)) or nothing for job in jobs]
    return _reached(settings, [min(each) for each in zip(*read, strict=True)], console)


def present_horizon(settings: Settings, console: Console) -> Horizon:
    """What the topic holds by now, once both jobs have read it and it is stored and archived.

    Raises:
        VerificationError: a job does not run or does not get on.
        confluent_kafka.KafkaException: Kafka does not answer.
    """
    return _reached(settings, topic_ends(settings), console)


def _reached(settings: Settings, ends: list[int], console: Console) -> Horizon:
    tops_ms = top_arrivals_ms(settings, ends)
    wait_until_settled(settings, ends, console)
    return Horizon(
        event_time_ms=watermark_ms(tops_ms, settings.on_time_ms) + 1,
        arrival_ms=watermark_ms(tops_ms, settings.slack_ms) + 1,
    )


def top_arrivals_ms(settings: Settings, ends: list[int]) -> list[int | None]:
    """Largest arrival per partition among the records before an offset; None if there are none.

    The last record need not have it: arrivals may go back. The broker says which is the first
    record that arrived at a time or later, so the largest time that has one is found by bisection.

    Raises:
        confluent_kafka.KafkaException: the broker does not answer.
    """
    topic = readings(settings).name
    consumer = Consumer(
        {
            **kafka_config(settings),
            "group.id": f"{settings.namespace}-recompute",
            "enable.auto.commit": False,
        }
    )
    # Some record arrived at `low` or later, none at `high` or later; -1 is before all time.
    low, high = [-1] * len(ends), [_LARGEST_TIME_MS] * len(ends)
    try:
        while any(above - below > 1 for below, above in zip(low, high, strict=True)):
            middle = [(below + above) // 2 for below, above in zip(low, high, strict=True)]
            asked = [TopicPartition(topic, n, max(each, 0)) for n, each in enumerate(middle)]
            for found in consumer.offsets_for_times(asked, timeout=_TIMEOUT_S):
                n = found.partition
                if 0 <= found.offset < ends[n]:
                    low[n] = middle[n]
                else:
                    high[n] = middle[n]
    finally:
        consumer.close()
    return [each if each >= 0 else None for each in low]
