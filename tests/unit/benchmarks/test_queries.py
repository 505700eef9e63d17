"""A load on the API: what it asks, how it counts, and that it runs to its end."""

from collections import Counter
from dataclasses import replace
from datetime import date
from random import Random

import numpy as np
import pandas as pd
import pytest
from cassandra.cqltypes import (
    DateType,
    DoubleType,
    Int32Type,
    LongType,
    SimpleDateType,
    UserType,
    UTF8Type,
)
from cassandra.protocol import ColumnMetadata
from cassandra.query import PreparedStatement
from msgspec.json import encode
from rich.console import Console, Group

from adapters.cassandra_history import serialised
from benchmarks import queries, query_load
from benchmarks.errors import BenchmarkError
from benchmarks.queries import Answers, Streams, Trial, fast_enough, trial_of, world_of
from benchmarks.query_history import TABLE, columns, with_history
from benchmarks.query_load import Asked, Load, RunningLoad
from benchmarks.query_mix import ENDPOINTS, World, address, requests
from benchmarks.query_streams import Heard, Listener
from benchmarks.query_watch import Watched
from contracts.digest import Fleet, fleet_key
from contracts.figures import FIGURE_NAMES, FIGURES, NULLABLE
from contracts.history import COLUMNS, PERIOD_COLUMNS, bucket_of
from contracts.time import HOUR_MS, MINUTE_MS
from simulators.fleet.plan import FleetPlan, make_registry
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.town import AREA, MINE, NAMESPACE, NEIGHBOURS, STREAM, WALL

WORLD = World((MINE, NEIGHBOURS), (AREA,), (MINE,), date(2013, 12, 23))
TOPICS = "fleet,areas:electricity@4,top,alerts"


def test_the_mix_is_what_it_says_and_the_same_each_time() -> None:
    assert sum(each.percent for each in ENDPOINTS) == 100
    asked = requests("h:1", ["a", "b"], WORLD, 20_000, seed=3)
    assert asked == requests("h:1", ["a", "b"], WORLD, 20_000, seed=3)
    assert asked != requests("h:1", ["a", "b"], WORLD, 20_000, seed=4)
    counts = Counter(place for place, _ in asked)
    for place, each in enumerate(ENDPOINTS):
        assert counts[place] / 200 == pytest.approx(each.percent, abs=1)


def test_days_are_whole_ones_of_the_past_month_or_today() -> None:
    random = Random(1)
    found = {address("day of a meter", WORLD, random) for _ in range(5_000)}
    assert f"/v1/meters/{MINE}/energy" in found
    assert len(found) == 31
    assert min(found - {f"/v1/meters/{MINE}/energy"}) == (
        f"/v1/meters/{MINE}/energy?start=2013-11-23T00:00:00&end=2013-11-24T00:00:00"
    )
    assert address("month of a meter", WORLD, random) == (
        f"/v1/meters/{MINE}/energy?resolution=P1D&start=2013-11-23T00:00:00&end=2013-12-23T00:00:00"
    )


def test_history_is_whole_buckets_of_meters_whose_registers_go_on() -> None:
    ids = [f"m{n}" for n in range(2_000)]
    chosen = with_history(ids)
    assert {bucket_of(each) for each in chosen} == {0, 1}
    assert all(bucket_of(each) > 1 for each in set(ids) - set(chosen))
    periods_ms = np.arange(3) * 30 * MINUTE_MS + STREAM // HOUR_MS * HOUR_MS

    made = columns(chosen, periods_ms, 30 * MINUTE_MS)

    assert set(made) == {"bucket", "day", *PERIOD_COLUMNS}
    figures = made["figures"]
    assert isinstance(figures, pd.DataFrame)
    assert tuple(figures) == FIGURE_NAMES
    assert len(figures) == 3 * len(chosen)
    # Of the first meter, which draws 150 W: 75 Wh in half an hour.
    assert figures["first_register"][:3].diff()[1:].tolist() == pytest.approx([75, 75])
    between = figures["first_register"][1] - figures["last_register"][0]
    assert between == pytest.approx(150 * 5 / 3_600)


