"""Facts as the contract shows them."""

import re

import msgspec

from contracts.facts import (
    DAY_WAIT_MS,
    HALF_HOURS,
    MISSED_TWICE,
    Fact,
    Feed,
    FeederDay,
    FeederMinute,
    FeederSlice,
    MeterHour,
    Missed,
    Partition,
    Returned,
)
from contracts.settings import PROJECT
from contracts.time import DAY_MS


def example(kind: str) -> str:
    """The fact of a kind in the contract."""
    text = (PROJECT / "contracts" / "README.md").read_text()
    (found,) = re.findall(rf'\{{"kind":"{kind}".*?\}}(?=\n```)', text, re.DOTALL)
    assert isinstance(found, str)
    return found


def test_the_example_of_a_slice_is_a_fact() -> None:
    fact = msgspec.json.decode(example("feeder_slice"), type=FeederSlice)

    assert fact.missed[0] == Missed("MAC000002", 1709287190120, 5_000, MISSED_TWICE)
    assert fact.returned == (Returned("MAC000007", 1709287203020, 1709287150180, 0.0, 6.25, 5_000),)
    assert (fact.missed_count, fact.missed_twice, fact.silent) == (2, 2, 1)


def test_the_example_of_a_minute_is_a_fact() -> None:
    fact = msgspec.json.decode(example("feeder_minute"), type=FeederMinute)

    assert (fact.members, fact.homes, fact.demand_w) == (48, 47.916, 61_204.333)
    assert (fact.by_supply, fact.capacity_w) == (True, 75_000)


def test_the_example_of_a_feed_is_a_fact_and_as_it_is_written() -> None:
    said = example("feed")
    fact = msgspec.json.decode(said, type=Feed)

    assert msgspec.json.decode(msgspec.json.encode(fact)) == msgspec.json.decode(said)
    heard, quiet = fact.partitions
    assert heard == Partition(0, 1709287204310, 0, 0, 3_600_000, 1709283604310)
    assert (quiet.number, quiet.alone_ms, quiet.heard_from_ms) == (1, 15_000, None)


def test_the_example_of_an_hour_is_a_fact() -> None:
    hour = msgspec.json.decode(example("meter_hour"), type=Fact)

    assert isinstance(hour, MeterHour)
    assert (hour.energy, hour.by_demand, hour.readings, hour.expected) == (0.0, 640.25, 60, 60)
    assert (hour.fell_ms, hour.off_ms, hour.installed_ms) == (None, None, 1356998400000)
    assert (hour.zero_hours, hour.idle_hours) == (2, None)


def test_an_hour_of_before_says_nothing_of_zeros() -> None:
    """Facts are kept for weeks, and a job that begins anew reads all of them."""
    said = msgspec.json.decode(example("meter_hour"))
    del said["zero_hours"], said["idle_hours"]
    hour = msgspec.json.decode(msgspec.json.encode(said), type=MeterHour)

    assert (hour.zero_hours, hour.idle_hours) == (0, None)


def test_the_example_of_a_day_is_a_fact() -> None:
    fact = msgspec.json.decode(example("feeder_day"), type=FeederDay)

    assert fact.at_ms == fact.day_ms + DAY_MS + DAY_WAIT_MS
    assert fact.day_ms % DAY_MS == 0
    assert [len(each.gained_wh) for each in (fact.supply, *fact.meters)] == 2 * [HALF_HOURS + 1]
    assert fact.meters[0].gained_wh[17] is None
    assert fact.meters_count == 1
