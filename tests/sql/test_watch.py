"""The watch job's view in a local Flink: alerts are those that the rules make of the facts."""

import json
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment

from contracts.alerts import Alert
from contracts.settings import Settings
from jobs.fold import fold
from jobs.rules.all import read
from jobs.watch import watched
from tests.sql.cluster import configured
from tests.unit.jobs.rules.network import Dark, network

FEEDERS = {
    "f1": network(50, 700_000, [Dark(range(50), 63_150, 600_000)]),
    "f2": network(50, 700_000, [Dark([7], 60_000, 300_000, 0.9)]),
    "f3": network(50, 700_000),
}


# What Flink's workers import warns of other libraries.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_facts_become_alerts_subject_by_subject(tmp_path: Path) -> None:
    facts = sorted(
        (fact.at_ms, feeder, msgspec.json.encode(msgspec.structs.replace(fact, subject=feeder)))
        for feeder, given in FEEDERS.items()
        for fact in given.facts()
    )
    folder = tmp_path / "facts"
    folder.mkdir()
    # Each twice, as after a restart.
    (folder / "facts.json").write_text(
        "\n".join(
            json.dumps({"subject": feeder, "fact": fact.decode()})
            for _, feeder, fact in [*facts, *facts]
        )
    )

    assert run(folder) == expected(facts)


def run(folder: Path) -> list[Alert]:
    """What the view makes of facts in files, sorted."""
    environment = StreamExecutionEnvironment.get_execution_environment(configured())
    table_env = StreamTableEnvironment.create(environment)
    table_env.execute_sql(
        f"""
        CREATE TABLE facts_to_watch (subject STRING, fact STRING) WITH (
            'connector' = 'filesystem', 'path' = 'file://{folder}', 'format' = 'json'
        )
        """
    )
    watched(table_env, Settings(), "watch")
    with table_env.execute_sql("SELECT id, alert FROM watched").collect() as rows:
        found = [(an_id, msgspec.json.decode(alert, type=Alert)) for an_id, alert in rows]
    assert all(an_id == alert.id for an_id, alert in found)
    return in_order(alert for _, alert in found)


def expected(facts: list[tuple[int, str, bytes]]) -> list[Alert]:
    """What the rules make of them, subject by subject."""
    kept: dict[str, bytes | None] = {}
    alerts: list[Alert] = []
    for _, feeder, fact in facts:
        kept[feeder], said = fold(kept.get(feeder), fact, read())
        alerts += said
    assert {alert.kind for alert in alerts} == {"outage", "meter_silent"}
    return in_order(alerts)


def in_order(alerts: Iterable[Alert]) -> list[Alert]:
    """By id and version."""
    return sorted(alerts, key=lambda alert: (alert.id, alert.version))
