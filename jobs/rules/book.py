"""The numbers that alerts are made by: `rules.toml`, read and checked.

Read once, where jobs are submitted: a job that runs keeps the rules that it was submitted with.
"""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic_core import ErrorDetails

from contracts.errors import RequestError

PATH = Path(__file__).with_name("rules.toml")

Count = Annotated[int, Field(ge=1)]
Percent = Annotated[int, Field(ge=1, le=100)]
Span = Annotated[int, Field(ge=0)]
"""In milliseconds."""


class RulesError(RequestError):
    """The rules cannot be read, or a number is none; the message says which."""


class Part(BaseModel):
    """Some numbers that belong together."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Numbers(Part):
    """A block of the file: the numbers of one rule."""

    block: ClassVar[str]
    """Its name in the file."""


N = TypeVar("N", bound=Numbers)


class Updates(Part):
    """When an alert that is open is told of again."""

    apart_ms: Span
    homes: Count
    homes_percent: Percent


@dataclass(frozen=True)
class Rules:
    """All of them."""

    version: str
    updates: Updates
    numbers: Mapping[type[Numbers], Numbers]

    def of(self, block: type[N]) -> N:
        """The numbers of a rule."""
        numbers = self.numbers[block]
        assert isinstance(numbers, block)
        return numbers


class _File(Part):
    version: Annotated[str, Field(min_length=1)]
    updates: Updates


def read(path: Path, blocks: Collection[type[Numbers]]) -> Rules:
    """The rules of a file that has these blocks.

    Raises:
        RulesError: there is no such file, it is no TOML, or a number is missing, unknown or out of
            its bounds.
    """
    fields = {each.block: (each, ...) for each in blocks}
    whole: type[_File] = create_model("Rules", __base__=_File, **fields)  # type: ignore[call-overload]
    try:
        found = whole.model_validate(tomllib.loads(path.read_text()))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise RulesError(f"{path}: {error}; give a file like {PATH}") from error
    except ValidationError as error:
        wrong = "; ".join(map(_told, error.errors()))
        raise RulesError(f"{path}: {wrong}; mend it as in {PATH}") from error
    numbers = {each: getattr(found, each.block) for each in blocks}
    return Rules(found.version, found.updates, numbers)


def _told(error: ErrorDetails) -> str:
    name = ".".join(map(str, error["loc"]))
    if error["type"] == "missing":
        return f"{name} is missing"
    return f"{name} is {error['input']!r}: {error['msg']}"
