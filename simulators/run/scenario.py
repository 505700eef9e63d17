"""Scenarios: a fleet, its network and its faults in one small file."""

import math
import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, Field, PlainValidator, model_validator

from contracts.time import MINUTE_MS
from simulators.errors import FileError, OptionError
from simulators.faults.kinds import AnyFault, whole_seconds_ms
from simulators.fleet.plan import FleetPlan
from simulators.network.conditions import Network
from simulators.options import parse_rate
from simulators.run.simulation import Run
from simulators.validation import Options, checked, within

SCENARIOS = Path(__file__).parents[1] / "scenarios"
"""The ready ones, `<name>.toml` each."""


def _readings_per_second(rate: object) -> float | None:
    if rate == "real":
        return None
    try:
        return parse_rate(str(rate))
    except OptionError:
        raise ValueError("give `max`, `real` or readings a second, above 0") from None


class Scenario(Options):
    """A run of a simulated fleet. Times are simulated: they pass as fast as `rate` allows."""

    name: str
    """That of the file."""
    description: Annotated[str, Field(min_length=1)]
    seed: int = 1
    """Of everything that is chosen by hash: fleet, network and faults."""
    start: AwareDatetime
    minutes: Annotated[float, within(0.01, 366 * 1_440)]
    """How long the meters read; what the network still holds then arrives later."""
    rate: Annotated[float | None, PlainValidator(_readings_per_second)] = math.inf
    """Readings a second: a number or `max`; `real` (None) is in real time, from now on instead of
    from `start`."""
    fleet: FleetPlan
    network: Network
    faults: tuple[AnyFault, ...] = ()

    @property
    def begin_ms(self) -> int:
        """When the meters begin to read, epoch ms."""
        return _epoch_ms(self.start)

    @property
    def end_ms(self) -> int:
        """Readings up to this time, epoch ms."""
        return self.begin_ms + whole_seconds_ms(self.minutes)

    @model_validator(mode="before")
    @classmethod
    def _one_seed_and_beginning(cls, values: Any) -> Any:  # noqa: ANN401
        """Fleet and network take them from the scenario, and may not have their own."""
        seed, start = values.get("seed", 1), values.get("start")
        begin_ms = _epoch_ms(start) if isinstance(start, datetime) else 0
        for table in ("fleet", "network"):
            if own := {"seed", "begin_ms"} & set(values.get(table, {})):
                raise ValueError(f"{table}.{own.pop()} is not an option: the scenario has one seed")
        return {
            **values,
            "fleet": {**values.get("fleet", {}), "seed": seed},
            "network": {**values.get("network", {}), "seed": seed, "begin_ms": begin_ms},
        }

    @model_validator(mode="after")
    def _faults_begin_before_the_end(self) -> Self:
        for number, fault in enumerate(self.faults, 1):
            after_minutes = (fault.begins_after(self.begin_ms) - self.begin_ms) / MINUTE_MS
            if after_minutes >= self.minutes:
                raise ValueError(
                    f"faults[{number}] ({fault.kind}) would begin after {after_minutes:g} minutes, "
                    f"but the run is over after {self.minutes:g}"
                )
        return self


def load_scenario(source: str, overrides: Mapping[str, object] | None = None) -> Scenario:
    """Read a ready scenario by name, or a TOML file by path.

    Args:
        overrides: values that take the place of the file's, as `{"seed": 2, "fleet": {"meters":
            10}}`; other values of `fleet` and `network` stay, and None leaves the file's.

    Raises:
        FileError: there is none, or it is not TOML.
        OptionError: a wrong value; says which field of which scenario, and what to give.
    """
    path = Path(source) if source.endswith(".toml") else SCENARIOS / f"{source}.toml"
    try:
        values = tomllib.loads(path.read_text())
    except FileNotFoundError:
        if source.endswith(".toml"):
            raise FileError(f"--scenario is {source}: there is no such file") from None
        known = ", ".join(sorted(each.stem for each in SCENARIOS.glob("*.toml")))
        raise FileError(
            f"there is no scenario {source}: give a path that ends in .toml, or one of {known}"
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise FileError(f"{path}: cannot be read as TOML: {problem}") from problem
    for table in ("fleet", "network"):
        if not isinstance(values.get(table, {}), Mapping):
            raise OptionError(
                f"scenario {path.stem}: {table} is {values[table]!r}: give a table [{table}]"
            )
    for field, value in _given(overrides or {}).items():
        if isinstance(value, Mapping):
            value = {**values.get(field, {}), **_given(value)}
        values[field] = value
    try:
        return checked(Scenario, {"name": path.stem, **values})
    except OptionError as error:
        raise OptionError(f"scenario {path.stem}: {error}") from None


def ready_scenarios() -> list[Scenario]:
    """Those that come with the project, by name."""
    return [load_scenario(path.stem) for path in sorted(SCENARIOS.glob("*.toml"))]


def run_of(
    scenario: Scenario, *, processes: int = 1, record: bool = True, settle: bool | None = None
) -> Run:
    """The run that a scenario describes."""
    return Run(
        scenario.name,
        scenario.fleet,
        scenario.network,
        scenario.faults,
        start=None if scenario.rate is None else scenario.start.replace(microsecond=0),
        seconds=(scenario.end_ms - scenario.begin_ms) / 1_000,
        rate=scenario.rate,
        processes=processes,
        record=record,
        settle=settle,
    )


def _given(values: Mapping[str, object]) -> dict[str, object]:
    return {field: value for field, value in values.items() if value is not None}


def _epoch_ms(time: datetime) -> int:
    """Meters read at whole seconds, so fractions are dropped."""
    return int(time.timestamp()) * 1_000
