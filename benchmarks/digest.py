"""`wattstream bench digest`: what a pass of the digest costs, by the size of the fleet and by how
far it is spread.

Live state is made up, and written to Redis as jobs write it; neither Kafka nor Flink is needed.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from statistics import median

import redis
from msgspec.json import Encoder
from rich.console import Console
from rich.table import Table

from adapters.connect import redis_client
from contracts.geohash import ALPHABET
from contracts.live import LiveGroup, LiveMeter, group_key, live_key, newest_key
from contracts.meters import Meter
from contracts.reading import AREA_LENGTH, Commodity
from contracts.settings import PROJECT, Settings
from contracts.time import SECOND_MS
from infra.provenance import origin
from services.digest.namespace import Digested

AREAS = (334, 50_000)
"""A city with 300 homes an area; and a country."""
REGIONS = 51
METERS_A_CUSTOMER = 2
SLICE_END_MS = 1_767_636_000_000
COMMODITY: Commodity = "electricity"
NEIGHBOURS = 8
CELLS = len(ALPHABET) ** (AREA_LENGTH - 2)
REPEATS = 5
FIELDS_A_CALL = 500

_json = Encoder().encode


@dataclass(frozen=True, slots=True)
class Cost:
    """Of something that the digest does, in seconds."""

    areas: int
    what: str
    digest_cpu_s: float
    redis_cpu_s: float
    wall_s: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of all fleets."""

    meters: int
    costs: Sequence[Cost]
    redis_mib: dict[int, float]
    """What the digest's keys take, by the number of areas."""


def run(settings: Settings, meters: int, areas: Sequence[int], console: Console) -> Outcome:
    """Digest a fleet spread over so many areas, each in turn; its keys are deleted at the end."""
    costs: list[Cost] = []
    redis_mib: dict[int, float] = {}
    with redis_client(settings.redis) as client:
        for number in areas:
            with _emptied(client, settings.namespace):
                console.print(f"writing {meters:,} live meters in {number:,} areas")
                _write(client, settings.namespace, meters, number)
                before = client.info("memory")["used_memory"]
                for cost in _costs(settings, client, meters, number):
                    console.print(f"{cost.what}: {cost.digest_cpu_s:.3f} CPU s")
                    costs.append(cost)
                redis_mib[number] = (client.info("memory")["used_memory"] - before) / 2**20
    return Outcome(meters, costs, redis_mib)


def _costs(settings: Settings, client: "redis.Redis", meters: int, areas: int) -> Iterator[Cost]:
    digested = Digested(settings, client)
    records = [(_meter_id(each), _json(_entry(each, areas))) for each in range(meters)]

    def measured(what: str, does: Callable[[], object]) -> Cost:
        redis_s, cpu_s, wall_s = _redis_cpu_s(client), time.process_time(), time.monotonic()
        does()
        return Cost(
            areas,
            what,
            time.process_time() - cpu_s,
            _redis_cpu_s(client) - redis_s,
            time.monotonic() - wall_s,
        )

    yield measured("registry, at first", lambda: digested.take(records))
    # The first look finds the newest slice, and digests.
    yield measured("first pass", digested.tick)
    for _ in range(REPEATS):
        yield measured("pass over all meters", lambda: digested.digest(meters=True))
    for _ in range(REPEATS):
        yield measured("pass over areas alone", lambda: digested.digest(meters=False))


def _redis_cpu_s(client: "redis.Redis") -> float:
    used = client.info("cpu")
    return float(used["used_cpu_user"]) + float(used["used_cpu_sys"])


@contextmanager
def _emptied(client: "redis.Redis", namespace: str) -> Iterator[None]:
    def empty() -> None:
        found = client.scan_iter(f"{namespace}:*", count=FIELDS_A_CALL)
        while keys := list(islice(found, FIELDS_A_CALL)):
            client.unlink(*keys)

    empty()
    try:
        yield
    finally:
        empty()


