"""The ledger, the selection of its hours, the models, the rules, and the oracle, which shares
nothing with them, come to the same facts of hours and days, and to the same alerts of registers and
of use."""

import json
import random
from collections.abc import Iterator, Sequence
from math import floor
from typing import Any

import msgspec
import numpy as np
import pytest
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment

from contracts.facts import JudgedHour, MeterHour
from contracts.reading import HEARTBEAT
from contracts.settings import Settings
from contracts.time import HOUR_MS
from jobs.build import prepare
from jobs.fold import fold
from jobs.functions.hours import judge_hours
from jobs.hot import FLOW
from jobs.java_views import ledger_views
from jobs.rules.all import read
from jobs.statements import parameters, statement
from tests.sql.cluster import configured
from tests.sql.idle_homes import idle_homes
from tests.sql.suburb import LENGTH_MS, START, suburb
from tests.support.log import Sent, announcement, reading, record
from tests.support.models import by_chance, publish_all
from verification.comparison.alerts import compare_alerts
from verification.comparison.facts import compare_facts, compare_judged
from verification.comparison.names import hour_name
from verification.oracle.expected import Expected, expect
from verification.oracle.log import read_log
from verification.rows import (
    AlertKey,
    AlertVersion,
    DayFact,
    FactKey,
    FactRow,
    HourFact,
    JudgedFact,
)
from verification.stores.detected import alert_version, fact_row

LATER_MS = START + LENGTH_MS + 30 * HOUR_MS
THOUSANDTHS = ("register", "demand", "energy", "register_size")
TEXTS = ("meter_id", "geohash", "commodity", "quality", "feeder", "region", "kind", "supply")
NUMBERS = (
    *("ts", "seq", "interval_ms", "revision", "cadence_ms", "capacity_w", "installed_ms"),
    "lost_power_ms",
    *THOUSANDTHS,
)
FLAGS = ("heartbeat", "announcement", "removed", "paced", "closing")
RECORDS = f"""
    CREATE TABLE records (
        {", ".join(f"{name} STRING" for name in (*TEXTS, "problem"))},
        {", ".join(f"{name} BIGINT" for name in NUMBERS)},
        {", ".join(f"{name} BOOLEAN" for name in FLAGS)},
        voltage_v DOUBLE, kafka_partition INT, arrival_ms BIGINT, partition_arrival_ms BIGINT,
        arrival AS TO_TIMESTAMP_LTZ(arrival_ms, 3),
        WATERMARK FOR arrival AS arrival - INTERVAL '3.001' SECOND
    ) WITH ('connector' = 'filesystem', 'path' = 'file://{{folder}}', 'format' = 'json')
"""
"""What the job's view of Kafka has of each record."""

Facts = Sequence[tuple[str, bytes]]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One partition."""
    return Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        readings_partitions=1,
        _env_file=None,  # type: ignore[call-arg]
    )


@pytest.fixture(scope="module")
def sent() -> list[Sent]:
    """A log whose days are all over."""
    last = {"meter_id": "clock", "commodity": "supply"}
    return [
        *sorted(
            [*idle_homes(random.Random(4)), *suburb(random.Random(6))], key=lambda each: each[0]
        ),
        (LATER_MS - HOUR_MS, announcement(**last, feeder="clock")),
        (LATER_MS - HOUR_MS + 1, reading(LATER_MS - HOUR_MS, **last)),
        (LATER_MS, HEARTBEAT),
    ]


@pytest.fixture(scope="module")
def models(settings: Settings) -> list[str]:
    """One that judges from the first night on, and another the day after, neither of all meters."""
    rng, meters = np.random.default_rng(6), [f"m{number:02}" for number in range(18)]
    return publish_all(
        settings,
        (by_chance(rng, meters[:16], 300.0), START + 3 * HOUR_MS),
        (by_chance(rng, meters[2:], 300.0), START + 30 * HOUR_MS),
    )


@pytest.fixture(scope="module")
def expected(
    sent: list[Sent],
    models: list[str],  # noqa: ARG001
    settings: Settings,
) -> Expected:
    """What the oracle makes of it."""
    record(settings, 0, sent)
    return expect(read_log(settings), settings, lambda _: None)


@pytest.fixture(scope="module")
def facts(
    sent: list[Sent],
    models: list[str],  # noqa: ARG001
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> list[tuple[str, bytes]]:
    """What the hot job makes of it, the facts of a subject in their order."""
    folder = tmp_path_factory.mktemp("records")
    (folder / "records.json").write_text("\n".join(map(json.dumps, records(sent))))
    environment = StreamExecutionEnvironment.get_execution_environment(configured())
    table_env = StreamTableEnvironment.create(environment)
    table_env.execute_sql(RECORDS.format(folder=folder))
    known = parameters(settings, "hot")
    prepare(table_env, ["views/judged_readings", "views/usable_readings"], known)
    table_env.create_temporary_function("judge_hours", judge_hours(settings))
    for name, java_class in FLOW.java_functions.items():
        table_env.create_java_temporary_function(name, java_class)
    ledger_views(table_env, settings, "hot")
    prepare(table_env, ["views/judged_hours"], known)
    selected = (
        statement(f"inserts/{name}", known).split("INSERT INTO facts (subject, `value`)")[1]
        for name in ("meter_hours", "judged_hours")
    )
    query = " UNION ALL ".join([*selected, "SELECT subject, `value` FROM feeder_facts"])
    with table_env.execute_sql(query).collect() as rows:
        return [(subject, bytes(value)) for subject, value in rows]


def records(sent: list[Sent]) -> Iterator[dict[str, Any]]:
    """As the job's view has them."""
    top_ms = None
    for arrival_ms, value in sent:
        message = json.loads(value or b"")
        said = message.get("meter", message)
        row = dict.fromkeys((*TEXTS, *NUMBERS, "voltage_v", "closing", "problem"))
        row |= {name: each for name, each in said.items() if name in row}
        row |= {
            name: floor(said[name] * 1_000 + 0.5)
            for name in THOUSANDTHS
            if said.get(name) is not None
        }
        row["revision"] = row["revision"] or 0
        yield row | {
            "heartbeat": "heartbeat" in message,
            "announcement": "meter" in message,
            "removed": said.get("removed", False),
            "paced": False,
            "kafka_partition": 0,
            "arrival_ms": arrival_ms,
            "partition_arrival_ms": top_ms,
        }
        top_ms = max(arrival_ms, top_ms or arrival_ms)


