"""The cold job: late readings into corrections (rows of history on Kafka), all usable readings into
the Parquet archive, unusable messages into the rejects topic, in arrival time.

Submit it with `flink run --python jobs/cold.py`; README.md has the whole command.
"""

from collections.abc import Mapping

from contracts.settings import Settings
from jobs import flow

COLUMNS = (
    *("meter_id", "geohash", "commodity", "ts", "event_date", "seq", "register", "demand"),
    *("voltage_v", "heartbeat", "problem", "detail", "payload"),
)
"""What archive, corrections and rejects need of a message: all of it."""


def submit(settings: Settings, options: Mapping[str, str]) -> None:
    """Build the job from `jobs/sql/shared` and `jobs/sql/cold`, and submit it."""
    table_env = flow.table_environment(settings, "cold", options)
    flow.read_readings(table_env, settings, "cold", COLUMNS)
    flow.run(table_env, settings, "cold")


if __name__ == "__main__":
    submit(Settings(), {})
