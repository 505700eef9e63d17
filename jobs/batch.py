"""The hot and the cold job's flow as a batch over the archive: slices and minutes by SQL alone, and
the same statements for all that follows.

Submitted by `wattstream recompute` and `wattstream rebuild-live`, which print the command.
"""

import argparse

from contracts.settings import Settings
from jobs import build

READINGS = (
    "cold/3_archive",
    "batch/0_archived_readings",
    "batch/1_judged_readings",
    "hot/1_on_time_readings",
)

STATEMENTS = {
    "recompute": (
        *READINGS,
        "batch/3_minutes",
        "hot/3_area_minutes",
        "cold/1_late_readings",
        "cold/2_corrections",
        "batch/4_minute_rows",
        "batch/5_area_minute_rows",
        "hot/6_write_minutes",
        "hot/7_write_area_minutes",
        "cold/5_write_corrections",
    ),
    "rebuild-live": (
        *READINGS,
        "batch/2_slices",
        "hot/2_area_slices",
        "batch/6_live_meters",
        "batch/7_live_areas",
        "batch/8_write_live_meters",
        "batch/9_write_live_areas",
    ),
}
"""Files of `jobs/sql/` in their order, by what the batch is for."""


def main() -> None:
    """Run a batch and wait for its end."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("job", choices=STATEMENTS)
    arguments.add_argument("--archive-url", required=True, help="snapshot of the archive")
    arguments.add_argument("--results-url", required=True, help="folder for the results")
    arguments.add_argument("--from-ms", type=int, required=True, help="first event time, epoch ms")
    arguments.add_argument("--to-ms", type=int, required=True, help="event time after the last")
    given = vars(arguments.parse_args())
    settings = Settings()
    job = given.pop("job")
    table_env = build.table_environment(settings, job, {"execution.runtime-mode": "BATCH"})
    build.run_statements(table_env, settings, job, STATEMENTS[job], given).wait()


if __name__ == "__main__":
    main()
