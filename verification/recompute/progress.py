"""How far the stream is known to have come: before that, batch and stream must say the same."""

from confluent_kafka import Consumer, TopicPartition
from rich.console import Console

from adapters.connect import kafka_config
from adapters.flink import FlinkRest
from adapters.progress import certainly_read
from contracts.jobs import READERS
from contracts.settings import Settings
from contracts.topics import readings
from verification.oracle.watermarks import watermark_ms
from verification.wait import running, wait_until_settled

_LARGEST_TIME_MS = 2**48
"""Far beyond any arrival."""

_TIMEOUT_S = 30.0


def closed_ms(settings: Settings, console: Console) -> int:
    """Slices that end by then, epoch ms, are closed, and what follows from them is stored: all that
    the readers of the log have read by now, once it is in the stores and archived.

    Raises:
        VerificationError: a job does not run or does not get on.
        confluent_kafka.KafkaException: Kafka does not answer.
    """
    with FlinkRest(settings) as flink:
        jobs = [running(flink, settings.job_name(kind)) for kind in READERS]
        nothing = [0] * settings.readings_partitions
        read = [certainly_read(settings, flink, job, readings(settings)) or nothing for job in jobs]
    ends = [min(each) for each in zip(*read, strict=True)]
    tops_ms = top_arrivals_ms(settings, ends)
    wait_until_settled(settings, ends, console)
    reached_ms = watermark_ms(tops_ms, settings.on_time_ms) + 1
    return reached_ms // settings.slice_ms * settings.slice_ms


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
