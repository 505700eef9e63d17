"""Live state never goes back, whoever writes it beside whom: in a real Redis."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random

import msgspec
import orjson
import pandas as pd
import pytest
import redis

from adapters import live_questions as ask
from adapters.connect import redis_client
from adapters.live_store import asked
from adapters.redis_live import (
    FIELDS_A_CALL,
    LiveWriter,
    removal,
    write_unless_newer,
)
from contracts.live import (
    LargeMeter,
    Largest,
    group_key,
    largest_key,
    live_key,
    newest_key,
    removed_key,
)
from contracts.settings import RedisSettings, Settings
from jobs.functions.live import _WriteLiveGroups, _WriteLiveLargest, _WriteLiveMeters
from tests.support.redis_server import redis_server

NAMESPACE = "test_redis_live"
KEY = f"{NAMESPACE}:live:gas:gcpuy"


def forget(client: "redis.Redis", *keys: str) -> None:
    """Delete hashes, and what is known of them."""
    client.delete(*(name for key in keys for name in (key, newest_key(key), removed_key(key))))


@pytest.fixture(scope="module")
def own() -> Iterator[Settings]:
    """Settings of a Redis of the tests' own."""
    with redis_server() as url:
        yield Settings(namespace=NAMESPACE, redis=RedisSettings(url=url))


@pytest.fixture
def client(own: Settings) -> Iterator["redis.Redis"]:
    """A client, and no hash of an earlier test."""
    with redis_client(own.redis) as connected:
        forget(connected, KEY)
        yield connected
        forget(connected, KEY)


def value(slice_end_ms: int, demand: float, readings: int = 1) -> bytes:
    """As the hot job writes it: what is compared first."""
    return orjson.dumps({"slice_end_ms": slice_end_ms, "readings": readings, "demand": demand})


def write(client: "redis.Redis", fields: dict[str, bytes]) -> int:
    """By the script; how many fields were due."""
    _, greatest = ends_ms(fields)
    with client.pipeline(transaction=False) as pipeline:
        write_unless_newer(pipeline, KEY, fields, greatest)
        return sum(pipeline.execute())


def ends_ms(fields: dict[str, bytes]) -> tuple[int, int]:
    """The least and the greatest end of slices."""
    ends = [
        each if isinstance(each, int) else each["slice_end_ms"]
        for each in map(orjson.loads, fields.values())
    ]
    return min(ends), max(ends)


def held(client: "redis.Redis") -> dict[str, float]:
    """Demand by field."""
    return {str(name): orjson.loads(text)["demand"] for name, text in client.hgetall(KEY).items()}


def test_newer_and_equal_slices_are_written_and_older_ones_are_not(client: "redis.Redis") -> None:
    write(client, {"older": value(10_000, 1), "equal": value(10_000, 1), "newer": value(9_000, 1)})
    write(
        client,
        {
            "older": value(9_995, 2),
            "equal": value(10_000, 2),
            "newer": value(100_000, 2),
            "absent": value(5_000, 2),
        },
    )

    assert held(client) == {"older": 1, "equal": 2, "newer": 2, "absent": 2}


def test_of_the_same_slice_a_value_that_knows_fewer_readings_is_not_written(
    client: "redis.Redis",
) -> None:
    write(client, {"fewer": value(10_000, 1, 10), "more": value(10_000, 1, 9)})
    write(client, {"fewer": value(10_000, 2, 9), "more": value(10_000, 2, 10)})

    assert held(client) == {"fewer": 1, "more": 2}


def test_a_field_is_removed_unless_it_is_newer_and_nothing_older_brings_it_back(
    client: "redis.Redis",
) -> None:
    write(client, {name: value(10_000, 1, 10) for name in ("older", "equal", "newer")})

    due = write(
        client,
        {
            "older": removal(15_000),
            "equal": removal(10_000),
            "newer": removal(9_995),
            "absent": removal(10_000),
        },
    )
    assert due == 3
    assert held(client) == {"newer": 1}

    back = {name: value(10_000, 2) for name in ("older", "equal", "absent")}
    assert write(client, back) == 2
    assert held(client) == {"newer": 1, "equal": 2, "absent": 2}
    assert client.ttl(removed_key(KEY)) > 0


