"""What is said where jobs have to wait for slots."""

import pytest

from adapters.flink import Slots
from contracts.jobs import JOBS, instances
from contracts.settings import Settings
from infra.flink.slots import shortage

HELD = {"london-hot": 2, "demo-watch": 1, "demo-hot": 2}


def test_nothing_where_there_is_room() -> None:
    assert shortage(6, Slots(6, 12), HELD) is None


def test_how_many_are_lacking_who_holds_them_and_what_to_do() -> None:
    assert shortage(6, Slots(5, 12), HELD) == (
        "The jobs need 6 slots, and 5 of 12 are free, so they wait. The others are held "
        "by demo-hot 2, demo-watch 1, london-hot 2; `wattstream stop -n demo` or "
        "`wattstream stop -n london` frees some. To have more, raise "
        "WATTSTREAM_STACK_FLINK_SLOTS and run `wattstream down` and `wattstream up`"
    )


def test_who_holds_none_is_not_named() -> None:
    told = shortage(6, Slots(0, 0), {})

    assert told is not None
    assert told.startswith("The jobs need 6 slots, and 0 of 0 are free, so they wait. To have more")


@pytest.mark.parametrize(
    ("parallelism", "partitions", "slots"),
    [
        (2, 4, {"hot": 2, "cold": 2, "watch": 1, "history": 1}),
        (1, 4, {"hot": 1, "cold": 1, "watch": 1, "history": 1}),
        # No more than there are partitions.
        (8, 4, {"hot": 4, "cold": 4, "watch": 2, "history": 2}),
    ],
)
def test_a_job_takes_a_slot_for_each_instance(
    parallelism: int, partitions: int, slots: dict[str, int]
) -> None:
    settings = Settings(readings_partitions=partitions)

    assert {job: instances(job, parallelism, settings) for job in JOBS} == slots


def test_one_that_is_not_of_a_namespace_takes_all_that_is_asked_for() -> None:
    assert instances("recompute", 2, Settings(readings_partitions=4)) == 2
