"""The hot job: on-time readings into live state (Redis) and rows of history (Kafka), in event time.

Submit it with `flink run --python jobs/hot.py`; README.md has the whole command.
"""

from collections.abc import Mapping

from pyflink.table import StreamTableEnvironment

from contracts.settings import Settings
from jobs import build
from jobs.functions.live import write_live_areas, write_live_meters

COLUMNS = (
    *("meter_id", "geohash", "commodity", "ts", "seq", "register", "demand"),
    *("heartbeat", "problem"),
)
"""What the live view needs of a message."""


def prepare(settings: Settings, options: Mapping[str, str]) -> StreamTableEnvironment:
    """An environment with all that the statements of `jobs/sql/hot` name."""
    table_env = build.table_environment(settings, "hot", options)
    table_env.create_java_temporary_function("live_value", "io.wattstream.source.LiveValue")
    table_env.create_temporary_function("write_live_meters", write_live_meters(settings))
    table_env.create_temporary_function("write_live_areas", write_live_areas(settings))
    build.read_readings(table_env, settings, "hot", COLUMNS)
    build.add_up_readings(table_env, settings)
    return table_env


def submit(settings: Settings, options: Mapping[str, str]) -> None:
    """Build the job from `jobs/sql/shared` and `jobs/sql/hot`, and submit it."""
    build.run(prepare(settings, options), settings, "hot")


if __name__ == "__main__":
    submit(Settings(), {})
