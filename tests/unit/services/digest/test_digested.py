"""The digest of a namespace in a real Redis, with live state as jobs write it."""

import logging
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from typing import Any

import msgspec
import orjson
import pytest
import redis

from adapters.connect import redis_client
from adapters.redis_digest import FIELDS_A_CALL, Replacement, look, read_meters
from adapters.redis_live import LiveWriter, removal
from contracts.digest import (
    PRECISIONS,
    Clock,
    Fleet,
    FleetMinute,
    RollUp,
    Total,
    clock_key,
    customer_key,
    fleet_key,
    fleet_minutes_key,
    meter_ids_key,
    places_key,
    registry_key,
    rollup_key,
    top_key,
    totals_key,
    within,
)
from contracts.geohash import Box, box_of
from contracts.live import (
    LargeMeter,
    Largest,
    LiveGroup,
    LiveMeter,
    group_key,
    largest_key,
    live_key,
)
from contracts.settings import RedisSettings, Settings
from contracts.time import DAY_MS
from services.digest import namespace
from services.digest.namespace import Digested
from tests.support.redis_server import redis_server

NAMESPACE = "digest_test"
NOON_MS = 20_000 * DAY_MS + DAY_MS // 2


@pytest.fixture(scope="module")
def server() -> Iterator[RedisSettings]:
    with redis_server() as url:
        yield RedisSettings(url=url)


@pytest.fixture
def settings(server: RedisSettings) -> Settings:
    return Settings(namespace=NAMESPACE, redis=server)


@pytest.fixture
def client(settings: Settings) -> Iterator["redis.Redis"]:
    with redis_client(settings.redis) as connected:
        connected.flushall()
        yield connected


@pytest.fixture
def digested(settings: Settings, client: "redis.Redis") -> Digested:
    return Digested(settings, client)


def entry(**fields: Any) -> bytes:  # noqa: ANN401
    usual = {"geohash": "gcpuyj2k41vd", "commodity": "gas", "cadence_ms": 5_000}
    return orjson.dumps(usual | fields)


def meter(slice_end_ms: int, register: float, **fields: Any) -> LiveMeter:  # noqa: ANN401
    usual: dict[str, Any] = {
        "last_ms": slice_end_ms,
        "holds_until_ms": slice_end_ms + 30_000,
        "late": False,
        "geohash": "gcpuyj2k41vd",
        "commodity": "gas",
        "demand": register / 10,
        "energy_today": register / 100,
    }
    return LiveMeter(slice_end_ms, 1, register=register, **usual | fields)


class Jobs:
    """Writes live state of gas as the hot job does."""

    def __init__(self, client: "redis.Redis") -> None:
        self._client = client
        self._writer = LiveWriter(client)

    def say(
        self,
        slice_end_ms: int,
        areas: dict[str, dict[str, LiveMeter]],
        left: dict[str, list[str]] | None = None,
    ) -> None:
        """Meters by area, all of which report; and which have left an area."""
        hashes: defaultdict[str, dict[str, bytes]] = defaultdict(dict)
        for area, meters in areas.items():
            for meter_id, each in meters.items():
                hashes[live_key(NAMESPACE, "gas", area)][meter_id] = msgspec.json.encode(each)
            group = LiveGroup(
                slice_end_ms,
                sum(each.demand or 0.0 for each in meters.values()),
                len(meters),
                0,
                0,
                sum(each.energy_today for each in meters.values()),
            )
            hashes[group_key(NAMESPACE, "area", "gas")][area] = msgspec.json.encode(group)
        for area, meter_ids in (left or {}).items():
            for meter_id in meter_ids:
                hashes[live_key(NAMESPACE, "gas", area)][meter_id] = removal(slice_end_ms)
        self._writer.write(hashes, (slice_end_ms, slice_end_ms))


def read(client: "redis.Redis", key: str, kind: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        str(name): msgspec.json.decode(text, type=kind)
        for name, text in client.hgetall(key).items()
    }


def clock(client: "redis.Redis") -> Clock:
    return msgspec.json.decode(str(client.get(clock_key(NAMESPACE))), type=Clock)


def digest_keys(client: "redis.Redis") -> set[str]:
    """All keys but those of jobs."""
    of_jobs = ("live", "areas", "newest", "removed", "largest")
    return {
        key.removeprefix(f"{NAMESPACE}:")
        for key in map(str, client.scan_iter(f"{NAMESPACE}:*"))
        if key.split(":")[1] not in of_jobs
    }


