"""Verification finds a job that decides lateness by another rule."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.reading import Reading
from contracts.settings import MINUTE_MS, PROJECT, Settings
from simulators.recorder import Record
from tests.integration.judging import verified
from tests.integration.namespaces import fresh_namespace, submit
from tests.integration.sending import by_arrival, record, send

RULE_FILE = Path("jobs", "sql", "shared", "2_judged_readings.sql")
RULE = "arrival_ms - ts > ${on_time_limit_ms}"
MUTATED_RULE = f"{RULE} + 2000"

BEGIN_MS = 22_656_960 * MINUTE_MS
SECONDS = 120
LATE_MS = (500, 4_001, 4_500, 5_000)
"""Beyond the limit, and still before the watermark: a window takes what the rule lets pass."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the jobs are made of, with another rule of lateness."""
    for package in ("jobs", "contracts"):
        shutil.copytree(PROJECT / package, tmp_path / package)
    file = tmp_path / RULE_FILE
    statement = file.read_text()
    assert statement.count(RULE) == 1
    file.write_text(statement.replace(RULE, MUTATED_RULE))
    return tmp_path


@pytest.fixture
def mutated(stack: Settings, project: Path) -> Iterator[Settings]:
    """Settings of a namespace in which the mutated jobs run."""
    with fresh_namespace(stack, "test_mutation") as settings:
        submit(settings, project)
        yield settings


def readings(settings: Settings) -> list[Record]:
    """A reading a second of three meters, of each lateness in turn."""
    return [
        record(
            settings,
            Reading(
                meter_id=f"mutation-{meter}",
                geohash="gcpvj0du",
                commodity="water",
                ts=BEGIN_MS + second * 1_000,
                seq=second,
                register=float(second),
                demand=3_600.0,
            ),
            LATE_MS[(second + meter) % len(LATE_MS)],
        )
        for meter in range(3)
        for second in range(SECONDS)
    ]


def test_another_rule_of_lateness_is_found(mutated: Settings) -> None:
    send(mutated, "mutation", by_arrival(readings(mutated)))

    report = verified(mutated)

    assert not report.equal
    different = {comparison.store for comparison in report.comparisons if not comparison.equal}
    assert different == {
        "minutes by meter",
        "minutes by area",
        "area minutes",
        "live meters",
        "live areas",
        "archive",
    }
    assert not any((report.late_dropped or {}).values())
