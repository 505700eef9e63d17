"""The hot and the cold job's flow as a batch over the archive: slices and minutes by SQL alone, and
the same statements for all that follows.

Submitted by `wattstream recompute` and `wattstream rebuild-live`, which print the command.
"""

import argparse

from contracts.settings import Settings
from jobs.build import Flow, submit

READINGS = (
    "tables/archive",
    "tables/archived_readings",
    "views/batch_judged_readings",
    "views/on_time_readings",
)
BATCH = {"execution.runtime-mode": "BATCH"}

FLOWS = {
    flow.name: flow
    for flow in (
        Flow(
            "recompute",
            statements=(
                *READINGS,
                "views/batch_minutes",
                "views/area_minutes",
                "views/late_readings",
                "views/corrections",
                "tables/batch_minute_rows",
                "tables/batch_area_minute_rows",
                "inserts/on_time_minutes",
                "inserts/area_minutes",
                "inserts/corrections",
            ),
            configuration=BATCH,
        ),
        Flow(
            "rebuild-live",
            statements=(
                *READINGS,
                "views/batch_slices",
                "views/area_slices",
                "tables/batch_live_meters",
                "tables/batch_live_areas",
                "inserts/batch_live_meters",
                "inserts/batch_live_areas",
            ),
            configuration=BATCH,
        ),
    )
}
"""By what the batch is for."""


def main() -> None:
    """Run a batch and wait for its end."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("job", choices=FLOWS)
    arguments.add_argument("--archive-url", required=True, help="snapshot of the archive")
    arguments.add_argument("--results-url", required=True, help="folder for the results")
    arguments.add_argument("--from-ms", type=int, required=True, help="first event time, epoch ms")
    arguments.add_argument("--to-ms", type=int, required=True, help="event time after the last")
    given = vars(arguments.parse_args())
    submit(FLOWS[given.pop("job")], Settings(), {}, given).wait()


if __name__ == "__main__":
    main()
