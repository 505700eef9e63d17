"""The hot job: on-time readings into live state (Redis) and rows of history (Kafka), in event time.

Submit it with `flink run --python jobs/hot.py`; docs/operations.md has the whole command.
"""

from contracts.settings import Settings
from jobs.build import Flow, submit
from jobs.functions.live import write_live_areas, write_live_meters
from jobs.java_views import records, slices_and_minutes

COLUMNS = (
    *("meter_id", "geohash", "commodity", "ts", "seq", "register", "demand"),
    *("energy", "interval_ms", "heartbeat", "announcement", "problem"),
)
"""What the live view needs of a message."""

WINDOWS = (
    records(COLUMNS),
    "views/judged_readings",
    "views/on_time_readings",
    slices_and_minutes,
)
"""From Kafka to the slices and minutes of meters."""

FLOW = Flow(
    "hot",
    statements=(
        *WINDOWS,
        "tables/acknowledged",
        "tables/minute_rows",
        "tables/area_minute_rows",
        "views/area_slices",
        "views/area_minutes",
        "inserts/live_meters",
        "inserts/live_areas",
        "inserts/on_time_minutes",
        "inserts/area_minutes",
    ),
    functions={"write_live_meters": write_live_meters, "write_live_areas": write_live_areas},
    java_functions={"live_meter_json": "io.wattstream.readings.LiveMeterJson"},
)

if __name__ == "__main__":
    submit(FLOW, Settings(), {})