def test_what_plain_commands_removed_is_not_brought_back_by_a_writer_that_lags(
    client: "redis.Redis",
) -> None:
    ahead, behind = LiveWriter(client), LiveWriter(client)
    for end_ms in (5_000, 10_000):
        ahead.write({KEY: {"moved": value(end_ms, 1), "stays": value(end_ms, 1)}}, (end_ms, end_ms))
    ahead.write({KEY: {"moved": removal(15_000), "stays": value(15_000, 1)}}, (15_000, 15_000))

    behind.write({KEY: {"moved": value(10_000, 2), "stays": value(10_000, 2)}}, (10_000, 10_000))

    assert held(client) == {"stays": 1}


def test_whoever_begins_again_takes_no_value_back_within_a_slice(client: "redis.Redis") -> None:
    before = LiveWriter(client)
    for end_ms in (5_000, 10_000):
        before.write({KEY: {"meter": value(end_ms, 1, 10)}}, (end_ms, end_ms))

    LiveWriter(client).write({KEY: {"meter": value(10_000, 2, 9)}}, (10_000, 10_000))

    assert held(client) == {"meter": 1}


def test_the_last_of_a_batch_counts_whatever_the_order_of_its_slices(own: Settings) -> None:
    rows = [
        (15_000, "gas", "gcpuv", "moved", value(15_000, 3)),
        (10_000, "gas", "gcpuy", "moved", value(10_000, 2)),
        (15_000, "gas", "gcpuy", "moved", None),
        (10_000, "gas", "gcpuy", "back", None),
        (15_000, "gas", "gcpuy", "back", value(15_000, 5)),
        (10_000, "water", "gcpuy", "moved", value(10_000, 4)),
        (10_000, "gas", "gcpuy", "twice", value(10_000, 6)),
        (10_000, "gas", "gcpuy", "twice", value(10_000, 7)),
    ]
    keys = {
        name: live_key(NAMESPACE, *name)
        for name in (("gas", "gcpuy"), ("gas", "gcpuv"), ("water", "gcpuy"))
    }
    function = _WriteLiveMeters(own)
    function.open(None)
    with redis_client(own.redis) as client:
        forget(client, *keys.values())

        assert all(function.eval(*map(pd.Series, zip(*rows, strict=True))))

        held = {
            (*name, str(meter)): orjson.loads(text)["demand"]
            for name, key in keys.items()
            for meter, text in client.hgetall(key).items()
        }
        forget(client, *keys.values())
    function.close()
    assert held == {
        ("gas", "gcpuv", "moved"): 3,
        ("gas", "gcpuy", "back"): 5,
        ("gas", "gcpuy", "twice"): 7,
        ("water", "gcpuy", "moved"): 4,
    }


def test_groups_are_written_by_kind_and_commodity_in_units(own: Settings) -> None:
    rows = [
        ("area", "gcpuy", "gas", 10_000, 2_500, 1, 2, 3, -4_001),
        ("area", "gcpuy", "gas", 5_000, 1_500, 9, 9, 9, 9_000),
        ("region", "GB-LND", "gas", 5_000, 7, 0, 0, 1, 0),
    ]
    area, region = (group_key(NAMESPACE, group, "gas") for group in ("area", "region"))
    function = _WriteLiveGroups(own)
    function.open(None)
    with redis_client(own.redis) as client:
        forget(client, area, region)

        assert all(function.eval(*map(pd.Series, zip(*rows, strict=True))))

        held = {key: client.hgetall(key) for key in (area, region)}
        forget(client, area, region)
    function.close()
    assert {
        key: {name: orjson.loads(text) for name, text in of.items()} for key, of in held.items()
    } == {
        area: {
            "gcpuy": {
                "slice_end_ms": 10_000,
                "demand": 2.5,
                "reporting": 1,
                "holding": 2,
                "silent": 3,
                "energy_today": -4.001,
            }
        },
        region: {
            "GB-LND": {
                "slice_end_ms": 5_000,
                "demand": 0.007,
                "reporting": 0,
                "holding": 0,
                "silent": 1,
                "energy_today": 0.0,
            }
        },
    }


