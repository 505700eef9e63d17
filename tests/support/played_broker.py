"""A Kafka broker that librdkafka plays, for what needs no more of one; `python -m
tests.support.played_broker` is one that says where it is and plays until its input ends."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import Producer

from contracts.settings import PROJECT, Settings


@contextmanager
def played_broker() -> Iterator[Settings]:
    """Settings of a broker that makes topics, of four partitions, as they are written."""
    host = Producer({"bootstrap.servers": "none:1", "test.mock.num.brokers": 1, "log_level": 2})
    (known,) = host.list_topics(timeout=120).brokers.values()
    yield Settings(kafka_bootstrap=f"{known.host}:{known.port}")
    del host


@contextmanager
def broker_process() -> Iterator[tuple[Settings, "subprocess.Popen[str]"]]:
    """As `played_broker`, with the process that plays it: SIGSTOP has it away and SIGCONT back."""
    command = (sys.executable, "-m", "tests.support.played_broker")
    process = subprocess.Popen(
        command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield Settings(kafka_bootstrap=process.stdout.readline().strip()), process
    finally:
        process.kill()
        process.wait()


def main() -> None:
    """Play one."""
    with played_broker() as settings:
        print(settings.kafka_bootstrap, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
