from typing import Any

import numpy as np
import pytest

from simulators.errors import OptionError
from simulators.network.conditions import LinkLoss, Network, fates
from simulators.network.pauses import DeadWriter, check_partitions, written
from simulators.validation import checked

MINUTE_MS = 60_000


def test_what_a_link_delivers_into_another_loss_waits_for_that_to_end() -> None:
    """From minute 10 to 30 and from 25 to 40, whichever is written first."""
    early = LinkLoss(areas_share=1, after_minutes=10, minutes=20, drain_seconds=60)
    late = LinkLoss(areas_share=1, after_minutes=25, minutes=15)
    ts_ms = np.arange(60) * MINUTE_MS
    expected = np.where((ts_ms >= 10 * MINUTE_MS) & (ts_ms < 40 * MINUTE_MS), 40 * MINUTE_MS, ts_ms)
    for losses in ((early, late), (late, early)):
        network = Network(delay_min_ms=0, delay_max_ms=0, link_losses=losses)
        one = np.zeros(60, dtype=np.uint64)
        arrival_ms = fates(network, one, one, ts_ms, np.arange(60)).arrival_ms
        assert np.array_equal(arrival_ms, expected)


def test_a_writer_is_dead_from_its_beginning_up_to_its_end() -> None:
    writers = (
        DeadWriter(partitions=(1, 3), after_minutes=2, minutes=3),
        DeadWriter(partitions=(0,), after_minutes=4, minutes=3),
    )

    def at(minutes: float) -> list[int]:
        return written(writers, (0, 1, 2, 3), 5 * MINUTE_MS, int((5 + minutes) * MINUTE_MS))

    assert at(1.99) == [0, 1, 2, 3]
    assert at(2) == at(3.99) == [0, 2]
    assert at(4) == at(4.99) == [2]
    assert at(5) == at(6.99) == [1, 2, 3]
    assert at(7) == [0, 1, 2, 3]
    assert written(writers, (3, 2), 0, 3 * MINUTE_MS) == [2]


def test_a_partition_that_is_not_there_is_refused_by_name() -> None:
    there = DeadWriter(partitions=(0, 3), after_minutes=1, minutes=1)
    check_partitions((there,), 4)
    beyond = DeadWriter(partitions=(1, 4), after_minutes=1, minutes=1)
    with pytest.raises(OptionError, match=r"dead_writers\[2\]\.partitions has 4: give 0 to 3"):
        check_partitions((there, beyond), 4)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"after_minutes": 1, "minutes": 1}, "dead_writers[1].partitions is missing"),
        ({"partitions": [], "after_minutes": 1, "minutes": 1}, "dead_writers[1].partitions is []"),
        ({"partitions": [-1], "after_minutes": 1, "minutes": 1}, "partitions[1] is -1: give 0 or"),
        ({"partitions": [1], "after_minutes": 1}, "dead_writers[1].minutes is missing"),
    ],
)
def test_a_wrong_option_is_refused_by_name(option: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError) as error:
        checked(Network, {"dead_writers": [option]})
    assert message in str(error.value)