def _write(client: "redis.Redis", namespace: str, meters: int, areas: int) -> None:
    """Live state of a fleet, of one slice."""
    for number in range(areas):
        members = range(number, meters, areas)
        area = _area(number, areas)
        pipeline = client.pipeline(transaction=False)
        if members:
            fields: list[str | bytes] = []
            for each in members:
                fields += _meter_id(each), _json(_value(each, area, number))
            pipeline.hset(live_key(namespace, COMMODITY, area), items=fields)
        group = LiveGroup(SLICE_END_MS, 438.5 * len(members), len(members), 0, 0, 2310.5)
        pipeline.hset(group_key(namespace, "area", COMMODITY), area, _json(group))
        pipeline.execute()
    client.set(newest_key(group_key(namespace, "area", COMMODITY)), SLICE_END_MS)


def _area(number: int, areas: int) -> str:
    """Areas of a continent: NEIGHBOURS share each cell of four characters, and cells are as far
    apart as so many can be."""
    cell, neighbour = divmod(number, NEIGHBOURS)
    place = cell * (CELLS // -(-areas // NEIGHBOURS))
    letters = [ALPHABET[neighbour]]
    for _ in range(AREA_LENGTH - 2):
        place, letter = divmod(place, len(ALPHABET))
        letters.append(ALPHABET[letter])
    return "9" + "".join(reversed(letters))


def _meter_id(number: int) -> str:
    return f"sim-{number:08d}"


def _region(area: int) -> str:
    return f"US-{area % REGIONS:02d}"


def _value(number: int, area: str, of_area: int) -> LiveMeter:
    return LiveMeter(
        SLICE_END_MS,
        1_203,
        SLICE_END_MS - number % 5 * SECOND_MS,
        SLICE_END_MS + 30 * SECOND_MS,
        False,
        f"{area}j2k41vd",
        COMMODITY,
        12_345.678 + number * 7919 % 1_000_003,
        438.0 + number * 104_729 % 9_973,
        2310.5 + number * 1_299_709 % 7_919,
        repeats=7,
        cadence_ms=5 * SECOND_MS,
        voltage_v=230.1,
        feeder=f"sim-t-{number // 50:06d}",
        region=_region(of_area),
    )


def _entry(number: int, areas: int) -> Meter:
    of_area = number % areas
    return {
        "geohash": f"{_area(of_area, areas)}j2k41vd",
        "feeder": f"sim-t-{number // 50:06d}",
        "region": _region(of_area),
        "commodity": COMMODITY,
        "customer": f"sim-c-{number // METERS_A_CUSTOMER:08d}",
        "premises": "household",
        "tariff": "flat",
        "cadence_ms": 5 * SECOND_MS,
        "register_size": 1e8,
        "time_zone": "America/Los_Angeles",
        "solar_w": 0,
        "export": False,
    }


def content(outcome: Outcome, command: str) -> dict[str, object]:
    """The outcome as JSON has it."""
    return {
        **origin(command, PROJECT),
        "meters": outcome.meters,
        "redis_mib": {str(areas): mib for areas, mib in outcome.redis_mib.items()},
        "costs": [asdict(cost) for cost in outcome.costs],
    }


def table(outcome: Outcome) -> Table:
    """What each thing costs on a terminal, of several times the median."""
    shown = Table(title=f"the digest of {outcome.meters:,} meters, seconds")
    for column in ("areas", "what", "times", "digest CPU", "Redis CPU", "wall", "Redis MiB"):
        shown.add_column(column, justify="left" if column == "what" else "right")
    for areas, what in dict.fromkeys((each.areas, each.what) for each in outcome.costs):
        costs = [each for each in outcome.costs if (each.areas, each.what) == (areas, what)]
        seconds = (
            [each.digest_cpu_s for each in costs],
            [each.redis_cpu_s for each in costs],
            [each.wall_s for each in costs],
        )
        shown.add_row(
            f"{areas:,}",
            what,
            str(len(costs)),
            *(f"{median(each):.3f}" for each in seconds),
            f"{outcome.redis_mib[areas]:.0f}",
        )
    return shown
