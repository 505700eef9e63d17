"""The history job: rows that the hot job puts on Kafka, and alerts, into Cassandra.

It is a job of its own so that a Cassandra that is slow or down holds back neither live state nor
the archive: docs/decisions/0008-history-is-a-job-of-its-own.md. Submit it with
`flink run --python jobs/history.py`; docs/operations.md has the whole command.
"""

from contracts.settings import Settings
from jobs.build import Flow, submit
from jobs.functions.history import (
    write_alerts,
    write_area_minutes,
    write_minutes,
    write_periods,
)

FLOW = Flow(
    "history",
    statements=(
        "tables/acknowledged",
        "tables/minute_rows",
        "tables/period_rows",
        "tables/area_minute_rows",
        "tables/alert_versions",
        "inserts/stored_minutes",
        "inserts/stored_periods",
        "inserts/stored_area_minutes",
        "inserts/stored_alerts",
    ),
    functions={
        "write_minutes": write_minutes,
        "write_periods": write_periods,
        "write_area_minutes": write_area_minutes,
        "write_alerts": write_alerts,
    },
)

if __name__ == "__main__":
    submit(FLOW, Settings(), {})
