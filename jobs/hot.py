"""The hot job: all usable readings into live state (Redis), rows of history and facts (Kafka), and
those that came late into corrections, in event time.

Submit it with `flink run --python jobs/hot.py`; docs/operations.md has the whole command.
"""

from contracts.settings import Settings
from jobs.build import Flow, submit
from jobs.functions.hours import judge_hours
from jobs.functions.live import write_live_groups, write_live_largest, write_live_meters
from jobs.java_views import ledger_views, records

COLUMNS = (
    *("meter_id", "geohash", "commodity", "ts", "seq", "register", "demand", "voltage_v"),
    *("energy", "interval_ms", "revision", "quality", "heartbeat", "closing", "problem"),
    *("announcement", "feeder", "region", "cadence_ms", "kind", "register_size", "removed"),
    *("capacity_w", "supply", "installed_ms", "lost_power_ms"),
)
"""What live state and history need of a message."""

LEDGER = (
    records(COLUMNS),
    "views/judged_readings",
    "views/usable_readings",
    ledger_views,
)
"""From Kafka to what is known of meters and groups."""

FLOW = Flow(
    "hot",
    statements=(
        *LEDGER,
        "tables/acknowledged",
        "tables/minute_rows",
        "tables/period_rows",
        "tables/area_minute_rows",
        "inserts/live_meters",
        "inserts/live_groups",
        "inserts/live_largest",
        "inserts/minutes",
        "inserts/periods",
        "inserts/area_minutes",
        "tables/facts",
        "inserts/feeder_facts",
        "inserts/meter_hours",
        "views/judged_hours",
        "inserts/judged_hours",
    ),
    functions={
        "write_live_meters": write_live_meters,
        "write_live_groups": write_live_groups,
        "write_live_largest": write_live_largest,
        "judge_hours": judge_hours,
    },
    java_functions={"is_published": "io.wattstream.readings.IsPublished"},
)

if __name__ == "__main__":
    submit(FLOW, Settings(), {})
