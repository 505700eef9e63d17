"""The cold job: all usable readings into the Parquet archive, unusable messages into the rejects
topic.

Submit it with `flink run --python jobs/cold.py`; docs/operations.md has the whole command.
"""

from contracts.settings import Settings
from jobs.build import Flow, submit
from jobs.java_views import records

COLUMNS = (
    *("meter_id", "geohash", "commodity", "ts", "seq", "register", "demand"),
    *("voltage_v", "energy", "interval_ms", "revision", "quality", "quality_code"),
    *("heartbeat", "announcement", "problem", "detail", "payload"),
)
"""What archive and rejects need of a message: all but what an announcement says."""

FLOW = Flow(
    "cold",
    statements=(
        records(COLUMNS),
        "views/judged_readings",
        "tables/archive",
        "tables/rejects",
        "inserts/archive",
        "inserts/rejects",
    ),
    configuration={
        # Judged once for both, readings would travel on with their verdicts as texts, and
        # have their own texts copied twice. Each INSERT judges by comparisons, and copies what it
        # writes.
        "table.optimizer.reuse-optimize-block-with-digest-enabled": "false",
    },
)

if __name__ == "__main__":
    submit(FLOW, Settings(), {})
