import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from contracts.settings import Settings
from simulators.errors import OptionError
from simulators.fleet.plan import FleetPlan
from simulators.network.conditions import Network
from simulators.options import parse_rate
from simulators.run.simulation import Run, load_run, run_simulation
from simulators.sending.recorder import Recorder

PLAN = FleetPlan(100, solar=0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seconds": 0.0}, "--seconds is 0"),
        ({"seconds": math.nan}, "--seconds is nan"),
        ({"rate": -5.0}, "--rate is -5"),
        ({"processes": 0}, "--processes is 0"),
        ({"start": datetime(2026, 1, 1)}, "--start is 2026-01-01 00:00:00: .*time zone"),
        ({"start": datetime(2026, 1, 1, microsecond=1, tzinfo=UTC)}, "--start .*whole seconds"),
    ],
)
def test_a_wrong_option_is_refused_by_name(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Run("test", PLAN, Network(), **options)


def test_more_processes_than_partitions_are_refused_before_anything_is_sent() -> None:
    run = Run("test", PLAN, Network(), processes=5)
    with pytest.raises(OptionError, match=r"--processes is 5: .*there are 4"):
        run_simulation(Settings(readings_partitions=4), run, Console(quiet=True))


def test_rates_written_as_text() -> None:
    assert parse_rate("max") == math.inf and parse_rate("1.5e5") == 150_000
    for text in ("fast", "0", "-1", "nan", "inf", ""):
        with pytest.raises(OptionError, match="--rate"):
            parse_rate(text)


def test_seconds_are_those_of_the_wall_at_a_rate_and_of_the_meters_else() -> None:
    """100 meters a second at 200 readings a second: twice as fast as they read."""
    rules = Settings()
    assert load_run(rules, PLAN, seconds=60, rate=200.0).seconds == 120
    assert load_run(rules, PLAN, seconds=60, rate=math.inf).seconds == 60
    assert load_run(rules, PLAN, seconds=60).seconds == 60


def test_late_readings_of_a_live_run_come_while_it_runs() -> None:
    live = load_run(Settings(), PLAN, late=0.1).network
    assert (live.late_min_s, live.late_max_s) == (10, 40)
    accelerated = load_run(Settings(), PLAN, late=0.1, rate=math.inf).network
    assert (accelerated.late_min_s, accelerated.late_max_s) == (60, 3 * 86_400)
    assert load_run(Settings(), PLAN, late=0.1, late_max="20m").network.late_max_s == 1_200


def test_a_recording_by_columns_is_the_same_with_and_without_missing_values(tmp_path: Path) -> None:
    keys: list[bytes | None] = [b"a", b"bc", b""]
    for name, values in (("whole", [b"{}", b"", b"x" * 300]), ("missing", [b"{}", None, b"y"])):
        columns = np.array([0, 1, 0], dtype=np.int32), np.arange(3), np.arange(3) + 5
        with Recorder(tmp_path / f"{name}.parquet") as recorder:
            recorder.add_columns(*columns, keys, values)
        table = pq.read_table(tmp_path / f"{name}.parquet").to_pydict()
        assert table == {
            "partition": [0, 1, 0],
            "offset": [0, 1, 2],
            "arrival_ms": [5, 6, 7],
            "key": keys,
            "value": values,
        }