def test_a_namespace_without_anything_has_a_clock_alone(
    client: "redis.Redis", digested: Digested
) -> None:
    digested.take([])
    digested.tick()
    assert digest_keys(client) == {"clock"}
    assert clock(client).slice_end_ms is None and clock(client).moved_ms is None


def test_what_consumers_ask_for_is_there(client: "redis.Redis", digested: Digested) -> None:
    jobs = Jobs(client)
    jobs.say(
        NOON_MS,
        {
            "gcpuy": {
                "m1": meter(NOON_MS, 100.0, region="GB-LND"),
                "m2": meter(NOON_MS, 300.0, region="GB-LND", holds_until_ms=NOON_MS - 1),
            },
            "gcpvn": {"m3": meter(NOON_MS, 200.0)},
            "9q8yy": {"m4": meter(NOON_MS, 50.0, region="US-CA", last_ms=NOON_MS - DAY_MS)},
        },
    )
    digested.take([("m1", entry(region="GB-LND")), ("m5", entry(region="US-CA"))])
    digested.tick()

    assert digest_keys(client) == {
        *("clock", "fleet", "fleet_minutes:gas", "registry", "meter_ids"),
        *("places:gas", "top:gas", "totals:gas"),
        *(f"rollup:gas:{precision}" for precision in PRECISIONS),
    }
    assert clock(client).slice_end_ms == NOON_MS
    london = Box(*(round(each, 5) for each in box_of("gcpuy")))
    assert read(client, rollup_key(NAMESPACE, "gas", 4), RollUp) == {
        "gcpu": RollUp(NOON_MS, 40.0, 2, 0, 0, 4.0, 1, "y", london),
        "gcpv": RollUp(
            *(NOON_MS, 20.0, 1, 0, 0, 2.0, 1, "n"),
            Box(*(round(each, 5) for each in box_of("gcpvn"))),
        ),
        "9q8y": RollUp(
            *(NOON_MS, 5.0, 1, 0, 0, 0.5, 1, "y"),
            Box(*(round(each, 5) for each in box_of("9q8yy"))),
        ),
    }
    cells = read(client, rollup_key(NAMESPACE, "gas", 2), RollUp)
    assert {cell: (each.children, each.areas) for cell, each in cells.items()} == {
        "gc": ("p", 2),
        "9q": ("8", 1),
    }
    (fleet,) = read(client, fleet_key(NAMESPACE), Fleet).values()
    assert (fleet.demand, fleet.reporting, fleet.known, fleet.areas) == (65.0, 4, 5, 3)

    def largest(*found: LargeMeter) -> Largest:
        return Largest(NOON_MS, list(found))

    assert read(client, top_key(NAMESPACE, "gas"), Largest) == {
        "register": largest(
            LargeMeter("m2", "gcpuy", 300.0),
            LargeMeter("m3", "gcpvn", 200.0),
            LargeMeter("m1", "gcpuy", 100.0),
            LargeMeter("m4", "9q8yy", 50.0),
        ),
        "register:GB-LND": largest(
            LargeMeter("m2", "gcpuy", 300.0), LargeMeter("m1", "gcpuy", 100.0)
        ),
        "register:US-CA": largest(LargeMeter("m4", "9q8yy", 50.0)),
        "power:GB-LND": largest(LargeMeter("m1", "gcpuy", 10.0)),
        "power:US-CA": largest(LargeMeter("m4", "9q8yy", 5.0)),
        "energy:GB-LND": largest(LargeMeter("m2", "gcpuy", 3.0), LargeMeter("m1", "gcpuy", 1.0)),
    }
    assert read(client, totals_key(NAMESPACE, "gas"), Total) == {
        "*": Total(NOON_MS, 5, 650.0),
        "GB-LND": Total(NOON_MS, 2, 400.0),
        "US-CA": Total(NOON_MS, 2, 50.0),
    }
    assert client.hgetall(places_key(NAMESPACE, "gas")) == {
        "m1": "gcpuy",
        "m2": "gcpuy",
        "m3": "gcpvn",
        "m4": "9q8yy",
    }
    assert client.zrange(meter_ids_key(NAMESPACE), 0, -1) == ["m1", "m2", "m3", "m4", "m5"]