def test_hours_of_meters(facts: Facts, expected: Expected) -> None:
    found = [(key, row) for key, row in rows(facts) if isinstance(row, HourFact)]

    said = {
        name
        for row in expected.meter_hours.values()
        for name, value in row._asdict().items()
        if value is not None
    }
    assert said >= {"by_demand", "fell_ms", "off_ms", "installed_ms", "idle_hours"}
    compared = compare_facts("hours", expected.meter_hours, found, hour_name)
    assert compared.examples == []
    assert compared.found == len(expected.meter_hours) > 200


def test_hours_that_models_judge(facts: Facts, expected: Expected, models: list[str]) -> None:
    found = [(key, row) for key, row in rows(facts) if isinstance(row, JudgedFact)]

    compared = compare_judged("judged hours", expected.judged_hours, found)
    assert compared.examples == []
    assert compared.found > 100
    assert {row.model for _, row in found} >= {*models}
    assert {row.channel for _, row in found} >= {"1 h", "6 h", "record", None}


def test_days_of_feeders(facts: Facts, expected: Expected) -> None:
    found = [(key, row) for key, row in rows(facts) if isinstance(row, DayFact)]

    compared = compare_facts("days", expected.feeder_days, found)
    assert compared.examples == []
    assert compared.found == len(expected.feeder_days) > 7


def alerts_of(facts: Facts, kind: str) -> dict[AlertKey, AlertVersion]:
    """What the rules make of facts of a kind."""
    rules, kept = read(), dict[str, bytes | None]()
    found: dict[AlertKey, AlertVersion] = {}
    for subject, fact in facts:
        if json.loads(fact)["kind"] == kind:
            kept[subject], alerts = fold(kept.get(subject), fact, rules)
            for alert in alerts:
                version = alert_version(msgspec.json.encode(alert))
                assert version is not None
                found[version[0]] = version[1]
    return found


def test_alerts_of_unusual_use(facts: Facts, expected: Expected) -> None:
    found = list(alerts_of(facts, JudgedHour.kind).items())

    wanted = {key: each for key, each in expected.alerts.items() if each.kind == "unusual_use"}
    compared = compare_alerts("alerts", wanted, expected.undecided, found)
    assert compared.examples == []
    assert compared.undecided < 3
    assert {each.state for each in wanted.values()} == {"opened", "updated", "closed"}


def test_alerts_of_registers(facts: Facts, expected: Expected) -> None:
    found = alerts_of(facts, MeterHour.kind)

    kinds = ("stuck_register", "register_back", "use_while_off", "zero_use")
    wanted = {key: each for key, each in expected.alerts.items() if each.kind in kinds}
    assert found == wanted
    states = {(each.kind, each.state) for each in wanted.values()}
    assert states == {(kind, state) for kind in kinds for state in ("opened", "updated", "closed")}


def rows(facts: Facts) -> Iterator[tuple[FactKey, FactRow]]:
    """Those of kinds of which the oracle says something."""
    return (row for _, fact in facts if (row := fact_row(fact)) is not None)
