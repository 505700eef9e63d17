"""A partition whose writer dies and comes back: the others go on, and nothing is lost."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from consumers.live_state import meters_of_area
from contracts.endpoints import redis_client
from contracts.reading import AREA_LENGTH, Reading, encode
from contracts.settings import SLICE_MS, Settings
from ingest.pacemaker import pace
from simulators.recorder import Record
from simulators.sender import Sender
from tests.integration.judging import assert_equal, assert_no_job_failed, verified
from tests.integration.namespaces import fresh_namespace, submit
from tests.integration.sending import meter_in

QUIET_S = 1.5
STEP_S = 0.25
GEOHASH = "gcpuyj2k41vd"
LIVE_TIMEOUT_S = 120
"""For live state to pass the silence on a busy machine."""
LOST, OTHERS = 3, (0, 1, 2)


@pytest.fixture
def paced(stack: Settings) -> Iterator[Settings]:
    """Settings of a namespace with jobs and a pacemaker, and nothing sent."""
    with fresh_namespace(stack, "test_pacemaker") as empty:
        settings = empty.model_copy(update={"quiet_s": QUIET_S})
        submit(settings)
        stop = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            pacing = pool.submit(pace, settings, stop, only_this_namespace=True)
            try:
                yield settings
            finally:
                stop.set()
                pacing.result()


def send_live(sender: Sender, settings: Settings) -> None:
    """A reading of one meter in each of the sender's partitions, now."""
    now_ms = time.time_ns() // 1_000_000
    records = []
    for partition in sender.partitions:
        meter_id = meter_in(partition, settings)
        reading = Reading(meter_id, GEOHASH, "electricity", now_ms, now_ms // 250, 1.0, 1.0)
        records.append(Record(partition, now_ms, meter_id.encode(), encode(reading)))
    sender.send(records)


def send_live_until(done: Callable[[], bool], senders: list[Sender], settings: Settings) -> None:
    """Send on until it is so."""
    deadline = time.monotonic() + LIVE_TIMEOUT_S
    while not done():
        assert time.monotonic() < deadline, "live state stands still"
        assert_no_job_failed(settings)
        for sender in senders:
            send_live(sender, settings)
        time.sleep(STEP_S)


def live_until_ms(settings: Settings, partition: int) -> int:
    """End of the latest slice of the partition's meter in Redis; 0 if there is none."""
    with redis_client(settings) as client:
        live = meters_of_area(client, settings, GEOHASH[:AREA_LENGTH], 100)
    meter = live.get(meter_in(partition, settings))
    return 0 if meter is None else meter["slice_end_ms"]


def test_the_others_go_on_without_a_dead_writer_and_its_return_loses_nothing(
    paced: Settings,
) -> None:
    def all_live_since(ms: int) -> Callable[[], bool]:
        return lambda: min(live_until_ms(paced, p) for p in (*OTHERS, LOST)) > ms

    with Sender(paced, "others", partitions=OTHERS) as others:
        with Sender(paced, "dies", partitions=[LOST]) as dying:
            send_live_until(all_live_since(0), [others, dying], paced)
        died_ms = time.time_ns() // 1_000_000
        send_live_until(
            lambda: min(live_until_ms(paced, p) for p in OTHERS) > died_ms + 2 * SLICE_MS,
            [others],
            paced,
        )
        assert live_until_ms(paced, LOST) <= died_ms + SLICE_MS
        with Sender(paced, "returns", partitions=[LOST]) as returned:
            back_ms = time.time_ns() // 1_000_000
            send_live_until(all_live_since(back_ms), [others, returned], paced)
            last_ms = time.time_ns() // 1_000_000
            others.send_closing_heartbeats(last_ms)
            returned.send_closing_heartbeats(last_ms)

    report = verified(paced)
    assert_equal(report)
    assert report.counts.rejected == {}
    assert report.counts.late == report.counts.open_readings == 0
    assert report.counts.heartbeats > len(OTHERS) + 1
