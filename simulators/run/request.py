"""A run as options describe it: those of the command line, none of which need be given."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from contracts.settings import Settings
from simulators.fleet.plan import FleetPlan
from simulators.options import parse_duration, parse_rate
from simulators.run.scenario import load_scenario, run_of
from simulators.run.simulation import Run, load_run


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetOptions:
    """The fields of FleetPlan but its seed; None is not given."""

    meters: int | None = None
    profile: str | None = None
    place: str | None = None
    commodity: str | None = None
    cadence: str | None = None
    solar: float | None = None
    ev: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What is asked of a run; None is not given."""

    fleet: FleetOptions = FleetOptions()
    scenario: str | None = None
    """A ready one by name or a TOML file by path; what else is given takes its values' place."""
    seed: int | None = None
    start: datetime | None = None
    """With a time zone."""
    seconds: float | None = None
    """Of the meters' clocks in a scenario, else as `load_run` takes them."""
    rate: str | None = None
    """`max`, or readings a second."""
    late: float | None = None
    late_max: str | None = None
    """Such as `40s`."""
    repeat: float | None = None
    malformed: float | None = None
    processes: int = 1
    settle: bool | None = None
    record: bool = True


def requested_run(settings: Settings, options: RunOptions) -> Run:
    """The run that is asked for.

    Raises:
        OptionError, FileError: a value that cannot be used, or no such scenario.
    """
    if options.scenario is not None:
        return _from_scenario(options.scenario, options)
    plan = FleetPlan(**_given(seed=options.seed, **asdict(options.fleet)))
    return load_run(
        settings,
        plan,
        seconds=options.seconds,
        rate=None if options.rate is None else parse_rate(options.rate),
        processes=options.processes,
        start=options.start,
        late_max=options.late_max,
        settle=options.settle,
        record=options.record,
        **_given(late=options.late, repeat=options.repeat, malformed=options.malformed),
    )


def _from_scenario(source: str, options: RunOptions) -> Run:
    longest_s = None
    if options.late_max is not None:
        longest_s = parse_duration("--late-max", options.late_max).total_seconds()
    scenario = load_scenario(
        source,
        {
            "seed": options.seed,
            "start": options.start,
            "minutes": None if options.seconds is None else options.seconds / 60,
            "rate": options.rate,
            "fleet": asdict(options.fleet),
            "network": {
                "late_share": options.late,
                "late_max_s": longest_s,
                "repeat_share": options.repeat,
                "malformed_share": options.malformed,
            },
        },
    )
    return run_of(
        scenario, processes=options.processes, record=options.record, settle=options.settle
    )


def _given(**values: Any) -> dict[str, Any]:  # noqa: ANN401
    return {name: value for name, value in values.items() if value is not None}