def test_the_largest_are_written_by_commodity_and_none_that_are_older(own: Settings) -> None:

    def row(minutes: int, measure: str, *meters: LargeMeter) -> tuple[int, str, str, bytes]:
        said = Largest(60_000 * minutes, list(meters))
        return said.slice_end_ms, "gas", measure, msgspec.json.encode(said)

    m, n = LargeMeter("m", "gcpuy", 2.5), LargeMeter("n", "gcpuv", 0.001)
    batches = [
        [row(2, "power", n, m), row(1, "power", m), row(3, "energy", n)],
        [row(1, "power"), row(4, "energy")],
    ]
    key = largest_key(NAMESPACE, "gas")
    with redis_client(own.redis) as client:
        forget(client, key)
        for batch in batches:
            # Each as of a job that begins.
            function = _WriteLiveLargest(own)
            function.open(None)
            assert all(function.eval(*map(pd.Series, zip(*batch, strict=True))))
            function.close()
        held = asked(client, ask.all_largest(NAMESPACE))
        forget(client, key)
    assert held == {"gas": {"power": Largest(120_000, [n, m]), "energy": Largest(240_000, [])}}


def test_hashes_larger_than_a_call_are_written_whole(client: "redis.Redis") -> None:
    fields = {f"meter-{number}": value(5_000, number) for number in range(3 * FIELDS_A_CALL + 1)}

    write(client, fields)

    assert held(client) == {f"meter-{number}": number for number in range(len(fields))}


@pytest.mark.parametrize("seed", range(8))
def test_the_newest_slice_stands_whatever_comes_in_whatever_order(
    client: "redis.Redis", seed: int
) -> None:
    random = Random(seed)
    wanted = dict[str, tuple[int, float | None]]()
    """End of the slice and demand; no demand: removed."""
    writers = [LiveWriter(client), LiveWriter(client)]
    for number in range(150):
        now_ms = 5_000 * (number // 3)
        ends = [now_ms, now_ms + 5_000] if random.random() < 0.7 else [now_ms - 50_000, now_ms]
        fields = {
            f"meter-{random.randrange(30)}": (
                random.choice(ends),
                None if random.random() < 0.2 else float(number),
            )
            for _ in range(random.randrange(1, 8))
        }
        due = {
            meter: new
            for meter, new in fields.items()
            if meter not in wanted or wanted[meter][0] <= new[0]
        }
        values = {
            meter: removal(end_ms) if demand is None else value(end_ms, demand)
            for meter, (end_ms, demand) in fields.items()
        }
        if random.random() < 0.7:
            random.choice(writers).write({KEY: values}, ends_ms(values))
        else:
            assert write(client, values) == len(due)
        wanted |= due
        if random.random() < 0.02:
            client.delete(newest_key(KEY))
        if random.random() < 0.02:
            forget(client, KEY)
            wanted.clear()

    assert held(client) == {
        meter: demand for meter, (_, demand) in wanted.items() if demand is not None
    }
    newest_ms = max((end for end, _ in wanted.values()), default=0)
    assert int(client.get(newest_key(KEY)) or newest_ms) >= newest_ms


def test_whoever_lags_behind_another_writer_never_takes_live_state_back(
    client: "redis.Redis", own: Settings
) -> None:
    """As a job that goes on, and one that was given up and does not know it yet."""
    seen: list[int] = []

    def job(first: int, writes: int) -> None:
        with redis_client(own.redis) as another:
            writer = LiveWriter(another)
            for number in range(first, first + writes):
                end_ms = 5_000 * number
                fields = {f"meter-{meter}": value(end_ms, number) for meter in range(200)}
                writer.write({KEY: fields}, (end_ms, end_ms))

    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(job, first, 300) for first in (1, 4, 31)]
        while not all(each.done() for each in jobs):
            if (text := client.hget(KEY, "meter-0")) is not None:
                seen.append(orjson.loads(text)["slice_end_ms"])
        for each in jobs:
            each.result()

    assert seen == sorted(seen)
    assert set(held(client).values()) == {330}