def test_what_jobs_write_is_left_alone(client: "redis.Redis", digested: Digested) -> None:
    jobs = Jobs(client)
    jobs.say(NOON_MS, {"gcpuy": {"m1": meter(NOON_MS, 1.0, region="GB-LND")}})
    client.hset(largest_key(NAMESPACE, "gas"), "power", '{"slice_end_ms":5000,"meters":[]}')

    with redis.Redis.from_url(digested.settings.redis.url) as as_bytes:
        before = {key: as_bytes.dump(key) for key in as_bytes.scan_iter()}
        digested.take([])
        digested.tick()
        assert {key: as_bytes.dump(key) for key in before} == before
    assert len(before) == 5


def test_a_meter_that_moves_is_in_one_area(client: "redis.Redis", digested: Digested) -> None:
    jobs = Jobs(client)
    jobs.say(NOON_MS, {"gcpuy": {"m1": meter(NOON_MS, 1.0, region="GB-LND")}})
    digested.take([])
    digested.tick()

    later_ms = NOON_MS + 5_000
    # It has come to the one area, and not left the other yet.
    client.hset(
        live_key(NAMESPACE, "gas", "gcpvn"),
        "m1",
        msgspec.json.encode(meter(later_ms, 1.5, region="GB-LND")),
    )
    client.hset(
        group_key(NAMESPACE, "area", "gas"),
        "gcpvn",
        msgspec.json.encode(LiveGroup(later_ms, 0.1, 1, 0, 0, 0.1)),
    )
    digested.digest(meters=True)
    assert client.hgetall(places_key(NAMESPACE, "gas")) == {"m1": "gcpvn"}
    assert read(client, totals_key(NAMESPACE, "gas"), Total)["*"].register == 1.5
    (largest,) = read(client, top_key(NAMESPACE, "gas"), Largest)["register"].meters
    assert largest == LargeMeter("m1", "gcpvn", 1.5)

    jobs.say(later_ms, {"gcpuy": {}}, {"gcpuy": ["m1"]})
    digested.digest(meters=True)
    assert set(read(client, rollup_key(NAMESPACE, "gas", 4), RollUp)) == {"gcpv"}
    assert client.hgetall(places_key(NAMESPACE, "gas")) == {"m1": "gcpvn"}


def test_what_is_gone_is_gone(client: "redis.Redis", digested: Digested) -> None:
    jobs = Jobs(client)
    jobs.say(NOON_MS, {"gcpuy": {"m1": meter(NOON_MS, 1.0, region="GB-LND")}})
    digested.take([("m1", entry(region="GB-LND", customer="c1"))])
    digested.tick()
    assert len(digest_keys(client)) == 12

    digested.take([("m1", None)])
    later_ms = NOON_MS + 5_000
    jobs.say(later_ms, {"gcpuy": {}}, {"gcpuy": ["m1"]})
    digested.digest(meters=True)
    # Missed once it may be on its way from one area to another.
    assert client.hgetall(places_key(NAMESPACE, "gas")) == {"m1": "gcpuy"}
    digested.digest(meters=True)
    assert digest_keys(client) == {"clock"}


def test_customers_have_their_meters_and_no_others(
    client: "redis.Redis", settings: Settings
) -> None:
    def customers() -> dict[str, set[str]]:
        prefix = customer_key(NAMESPACE, "")
        return {
            key.removeprefix(prefix): set(map(str, client.smembers(key)))
            for key in map(str, client.scan_iter(f"{prefix}*"))
        }

    first = Digested(settings, client)
    first.take(
        [
            ("m1", entry(customer="c1")),
            ("m2", entry(customer="c1")),
            ("m3", entry(customer="a: b")),
            ("m4", entry()),
        ]
    )
    assert customers() == {"c1": {"m1", "m2"}, "a: b": {"m3"}}
    first.take([("m1", entry(customer="c2")), ("m2", None), ("m2", entry(customer="c3"))])
    first.take([("m3", entry())])
    assert customers() == {"c2": {"m1"}, "c3": {"m2"}}
    assert client.hget(registry_key(NAMESPACE), "m1") == entry(customer="c2").decode()

    # Another process, which was not there when these changed.
    second = Digested(settings, client)
    second.take([("m1", entry(customer="c4")), ("m4", entry()), ("m5", entry(customer="c4"))])
    assert customers() == {"c4": {"m1", "m5"}}
    assert set(client.hkeys(registry_key(NAMESPACE))) == {"m1", "m4", "m5"}
    assert client.zrange(meter_ids_key(NAMESPACE), 0, -1) == ["m1", "m4", "m5"]


