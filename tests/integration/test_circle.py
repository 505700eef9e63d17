"""A job that fails at the same thing again and again is named, wherever one looks."""

import contextlib
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer

from adapters.connect import kafka_config
from adapters.flink import FlinkRest
from adapters.progress import Behind
from contracts.settings import Settings
from contracts.topics import minutes
from tests.support.namespaces import fresh_namespace, submit

COMMAND = Path(sys.executable).with_name("wattstream")
EVIL = 5
"""Values on the topic of minutes that are no JSON: the history job cannot read past the first."""
TIMEOUT_S, POLL_S = 300.0, 1.0
NARROW = {"COLUMNS": "80"}


@pytest.fixture(scope="module")
def running(stack: Settings) -> Iterator[Settings]:
    """Settings of a namespace whose jobs run."""
    with fresh_namespace(stack, "test_circle") as settings:
        submit(settings)
        yield settings


def status(settings: Settings) -> "subprocess.CompletedProcess[str]":
    """What `wattstream status` says on a terminal of 80 columns."""
    return subprocess.run(
        [COMMAND, "status", "-n", settings.namespace],
        env=os.environ | NARROW,
        capture_output=True,
        text=True,
        check=False,
    )


def watch(settings: Settings, words: str) -> tuple[int, str]:
    """Exit code and pictures of `wattstream watch`, ended by Ctrl-C once it shows the words."""
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [COMMAND, "watch", "-n", settings.namespace],
        env=os.environ | NARROW | {"TERM": "xterm"},
        stdin=its,
        stdout=its,
        stderr=its,
    )
    os.close(its)
    pictures, deadline = b"", time.monotonic() + TIMEOUT_S
    while words.encode() not in pictures and time.monotonic() < deadline:
        pictures += os.read(ours, 4_096)
    process.send_signal(signal.SIGINT)
    # The other end is gone when it has ended.
    with contextlib.suppress(OSError):
        while told := os.read(ours, 4_096):
            pictures += told
    os.close(ours)
    return process.wait(TIMEOUT_S), pictures.decode()


def behind(settings: Settings) -> int:
    """Records that the history job has not read."""
    with FlinkRest(settings) as flink:
        job = flink.find(settings.job_name("history"))
        assert job is not None
        return Behind(settings, flink).records("history", job)


def test_it_is_named_with_its_cause_and_is_behind(running: Settings) -> None:
    well = status(running)
    assert well.returncode == 0, well.stdout
    assert "in a circle" not in well.stdout
    assert behind(running) == 0

    producer = Producer(kafka_config(running))
    for _ in range(EVIL):
        producer.produce(minutes(running).name, b"no JSON", b"meter", 0)
    assert producer.flush(120) == 0

    deadline = time.monotonic() + TIMEOUT_S
    while "in a circle" not in (told := status(running)).stdout:
        assert time.monotonic() < deadline, told.stdout
        time.sleep(POLL_S)
    assert told.returncode == 1
    assert "test_circle-history restarts in a circle" in told.stdout
    assert "JsonParseException" in told.stdout
    assert "test_circle-hot restarts" not in told.stdout
    assert "…" not in told.stdout
    assert behind(running) == EVIL

    exit_code, pictures = watch(running, "test_circle-history restarts in a circle")

    assert "test_circle-history restarts in a circle" in pictures
    assert exit_code == 1
    assert "…" not in pictures
