"""An importer that is killed, and a real log."""

import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.kafka import Offsets
from contracts.settings import Settings
from contracts.topics import readings
from tests.support.imported import (
    ENERGY_MWH,
    PATIENCE_S,
    READINGS,
    THREE_YEARS,
    Said,
    command,
    imported,
    said,
    shared,
)
from tests.support.namespaces import fresh_topics

RATE = 5_000
"""Readings a second, so that an importer has time to be killed in: ten seconds of it."""
JITTER_S = 0.1


@pytest.fixture
def log(broker: Settings) -> Iterator[Settings]:
    with fresh_topics(shared(broker), "test_imports") as settings:
        yield settings


def energy_mwh(found: Said) -> int:
    return sum(round(float(str(each["energy"])) * 1000) for each in found.values())


def killed_in(settings: Settings, path: Path, moments: int) -> int:
    """Import a file and kill the importer as often, each time further on; how often it was alive
    then."""
    chance, offsets = random.Random(moments), Offsets(settings)
    topic, kills = readings(settings), 0
    for moment in range(moments):
        importer = subprocess.Popen(
            command(settings, path, "--rate", RATE),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline_s = time.monotonic() + PATIENCE_S
        reached = moment * READINGS // moments
        while importer.poll() is None and sum(*offsets.ends([topic])) < reached:
            assert time.monotonic() < deadline_s, f"the importer does not get to {reached:,}"
            time.sleep(0.01)
        time.sleep(chance.uniform(0, JITTER_S))
        importer.kill()
        kills += importer.wait(PATIENCE_S) == -signal.SIGKILL
    return kills


@pytest.mark.parametrize("moments", [4, pytest.param(20, marks=pytest.mark.proof)])
def test_an_importer_that_is_killed_again_and_again_sends_each_reading_once(
    log: Settings, tmp_path: Path, moments: int
) -> None:
    kills = killed_in(log, THREE_YEARS, moments)
    assert kills > moments // 2

    imported(log, THREE_YEARS)

    found = said(log)
    assert len({(each["meter_id"], each["ts"]) for each in found.values()}) == len(found)
    assert (len(found), energy_mwh(found)) == (READINGS, ENERGY_MWH)
    # Nothing of it is sent again, under no name.
    other = tmp_path / "other.csv.gz"
    shutil.copy(THREE_YEARS, other)
    again = imported(log, THREE_YEARS, other)
    assert again.stdout.count(f"{READINGS:,}  there already") == 2
    assert said(log) == found
