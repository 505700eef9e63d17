"""Options that several commands have."""

from typing import Annotated

import typer

from contracts.settings import Settings

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