def test_rows_of_history_are_as_cassandra_has_them() -> None:
    types = {"bucket": Int32Type, "day": SimpleDateType, "period": DateType}
    fields = {"bigint": LongType, "timestamp": DateType, "double": DoubleType}
    kinds = tuple(fields[each.type] for each in FIGURES)
    types |= {"corrected_at": DateType}
    types |= {"figures": UserType.make_udt_class("ks", "figures", FIGURE_NAMES, kinds)}
    insert = PreparedStatement(
        [ColumnMetadata("ks", "t", name, types.get(name, UTF8Type)) for name in COLUMNS[TABLE]],
        b"",
        [0, 1],
        "",
        "ks",
        5,
        None,
        None,
    )
    periods_ms = np.array([STREAM // HOUR_MS * HOUR_MS])

    cells = serialised([insert], columns(["a", "b"], periods_ms, HOUR_MS), NULLABLE)

    assert set(cells) == set(COLUMNS[TABLE])
    first = dict(
        zip(FIGURE_NAMES, types["figures"].deserialize(cells["figures"][0], 5), strict=True)
    )
    assert (first["readings"], first["energy"], first["demand_min"]) == (720, None, 150.0)
    assert cells["meter_id"] == [b"a", b"b"]


def test_a_fleet_says_what_may_be_asked_of_it() -> None:
    world = world_of(make_registry(FleetPlan(3_000, seed=1, commodity="mixed", cadence="5s")))
    assert 0 < len(world.with_history) < len(world.meters) < 3_000
    assert all(len(each) == 5 for each in world.areas)
    with pytest.raises(BenchmarkError, match="--meters 2000"):
        world_of(make_registry(FleetPlan(3, seed=1)))


def test_a_load_runs_to_its_end_and_every_endpoint_answers(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "LEAST_BARS", 0)
    tokens = tuple(api.town.token(name=f"load {n}")[1] for n in range(2))
    load = Load(api.url, tokens, WORLD, 60.0, 6, TOPICS, warm_up_s=1.0, seconds=3.0)
    queries.await_answers(load, 3, 60.0, lambda: None, Console(quiet=True))

    with RunningLoad(load) as running:
        assert api.app.state.hub.open == 6
        later = Fleet(STREAM + 5_000, 900.0, 2, 0, 1, 4_621.0, 3, 1, None)
        api.town.client.hset(fleet_key(NAMESPACE), "electricity", encode(later))
        api.town.clock(moved_ms=WALL - 1_000, stream_ms=STREAM + 5_000)
        asked, heard = running.outcome()

    trial = trial_of({"api": 0}, asked, heard, load.seconds, NOTHING)
    assert len(asked.seconds) == 180
    # The time until a request was sent is in its own.
    assert (asked.seconds > asked.behind_s).all() and (asked.behind_s > 0).all()
    assert {each.kind: each.errors for each in trial.answers} == {
        each.kind: 0 for each in ENDPOINTS
    }
    assert sum(each.asked for each in trial.answers) == 180
    assert trial.streams is not None and trial.streams.well
    assert trial.streams.slice_to_client is not None
    assert (trial.streams.slice_to_client.samples, heard.opened) == (6, 6)


def test_errors_are_counted_and_no_answer_is_one(api: Api) -> None:
    token = api.town.token()[1]
    world = replace(WORLD, meters=("unknown",), with_history=("unknown",))
    load = Load(api.url, (token,), world, 40.0, 5, TOPICS, warm_up_s=0.0, seconds=2.0)

    with RunningLoad(load) as running:
        asked, heard = running.outcome()

    trial = trial_of({}, asked, heard, load.seconds, NOTHING)
    by_kind = {each.kind: each for each in trial.answers}
    assert by_kind["meter now"].errors == by_kind["meter now"].asked > 0
    assert by_kind["fleet"].errors == 0
    # A token has four streams.
    assert trial.streams is not None
    assert (trial.streams.opened, trial.streams.asked_for, trial.streams.well) == (4, 5, False)
    assert not trial.passes


def test_a_load_that_finds_nobody_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query_load, "READY_TIMEOUT_S", 60.0)
    load = Load("http://127.0.0.1:1", ("t",), WORLD, 40.0, 1, TOPICS, 0.0, 1.0)
    with pytest.raises(BenchmarkError, match="the load has failed: ConnectionRefusedError"):
        RunningLoad(load).__enter__()


def test_a_listener_reads_events_however_they_are_cut() -> None:
    heard = Heard(1)
    listener = Listener(heard)
    stream = (
        b"retry: 3000\nevent: hello\ndata: {}\n\n"
        b': still here\n\nevent: fleet\ndata: [{"as_of":"2013-12-23T16:20:00Z"},{"as_of":null}]\n\n'
        b'event: fleet\ndata: [{"as_of":"2013-12-23T16:20:00Z"}]\n\n'
        b'event: alert\nid: a-1\ndata: {"id":"x"}\n\n'
        b'event: fleet\ndata: [{"as_of":"2013-12-23T16:20:05Z"}]\n\n'
        b'event: clock\ndata: {"server_time":"2025-11-29T07:06:40.250Z","state":"current"}\n\n'
    )
    heard.begin()
    for at in range(len(stream)):
        listener.body(stream[at : at + 1])
    assert (heard.opened, heard.events) == (1, 6)
    assert len(heard.slice_to_client_ms) == len(heard.server_to_client_ms) == 1
    apart = heard.slice_to_client_ms[0] - heard.server_to_client_ms[0]
    assert apart == pytest.approx(WALL + 250 - STREAM - 5_000, abs=1_000)


NOTHING = Watched(1.0, {}, 0.0, {"hot": 0.0}, {"hot": 0})
WELL = Streams(2, 2, 0, 1.0, 0.1, None, None)


def answers(p99_ms: float = 19.0, errors: int = 0) -> Answers:
    return Answers("meter now", 20.0, 100, errors, 1.0, p99_ms, 99.0)


def a_trial(*of: Answers, nice: int = -15, streams: Streams = WELL) -> Trial:
    return Trial({"api": nice}, list(of), 1.0, streams, NOTHING)


def test_the_bar_is_of_the_load_with_priority() -> None:
    idle = Trial({"api": -15}, [], None, None, NOTHING)
    slow = a_trial(answers(20.1), nice=0)
    assert fast_enough([idle, a_trial(answers()), slow])
    assert not fast_enough([idle, a_trial(answers(), answers(20.1))])
    assert not fast_enough([idle, a_trial(answers(errors=1))])
    assert not fast_enough([idle, a_trial(answers(), streams=replace(WELL, lost=1))])
    assert not fast_enough([idle])
    assert [each.name for each in (idle, a_trial(answers()), slow)] == [
        "nothing asked",
        "with priority",
        "without priority",
    ]


def test_a_percentile_is_of_one_endpoint_from_when_it_was_due() -> None:
    rows = [(0, n / 1_000, 200, 0.0) for n in range(1, 101)] + [(1, 9.0, 0, 0.5), (1, 1.0, 503, 0)]
    trial = trial_of({}, Asked.of(rows), Heard(0), 10.0, NOTHING)
    now, area, fleet = trial.answers[:3]
    assert (now.asked, now.errors) == (100, 0)
    assert (now.p50_ms, now.p99_ms, now.max_ms) == pytest.approx((50.5, 99.01, 100.0))
    assert (area.asked, area.errors, area.max_ms) == (2, 2, 9_000.0)
    # What was not asked has not passed.
    assert (fleet.asked, fleet.passes) == (0, False)


def test_outcomes_fit_a_terminal() -> None:
    spread = queries.Spread(3_456.7, 12_345.6, 100_000)
    streams = Streams(200, 200, 12, 1_234.5, 12.3, spread, spread)
    many = [replace(answers(1_234.5, 1_234), kind=each.kind) for each in ENDPOINTS]
    names = ("flink-taskmanager", "python-workers", "cassandra", "api", "redis", "digest")
    watched = Watched(
        60.0, dict.fromkeys(names, 1.25), 20_123.0, {"hot": 20_123.0}, {"hot": 1_234_567}
    )
    nices = {"redis": -15, "api": -15, "flink-taskmanager": 10}
    trials = [
        Trial(nices, [], None, None, watched),
        Trial(nices, many, 1.0, streams, watched),
        Trial(dict.fromkeys(nices, 0), many, 1.0, streams, watched),
    ]
    console = Console(width=80, record=True, markup=False, emoji=False)
    console.print(Group(*queries.tables(trials)))
    shown = console.export_text()
    assert "…" not in shown
    for word in ("month of a meter", "1234.5", "1,234,567", "200 of 200 streams", "12,346 ms"):
        assert word in shown
