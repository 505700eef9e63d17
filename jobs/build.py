"""Compose a job from its SQL: the shared tables first, then the job's own statements.

A statement is a file of `jobs/sql/`, run in the order of the file names. `${...}` in it comes from
the settings (`_parameters`).
"""

import string
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pyflink.common import Configuration
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.java_gateway import get_gateway
from pyflink.table import StreamTableEnvironment, TableResult
from pyflink.util.java_utils import to_jarray

from contracts import topics
from contracts.reading import AREA_LENGTH
from contracts.settings import Settings

SQL = Path(__file__).parent / "sql"
ON_TIME_READINGS = "1_on_time_readings"
"""A statement of the hot job that is run before those of `run`."""
STAMP_UNIT = 2**47
"""A millisecond in a register that is stamped with its time (shared/1_judged_readings.sql)."""
SHARED_TABLES = ("shared/2_acknowledged", "shared/3_minute_rows", "shared/4_area_minute_rows")

# What measurements asked for; docs/design.md has them.
CONFIGURATION = {
    "table.local-time-zone": "UTC",
    # Without it each INSERT of the hot job computes its own slices.
    "table.optimizer.reuse-optimize-block-with-digest-enabled": "true",
    # The areas' windows have few rows: a local aggregate would cost more than it saves.
    "table.optimizer.agg-phase-strategy": "ONE_PHASE",
    "pipeline.object-reuse": "true",
    "execution.checkpointing.interval": "10 s",
    "execution.checkpointing.mode": "EXACTLY_ONCE",
    # State is found again by the number of its operator in the plan, not by a hash of the whole
    # plan: a statement that is added last leaves the savepoints of before usable.
    "table.exec.uid.generation": "ALWAYS",
    # A checkpoint that cannot be written, as on a full disk, makes the next restart longer. Ending
    # the job for it would stop the live view, and begin that restart at once.
    "execution.checkpointing.tolerable-failed-checkpoints": str(2**31 - 1),
    # Small bundles cost a factor of three. A slice's rows come at once, and fill one soon: how long
    # it may last is how long the last of them wait.
    "python.fn-execution.bundle.size": "100000",
    "python.fn-execution.bundle.time": "200",
    "python.fn-execution.arrow.batch.size": "10000",
}


def table_environment(
    settings: Settings, job: str, options: Mapping[str, str]
) -> StreamTableEnvironment:
    """A table environment with the project's configuration, at the cluster's default parallelism,
    or at the number of partitions if that is less.

    Args:
        options: Flink's, besides the project's and those that the client was given.
    """
    configuration = Configuration()
    configuration.set_string("pipeline.name", settings.job_name(job))
    for key, value in (CONFIGURATION | dict(options)).items():
        configuration.set_string(key, value)
    environment = StreamExecutionEnvironment.get_execution_environment(configuration)
    # A source instance without a partition would never say that time goes on.
    parallelism = min(environment.get_parallelism(), settings.readings_partitions)
    # Minutes are a sixtieth of the readings.
    environment.set_parallelism(max(1, parallelism // 2) if job == "history" else parallelism)
    return StreamTableEnvironment.create(environment)


def read_readings(
    table_env: StreamTableEnvironment, settings: Settings, job: str, columns: Sequence[str]
) -> None:
    """Create the view `records` of Kafka for `job` ("hot" or "cold"), and the one that judges each.

    The watermark trails the arrival: in the hot job by the on-time bound, for event time; in the
    cold one by the slack alone, for arrival itself. And by a millisecond more: a window that ends
    at the millisecond after the watermark is closed, so a record that stands exactly at the
    watermark, which both rules still admit, would be dropped if it were the window's last.

    Args:
        columns: Of what a message says; io.wattstream.source.ReadingColumn has all.
    """
    jvm = get_gateway().jvm
    jvm.io.wattstream.source.Records.createView(
        table_env._get_j_env(),
        table_env._j_tenv,
        settings.kafka_bootstrap,
        topics.readings(settings).name,
        settings.job_name(job),
        to_jarray(jvm.String, columns),
        settings.on_time_ms if job == "hot" else settings.slack_ms,
        "records",
    )
    _execute(table_env, "shared/1_judged_readings", _parameters(settings, job))


def add_up_readings(table_env: StreamTableEnvironment, settings: Settings) -> None:
    """Create the views of the readings on time, and of their slices and minutes: the one pass over
    the readings, of which all else is a view."""
    _execute(table_env, f"hot/{ON_TIME_READINGS}", _parameters(settings, "hot"))
    get_gateway().jvm.io.wattstream.source.Slices.createViews(
        table_env._j_tenv, "on_time_readings", "slices", "minutes", settings.slice_ms
    )


def run(table_env: StreamTableEnvironment, settings: Settings, job: str) -> None:
    """Create the tables that jobs share and the views of `job`, and submit its inserts.

    What the statements name must be there before: sink functions, and where the job reads readings,
    their views.
    """
    own = {path.stem for path in (SQL / job).glob("*.sql")} - {ON_TIME_READINGS}
    names = (*SHARED_TABLES, *(f"{job}/{name}" for name in sorted(own)))
    run_statements(table_env, settings, job, names, {})


def run_statements(
    table_env: StreamTableEnvironment,
    settings: Settings,
    job: str,
    statements: Iterable[str],
    given: Mapping[str, str | int],
) -> TableResult:
    """Run statements (`<folder>/<name>` below `jobs/sql/`), all inserts as one job.

    Args:
        given: Parameters of the statements, besides those of the settings or in their place.
    """
    parameters = _parameters(settings, job) | dict(given)
    inserts = table_env.create_statement_set()
    for name in statements:
        if "_write_" in name:
            inserts.add_insert_sql(_statement(name, parameters))
        else:
            _execute(table_env, name, parameters)
    return inserts.execute()


def _execute(
    table_env: StreamTableEnvironment, name: str, parameters: dict[str, str | int]
) -> None:
    table_env.execute_sql(_statement(name, parameters))


def _statement(name: str, parameters: dict[str, str | int]) -> str:
    return string.Template((SQL / f"{name}.sql").read_text()).substitute(parameters)


def _parameters(settings: Settings, job: str) -> dict[str, str | int]:
    """What the statements may name."""
    return {
        "job_name": settings.job_name(job),
        "kafka_bootstrap": settings.kafka_bootstrap,
        "readings_topic": topics.readings(settings).name,
        "rejects_topic": topics.rejects(settings).name,
        "minutes_topic": topics.minutes(settings).name,
        "area_minutes_topic": topics.area_minutes(settings).name,
        "rejects_max_bytes": 2 * topics.MAX_MESSAGE_BYTES,
        "archive_url": settings.archive_location,
        "slice_ms": settings.slice_ms,
        "slice_length": _interval(settings.slice_ms),
        "on_time_limit_ms": settings.on_time_limit_ms,
        "slack_ms": settings.slack_ms,
        "clock_skew_ms": settings.clock_skew_ms,
        "correction_window": _interval(settings.correction_window_ms),
        "correction_window_ms": settings.correction_window_ms,
        "area_length": AREA_LENGTH,
        "stamp_unit": STAMP_UNIT,
    }


def _interval(duration_ms: int) -> str:
    """A duration as SQL's DAY TO SECOND writes it."""
    seconds, milliseconds = divmod(duration_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{days} {hours:02d}:{minutes:02d}:{seconds:02d}.{milliseconds:03d}"
