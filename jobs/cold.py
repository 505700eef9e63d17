"""The cold job: late readings into corrections (rows of history on Kafka), all usable readings into
the Parquet archive, unusable messages into the rejects topic, in arrival time.

Submit it with `flink run --python jobs/cold.py`; README.md has the whole command.
"""

from collections.abc import Mapping

from contracts.settings import Settings
from jobs import build

COLUMNS = (
    *("meter_id", "geohash", "commodity", "ts", "seq", "register", "demand"),
    *("voltage_v", "heartbeat", "problem", "detail", "payload"),
)
"""What archive, corrections and rejects need of a message: all of it."""

OWN_CONFIGURATION = {
    # Judged once for all three, readings would travel on with their verdicts as texts, and have
    # their own texts copied twice. Each INSERT judges by comparisons, and copies what it writes.
    "table.optimizer.reuse-optimize-block-with-digest-enabled": "false",
}


def submit(settings: Settings, options: Mapping[str, str]) -> None:
    """Build the job from `jobs/sql/shared` and `jobs/sql/cold`, and submit it."""
    table_env = build.table_environment(settings, "cold", OWN_CONFIGURATION | dict(options))
    build.read_readings(table_env, settings, "cold", COLUMNS)
    build.run(table_env, settings, "cold")


if __name__ == "__main__":
    submit(Settings(), {})
