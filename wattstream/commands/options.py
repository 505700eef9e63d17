"""Options that several commands have."""

from typing import Annotated

import typer

from contracts.settings import Settings
from simulators.errors import OptionError

Namespace = Annotated[
    str | None,
    typer.Option("--namespace", "-n", help="Prefix of topics, keys, keyspace and jobs."),
]


def settings_of(namespace: str | None) -> Settings:
    """The settings, for this namespace if it is given.

    Raises:
        pydantic.ValidationError: a setting is wrong.
    """
    return Settings() if namespace is None else Settings(namespace=namespace)


def is_alone(context: typer.Context, *given: object) -> bool:
    """Whether a command that has others below it is to do its own work.

    Args:
        given: What its own options say; what they say by default is nothing, no or 0.

    Raises:
        OptionError: one of them says something else, before another command.
    """
    name = context.invoked_subcommand
    if name is not None and any(given):
        raise OptionError(f"an option is given before `{name}`: give those of `{name}` after it")
    return name is None
