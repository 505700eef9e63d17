"""Simulations through a real broker: what is in the topic, and what the recordings say."""

from collections.abc import Iterator
from itertools import pairwise

import polars as pl
import pytest
from rich.console import Console

from adapters.kept_records import kept
from contracts import topics
from contracts.settings import Settings
from simulators.errors import TopicError
from simulators.fleet.plan import FleetPlan
from simulators.run.simulation import load_run, run_simulation
from simulators.run.summary import Summary
from tests.support.namespaces import fresh_topics

QUIET = Console(quiet=True)
Log = list[list[tuple[int, bytes | None, bytes | None]]]


@pytest.fixture
def namespaces(broker: Settings) -> Iterator[list[Settings]]:
    """Two empty namespaces, which are erased afterwards."""
    with (
        fresh_topics(broker, "simulation_test_1") as one,
        fresh_topics(broker, "simulation_test_2") as two,
    ):
        yield [one, two]


def simulate(settings: Settings, processes: int, *, rate: float | None = float("inf")) -> Summary:
    plan = FleetPlan(200, seed=4, commodity="mixed", cadence="mixed", solar=0.3)
    run = load_run(
        settings,
        plan,
        seconds=90 if rate == float("inf") else 3,
        rate=rate,
        processes=processes,
        late=0.1,
        repeat=0.05,
        malformed=0.02,
    )
    return run_simulation(settings, run, QUIET)


def stored(settings: Settings, topic: topics.Topic) -> Log:
    """Arrival, key and value of each record, partition by partition."""
    log: Log = [[] for _ in range(topic.partitions)]
    for message in kept(settings, topic, with_removals=True):
        said = message.timestamp()[1], message.key(), message.value()
        log[message.partition() or 0].append(said)
    return log


def recorded(summary: Summary) -> Log:
    table = pl.concat(pl.read_parquet(path) for path in summary.recordings)
    log: Log = []
    for partition in range(4):
        own = table.filter(pl.col("partition") == partition).sort("offset")
        assert own["offset"].to_list() == list(range(own.height))
        log.append(own.select("arrival_ms", "key", "value").rows())
    return log


def test_a_seed_makes_the_same_topic_byte_by_byte_in_any_number_of_processes(
    namespaces: list[Settings],
) -> None:
    one, two = namespaces
    summaries = [simulate(one, 1), simulate(two, 4)]
    logs = [stored(settings, topics.readings(settings)) for settings in namespaces]
    assert logs[0] == logs[1]
    assert all(len(records) > 100 for records in logs[0])
    for summary, log in zip(summaries, logs, strict=True):
        assert recorded(summary) == log
        assert summary.sent + summary.announced + summary.heartbeats == sum(map(len, log))
        assert min(summary.on_time, summary.late, summary.repeated, summary.malformed) > 20
        assert summary.announced >= 200
    with pytest.raises(TopicError, match="already holds arrivals"):
        simulate(one, 2)


def test_a_live_run_keeps_to_the_clock_and_says_what_meters_there_are(
    namespaces: list[Settings],
) -> None:
    settings = namespaces[0]
    summary = simulate(settings, 2, rate=None)
    log = stored(settings, topics.readings(settings))
    assert recorded(summary) == log
    assert summary.seconds > 2.9
    for records in log:
        arrivals = [arrival_ms for arrival_ms, _, _ in records]
        assert arrivals == sorted(arrivals)
        silences = [after - before for before, after in pairwise(arrivals)]
        assert max(silences) <= 2_000
    (meters,) = stored(settings, topics.meters(settings))
    assert {key for _, key, value in meters if value} >= {
        key for records in log for _, key, _ in records if key is not None
    }
