"""The log that is drained: a fleet's readings on Kafka, filled once and used again."""

import math
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
from confluent_kafka import KafkaException
from rich.console import Console

from adapters.kafka import topic_ends
from benchmarks.exclusive import mark
from contracts.settings import Settings
from contracts.topics import readings
from infra.provision import erase, provision
from infra.settings import stack_data_dir
from simulators.fleet.plan import FleetPlan
from simulators.run.scenario import load_scenario, run_of
from simulators.run.simulation import Run, load_run, run_simulation

LATE, MALFORMED, SEED = 0.02, 0.001, 6
PROCESSES = 2
LATE_MAX = "2m"
"""Late readings are a minute late at least: the log, some minutes long, is to hold their arrivals
among all others, as that of a fleet which goes on for days does."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is on the log: a fleet's readings in arrival order."""

    meters: int
    seconds: int
    """Of log time."""
    cadence: str = "1s"
    """How often each meter reads, of log time."""
    late: float = LATE
    """Share of the readings that come late, by one to two minutes."""
    malformed: float = MALFORMED
    seed: int = SEED

    def run(self, settings: Settings) -> Run:
        """The fleet, as fast as it can be sent."""
        return load_run(
            settings,
            # what all peers can read
            FleetPlan(
                self.meters, seed=self.seed, commodity="mixed", cadence=self.cadence, announce=False
            ),
            seconds=self.seconds,
            rate=math.inf,
            processes=PROCESSES,
            late=self.late,
            late_max=LATE_MAX,
            malformed=self.malformed,
        )

    def __str__(self) -> str:
        return f"{self.meters:,} meters, each {self.cadence}, {self.seconds} s"


@dataclass(frozen=True, slots=True)
class ScenarioPlan:
    """What is on the log: a scenario of `wattstream simulate`, as fast as it can be sent."""

    scenario: str
    """A ready one by name, or a TOML file by path."""

    def run(self, settings: Settings) -> Run:  # noqa: ARG002
        """The scenario's fleet, whatever rate the file gives.

        Raises:
            FileError, OptionError: there is none, or it has a wrong value.
        """
        return run_of(load_scenario(self.scenario, {"rate": "max"}), processes=PROCESSES)

    def __str__(self) -> str:
        return self.scenario


@dataclass(frozen=True, slots=True)
class ReadingsLog:
    """A log that is filled."""

    plan: Plan | ScenarioPlan
    events: int
    """Messages: readings, malformed ones, and heartbeats."""
    late: int
    malformed: int
    ends: list[int]
    """Offset after the last message of each partition."""
    segment_bytes: int
    """As the broker keeps it, compressed."""


def filled(settings: Settings, plan: Plan | ScenarioPlan, console: Console) -> ReadingsLog:
    """The namespace's log; one that does not hold this plan is deleted with all else and filled, as
    is that of a scenario, whose file may have changed.

    Raises:
        FileError, OptionError: the plan cannot be run.
    """
    known = _read(mark(settings))
    if known is not None and known.plan == plan and _is_there(settings, known):
        return known
    run = plan.run(settings)
    console.print(f"filling the log: {plan}")
    erase(settings)
    provision(settings)
    summary = run_simulation(settings, run, console)
    if summary.interrupted:
        raise KeyboardInterrupt
    ends = topic_ends(settings)
    log = ReadingsLog(
        plan, sum(ends), summary.late, summary.malformed, ends, _segment_bytes(settings)
    )
    mark(settings).write_bytes(orjson.dumps(asdict(log)))
    return log


def _read(path: Path) -> ReadingsLog | None:
    content = orjson.loads(path.read_bytes())
    try:
        return ReadingsLog(**(content | {"plan": Plan(**content["plan"])}))
    except (KeyError, TypeError):
        # Nothing is filled yet, or by a build that described it otherwise.
        return None


def _is_there(settings: Settings, known: ReadingsLog) -> bool:
    try:
        return topic_ends(settings) == known.ends and any(settings.recordings_dir.iterdir())
    except (KafkaException, FileNotFoundError):
        return False


def _segment_bytes(settings: Settings) -> int:
    folders = stack_data_dir(settings).glob(f"kafka/**/{readings(settings).name}-*")
    return sum(file.stat().st_size for folder in folders for file in folder.glob("*.log"))
