"""The numbers that alerts are made by: `rules.toml`, read and checked.

Read once, where jobs are submitted: a job that runs keeps the rules that it was submitted with.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from contracts.errors import RequestError

PATH = Path(__file__).with_name("rules.toml")

Count = Annotated[int, Field(ge=1)]
Percent = Annotated[int, Field(ge=1, le=100)]
Span = Annotated[int, Field(ge=0)]
"""In milliseconds."""


class RulesError(RequestError):
    """The rules cannot be read, or a number is none; the message says which."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Updates(_Part):
    """When an alert that is open is told of again."""

    apart_ms: Span
    homes: Count
    homes_percent: Percent


class Cause(_Part):
    """What registers that counted in a silence say of its cause: shares of what was expected."""

    power_below: Annotated[float, Field(ge=0)]
    communication_above: Annotated[float, Field(ge=0)]

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.power_below > self.communication_above:
            raise ValueError(
                f"power_below is {self.power_below:g} and communication_above is "
                f"{self.communication_above:g}: a share could be both; set power_below to no more"
            )
        return self


class Outage(_Part):
    """When homes of a feeder are out together, and until when."""

    due_homes: Count
    living_homes: Count
    at_once_homes: Count
    at_once_percent: Percent
    back_after_ms: Span
    restored_percent: Percent
    restored_wait_cadences: Annotated[int, Field(ge=0)]
    restored_wait_ms: Span
    momentary_ms: Span
    critical_homes: Count
    gone_after_ms: Span
    cause_homes: Count
    cause: Cause


class Silence(_Part):
    """When a meter is silent by itself, and until when."""

    gone_after_ms: Span
    cause: Cause


class Rules(_Part):
    """All of them."""

    version: Annotated[str, Field(min_length=1)]
    updates: Updates
    outage: Outage
    silence: Silence


def read(path: Path = PATH) -> Rules:
    """The rules of a file.

    Raises:
        RulesError: there is no such file, it is no TOML, or a number is missing, unknown or out of
            its bounds.
    """
    try:
        return Rules.model_validate(tomllib.loads(path.read_text()))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise RulesError(f"{path}: {error}; give a file like {PATH}") from error
    except ValidationError as error:
        wrong = "; ".join(map(_told, error.errors()))
        raise RulesError(f"{path}: {wrong}; mend it as in {PATH}") from error


def _told(error: ErrorDetails) -> str:
    name = ".".join(map(str, error["loc"]))
    if error["type"] == "missing":
        return f"{name} is missing"
    return f"{name} is {error['input']!r}: {error['msg']}"
