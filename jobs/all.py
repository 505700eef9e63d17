"""All jobs of a namespace from one client, which saves starts of a JVM, of Python and of the
planner.

`wattstream submit` prints its `flink run`; docs/operations.md has that of a single job.
"""

import argparse
from importlib import import_module

from contracts.jobs import JOBS
from contracts.settings import Settings
from jobs.build import Flow, submit


def flow_of(job: str) -> Flow:
    """The flow of one of `contracts.jobs.JOBS`, which its module has."""
    flow = import_module(f"jobs.{job}").FLOW
    assert isinstance(flow, Flow)
    return flow


def main() -> None:
    """Submit the jobs one after the other, or one of them."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument(
        "--checkpoints-url", required=True, help="folder for the checkpoints, a folder a job"
    )
    arguments.add_argument("--only", choices=JOBS, help="submit this job and no other")
    for job in JOBS:
        arguments.add_argument(
            f"--{job}-from", metavar="URL", help="savepoint or checkpoint to go on from"
        )
    given = vars(arguments.parse_args())
    settings = Settings()
    for job in JOBS if given["only"] is None else [given["only"]]:
        options = {"execution.checkpointing.dir": f"{given['checkpoints_url']}/{job}"}
        if (state := given[f"{job}_from"]) is not None:
            options["execution.state-recovery.path"] = state
        submit(flow_of(job), settings, options)


if __name__ == "__main__":
    main()
