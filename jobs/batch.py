"""History as a batch over the archive: minutes, periods and corrections by SQL alone, which shares
nothing with the operators of the stream.

What depends on more than readings is not computed: an area's minute counts meters that are silent,
by cadences that the registry announces, and the archive holds no announcements. Submitted by
`wattstream recompute`, which prints the command.
"""

import argparse

from contracts.settings import Settings
from jobs.build import Flow, submit

FLOWS = {
    flow.name: flow
    for flow in (
        Flow(
            "recompute",
            statements=(
                "tables/archive",
                "tables/archived_readings",
                "views/batch_judged_readings",
                "views/batch_words",
                "views/batch_kept_words",
                "views/batch_said_readings",
                "views/batch_history_rows",
                "views/batch_minutes",
                "views/batch_periods",
                "tables/batch_minute_rows",
                "tables/batch_period_rows",
                "inserts/minutes",
                "inserts/periods",
            ),
            configuration={"execution.runtime-mode": "BATCH"},
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