def test_many_meters_are_as_few(client: "redis.Redis", digested: Digested) -> None:
    number = 3 * FIELDS_A_CALL + 1
    jobs = Jobs(client)
    crowd = {f"m{n:05}": meter(NOON_MS, float(n + 1)) for n in range(number)}
    jobs.say(NOON_MS, {"gcpuy": crowd, "gcpuz": {"x": meter(NOON_MS, 0.5)}})
    digested.take([(each, entry(customer="c1")) for each in crowd])
    digested.tick()

    assert client.hlen(registry_key(NAMESPACE)) == number
    assert client.scard(customer_key(NAMESPACE, "c1")) == number
    assert client.zcard(meter_ids_key(NAMESPACE)) == number + 1
    places = client.hgetall(places_key(NAMESPACE, "gas"))
    assert places == dict.fromkeys(crowd, "gcpuy") | {"x": "gcpuz"}
    total = read(client, totals_key(NAMESPACE, "gas"), Total)["*"]
    assert (total.known, total.register) == (number + 1, number * (number + 1) / 2 + 0.5)
    top = read(client, top_key(NAMESPACE, "gas"), Largest)["register"].meters
    assert [each.value for each in top] == [float(number - n) for n in range(10)]


def test_areas_are_read_whole_whatever_their_sizes(client: "redis.Redis") -> None:
    sizes = {"a": 0, "b": 1, "c": FIELDS_A_CALL - 1, "d": 2 * FIELDS_A_CALL + 7, "e": 3, "f": 700}
    for area, size in sizes.items():
        if size:
            fields = {f"{area}{n}": f'{{"n":{n}}}' for n in range(size)}
            items = list(chain.from_iterable(fields.items()))
            client.hset(live_key(NAMESPACE, "gas", area), items=items)
    for told in (sizes, dict.fromkeys(sizes, 0), dict.fromkeys(sizes, 10_000)):
        found: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for area, meters in read_meters(client, NAMESPACE, "gas", told):
            found[area] |= meters
        assert {area: len(each) for area, each in found.items()} == {
            area: size for area, size in sizes.items() if size
        }


def test_hashes_are_replaced_all_at_once(client: "redis.Redis") -> None:
    many = {f"f{n}": b"1" for n in range(2 * FIELDS_A_CALL + 1)}
    first = Replacement(client, NAMESPACE)
    first.put(f"{NAMESPACE}:one", many)
    first.put(f"{NAMESPACE}:other", {"a": b"1"})
    first.put(f"{NAMESPACE}:none", {})
    assert not client.exists(f"{NAMESPACE}:one", f"{NAMESPACE}:other")
    first.swap()
    assert client.hlen(f"{NAMESPACE}:one") == len(many)

    # One that was ended before the swap leaves nothing behind.
    ended = Replacement(client, NAMESPACE)
    ended.put(f"{NAMESPACE}:one", {"left": b"1"})
    second = Replacement(client, NAMESPACE)
    second.put(f"{NAMESPACE}:one", {"b": b"2"})
    second.put(f"{NAMESPACE}:other", {})
    assert client.hlen(f"{NAMESPACE}:one") == len(many)
    second.swap()
    assert {str(key): client.hgetall(key) for key in client.scan_iter(f"{NAMESPACE}:*")} == {
        f"{NAMESPACE}:one": {"b": "2"}
    }


def test_redis_that_lost_all_is_begun_with_anew(
    client: "redis.Redis", digested: Digested, settings: Settings
) -> None:
    jobs = Jobs(client)
    records = [("m1", entry(customer="c1"))]
    jobs.say(NOON_MS, {"gcpuy": {"m1": meter(NOON_MS, 1.0)}})
    digested.take(records)
    digested.tick()
    before = digest_keys(client)

    client.flushall()
    with pytest.raises(redis.RedisError, match="digest_test:clock is gone"):
        digested.tick()
    again = Digested(settings, client)
    again.take(records)
    again.tick()
    assert clock(client).slice_end_ms is None
    assert client.smembers(customer_key(NAMESPACE, "c1")) == {"m1"}
    jobs = Jobs(client)
    jobs.say(NOON_MS, {"gcpuy": {"m1": meter(NOON_MS, 1.0)}})
    again.tick()
    again.digest(meters=True)
    assert digest_keys(client) == before


