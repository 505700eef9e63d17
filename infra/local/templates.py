"""Configuration files as templates: `${name}` stands for a value."""

from collections.abc import Mapping
from pathlib import Path
from string import Template

from infra.errors import StackError


def filled_in(template: Path, values: Mapping[str, object]) -> str:
    """The template's text with its values.

    Raises:
        StackError: the template has a name without a value, or a stray `$`.
    """
    try:
        return Template(template.read_text()).substitute(values)
    except KeyError as missing:
        raise StackError(f"{template}: there is no value for ${{{missing.args[0]}}}") from None
    except ValueError as error:
        raise StackError(f"{template}: {error}") from None
