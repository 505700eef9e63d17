"""Live state never goes back, whoever writes it beside whom: in a real Redis."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random

import orjson
import pytest
import redis

from adapters.connect import redis_client
from adapters.redis_live import FIELDS_A_CALL, write_slices, write_unless_newer
from contracts.live import newest_key
from contracts.settings import Settings

KEY = "test_live_write:live:gcpuy"


@pytest.fixture
def client(stack: Settings) -> Iterator["redis.Redis"]:
    """A client, and no hash of an earlier test."""
    with redis_client(stack.redis) as connected:
        connected.delete(KEY, newest_key(KEY))
        yield connected
        connected.delete(KEY, newest_key(KEY))


def value(slice_end_ms: int, demand: float) -> bytes:
    """As the hot job writes it: the end of the slice first."""
    return orjson.dumps({"slice_end_ms": slice_end_ms, "demand": demand})


def write(client: "redis.Redis", fields: dict[str, bytes], **options: str) -> int:
    """By the script, in a pipeline, as a batch does; how many fields were written."""
    _, greatest = ends_ms(fields)
    with client.pipeline(transaction=False) as pipeline:
        write_unless_newer(pipeline, KEY, fields, greatest, **options)  # type: ignore[arg-type]
        return sum(pipeline.execute())


def ends_ms(fields: dict[str, bytes]) -> tuple[int, int]:
    """The least and the greatest end of slices."""
    ends = [orjson.loads(each)["slice_end_ms"] for each in fields.values()]
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


def test_the_same_slice_stays_if_only_older_ones_are_to_be_replaced(client: "redis.Redis") -> None:
    write(client, {"equal": value(10_000, 1), "older": value(5_000, 1)})
    write(client, {"equal": value(10_000, 2), "older": value(10_000, 2)}, same_slice="older")

    assert held(client) == {"equal": 1, "older": 2}


def test_hashes_larger_than_a_call_are_written_whole(client: "redis.Redis") -> None:
    fields = {f"meter-{number}": value(5_000, number) for number in range(3 * FIELDS_A_CALL + 1)}

    write(client, fields)

    assert held(client) == {f"meter-{number}": number for number in range(len(fields))}


@pytest.mark.parametrize("seed", range(8))
def test_the_newest_slice_stands_whatever_comes_in_whatever_order(
    client: "redis.Redis", seed: int
) -> None:
    random, wanted = Random(seed), dict[str, tuple[int, float]]()
    for number in range(150):
        now_ms = 5_000 * (number // 3)
        ends = [now_ms, now_ms + 5_000] if random.random() < 0.7 else [now_ms - 50_000, now_ms]
        kind = "older" if random.random() < 0.1 else "equal"
        fields = {
            f"meter-{random.randrange(30)}": (random.choice(ends), float(number))
            for _ in range(random.randrange(1, 8))
        }
        due = {
            meter: new
            for meter, new in fields.items()
            if meter not in wanted
            or wanted[meter][0] < new[0]
            or (wanted[meter][0] == new[0] and kind == "equal")
        }
        values = {meter: value(*new) for meter, new in fields.items()}
        if kind == "equal" and random.random() < 0.7:
            write_slices(client, {KEY: values}, ends_ms(values))
        else:
            assert write(client, values, same_slice=kind) == len(due)
        wanted |= due
        if random.random() < 0.02:
            client.delete(newest_key(KEY))
        if random.random() < 0.02:
            client.delete(KEY)
            wanted.clear()

    assert held(client) == {meter: demand for meter, (_, demand) in wanted.items()}
    newest_ms = max((end for end, _ in wanted.values()), default=0)
    assert int(client.get(newest_key(KEY)) or newest_ms) >= newest_ms


def test_whoever_lags_behind_another_writer_never_takes_live_state_back(
    client: "redis.Redis", stack: Settings
) -> None:
    """As a job that goes on, and one that was given up and does not know it yet."""
    seen: list[int] = []

    def job(first: int, writes: int) -> None:
        with redis_client(stack.redis) as own:
            for number in range(first, first + writes):
                end_ms = 5_000 * number
                fields = {f"meter-{meter}": value(end_ms, number) for meter in range(200)}
                write_slices(own, {KEY: fields}, (end_ms, end_ms))

    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(job, first, 300) for first in (1, 4, 31)]
        while not all(each.done() for each in jobs):
            if (text := client.hget(KEY, "meter-0")) is not None:
                seen.append(orjson.loads(text)["slice_end_ms"])
        for each in jobs:
            each.result()

    assert seen == sorted(seen)
    assert set(held(client).values()) == {330}