def test_the_clock_goes_on_where_another_process_left_it(
    client: "redis.Redis", settings: Settings
) -> None:
    jobs = Jobs(client)
    jobs.say(NOON_MS, {"gcpuy": {"m1": meter(NOON_MS, 1.0)}})
    Digested(settings, client).tick()
    assert clock(client).moved_ms is None
    seen_ms = clock(client).seen_ms

    jobs.say(NOON_MS + 5_000, {"gcpuy": {"m1": meter(NOON_MS + 5_000, 1.0)}})
    Digested(settings, client).tick()
    assert clock(client).slice_end_ms == NOON_MS + 5_000
    assert clock(client).moved_ms == seen_ms
    # One of another build is none.
    client.set(clock_key(NAMESPACE), '{"slice_end_ms": "noon"}')
    Digested(settings, client).tick()
    assert clock(client).moved_ms is None


def test_an_entry_that_is_none_is_named_and_left_out(
    client: "redis.Redis", digested: Digested, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        digested.take([("m1", entry(customer="c1")), ("m2", b"5")])
        digested.take([("m1", b"{}")])
    assert [record.getMessage().split(" is none")[0] for record in caplog.records] == [
        "digest_test: the entry of meter m2",
        "digest_test: the entry of meter m1",
    ]
    assert digest_keys(client) == {"clock"}


def test_a_box_of_the_map_is_found_without_a_scan(
    client: "redis.Redis", digested: Digested
) -> None:
    areas = ["gcpuy", "gcpuz", "gcpvn", "gcpvj", "u10hb", "9q8yy"]
    jobs = Jobs(client)
    jobs.say(NOON_MS, {each: {each: meter(NOON_MS, 1.0)} for each in areas})
    digested.take([])
    digested.tick()
    box = Box(51.4, -0.1, 51.6, 0.1)

    def cells(precision: int, names: list[str]) -> dict[str, RollUp]:
        key = rollup_key(NAMESPACE, "gas", precision)
        found = zip(names, client.hmget(key, names), strict=True)
        return {name: msgspec.json.decode(str(text), type=RollUp) for name, text in found}

    there = read(client, rollup_key(NAMESPACE, "gas", 2), RollUp)
    there = cells(3, list(within(there, box)))
    there = cells(4, list(within(there, box)))
    names = list(within(there, box))
    assert sorted(names) == sorted(each for each in areas if box_of(each).overlaps(box))
    assert 0 < len(names) < len(areas)
    assert all(client.hmget(group_key(NAMESPACE, "area", "gas"), names))


def test_the_last_hour_of_the_fleet_is_kept_by_the_minute(
    client: "redis.Redis", digested: Digested
) -> None:
    jobs = Jobs(client)
    digested.take([])

    def say(slice_end_ms: int, register: float, one: Digested = digested) -> None:
        jobs.say(slice_end_ms, {"gcpuy": {"m1": meter(slice_end_ms, register)}})
        one.tick()
        one.digest(meters=True)

    def demands() -> dict[int, float]:
        minutes = read(client, fleet_minutes_key(NAMESPACE, "gas"), FleetMinute)
        return {int(begin) - NOON_MS: each.demand for begin, each in minutes.items()}

    minute = 60_000
    # Half-open slices: the one that ends at noon is of the minute before.
    say(NOON_MS, 10.0)
    say(NOON_MS + 5_000, 20.0)
    say(NOON_MS + minute, 30.0)
    say(NOON_MS + minute + 5_000, 40.0)
    assert demands() == {-minute: 1.0, 0: 3.0, minute: 4.0}

    say(NOON_MS + 60 * minute + 5_000, 50.0)
    assert demands() == {minute: 4.0, 60 * minute: 5.0}
    # One who goes on after a crash finds what there is.
    again = Digested(digested.settings, client)
    again.take([])
    say(NOON_MS + 61 * minute + 5_000, 60.0, again)
    assert demands() == {60 * minute: 5.0, 61 * minute: 6.0}


@pytest.mark.parametrize("looks", [0, 1])
def test_a_redis_that_is_emptied_at_any_moment_is_begun_anew(
    digested: Digested, client: "redis.Redis", monkeypatch: pytest.MonkeyPatch, looks: int
) -> None:
    """Right after the registry was written, and amid a look."""
    digested.take([("m1", entry())])
    for _ in range(looks):
        digested.tick()

    def look_and_empty(*which: Any) -> Any:  # noqa: ANN401
        found = look(*which)
        client.flushall()
        return found

    monkeypatch.setattr(namespace, "look", look_and_empty)

    with pytest.raises(redis.RedisError, match="is gone"):
        digested.tick()


def test_a_redis_that_is_emptied_before_the_first_look_is_begun_anew(
    digested: Digested, client: "redis.Redis"
) -> None:
    digested.take([("m1", entry())])
    client.flushall()

    with pytest.raises(redis.RedisError, match="is gone"):
        digested.tick()
