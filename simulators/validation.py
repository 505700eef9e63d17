"""Options as pydantic models, and errors that name the field, its value and what to give."""

import math
from collections.abc import Mapping
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from simulators.errors import OptionError


class Options(BaseModel):
    """A group of options. It does not change, and a field that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Model = TypeVar("Model", bound=BaseModel)
Number = TypeVar("Number", int, float)


def within(lowest: float, highest: float = math.inf) -> AfterValidator:
    """Limits of a number, both allowed; infinity and not-a-number never are."""
    wanted = f"{lowest:g} or more" if highest == math.inf else f"{lowest:g} to {highest:g}"

    def check(number: Number) -> Number:
        if not (lowest <= number <= highest and math.isfinite(number)):
            raise ValueError(f"give {wanted}")
        return number

    return AfterValidator(check)


Share = Annotated[float, within(0, 1)]


def checked(
    model: type[Model], values: Mapping[str, object], names: Mapping[str, str] | None = None
) -> Model:
    """Make options of what a file or a command line says.

    Args:
        names: what people call a field where that is not its name, such as `--late`.

    Raises:
        OptionError: says of each wrong value its field, the value and what to give.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise OptionError(
            "; ".join(_in_words(problem, names or {}) for problem in error.errors())
        ) from None


def _in_words(problem: ErrorDetails, names: Mapping[str, str]) -> str:
    path = _path(problem["loc"])
    name = names.get(path, path)
    message = problem["msg"].removeprefix("Value error, ").replace("Input should be", "give")
    match problem["type"]:
        case "missing":
            return f"{name} is missing"
        case "extra_forbidden" | "unexpected_keyword_argument":
            return f"{name} is not an option: check its spelling"
        case "union_tag_not_found":
            return f"{name}.kind is missing"
        case "union_tag_invalid":
            context = problem["ctx"]
            return f"{name}.kind is {context['tag']!r}: give one of {context['expected_tags']}"
        case "value_error" if isinstance(problem["input"], Mapping):
            for field, called in names.items():
                message = message.replace(field, called)
            return f"{name}.{message.removeprefix('--')}" if name else message
        case _:
            return f"{name} is {problem['input']!r}: {message}"


def _path(parts: tuple[int | str, ...]) -> str:
    """`network.late_share`; members of a list count from 1, as in `faults[1].minutes`."""
    path = ""
    for part in parts:
        path += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return path.removeprefix(".")
