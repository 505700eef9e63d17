"""Submit the jobs of a stage; `wattstream bench` prints its `flink run`."""

import argparse
from dataclasses import replace

from benchmarks.stages import STAGES
from contracts.settings import Settings
from jobs import hot
from jobs.all import flow_of
from jobs.build import submit


def main() -> None:
    """Submit the jobs one after the other."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("stage", choices=STAGES)
    arguments.add_argument(
        "--checkpoints-url", required=True, help="folder for the checkpoints, a folder a job"
    )
    given = arguments.parse_args()
    settings, stage = Settings(), STAGES[given.stage]
    for job in stage.jobs:
        options = {"execution.checkpointing.dir": f"{given.checkpoints_url}/{job}"}
        flow = flow_of(job)
        if job == hot.FLOW.name and stage.statements is not None:
            flow = replace(flow, statements=(*hot.LEDGER, *stage.statements))
        submit(flow, settings, options)


if __name__ == "__main__":
    main()
