"""The three jobs from one client, which saves two starts of a JVM, of Python and of the planner.

`wattstream submit` prints its `flink run`; README.md has that of a single job.
"""

import argparse

from contracts.settings import Settings
from jobs import cold, history, hot

SUBMIT = {"hot": hot.submit, "cold": cold.submit, "history": history.submit}


def main() -> None:
    """Submit the jobs one after the other."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument(
        "--checkpoints-url", required=True, help="folder for the checkpoints, a folder a job"
    )
    for job in SUBMIT:
        arguments.add_argument(
            f"--{job}-from", metavar="URL", help="savepoint or checkpoint to go on from"
        )
    given = vars(arguments.parse_args())
    settings = Settings()
    for job, submit in SUBMIT.items():
        options = {"execution.checkpointing.dir": f"{given['checkpoints_url']}/{job}"}
        if (state := given[f"{job}_from"]) is not None:
            options["execution.state-recovery.path"] = state
        submit(settings, options)


if __name__ == "__main__":
    main()
