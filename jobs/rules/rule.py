"""What a rule is: a pure step from what it keeps of a subject and a fact of it to alerts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from msgspec import Struct

from contracts.alerts import Alert
from contracts.facts import Fact
from jobs.rules.book import Numbers, Rules

F = TypeVar("F", bound=Fact)
S = TypeVar("S", bound=Struct)


@dataclass(frozen=True)
class Rule(Generic[F, S]):
    """A rule. A module of `jobs.rules` that has one under the name `RULE` is one of the watch
    job's."""

    name: str
    """Under which what it keeps is kept: never another one's."""
    fact: type[F]
    """Of which kind of fact it makes alerts."""
    kept: type[S]
    """What it keeps of a subject; without arguments what it has kept before the first fact."""
    numbers: tuple[type[Numbers], ...]
    """Its blocks of `rules.toml`."""
    step: Callable[[S, F, Rules], tuple[S, list[Alert]]]
    """What it keeps after a fact, and the versions of alerts that the fact makes. Nothing else
    than what it is given may play a part in it, no clock either; a fact that is not after the last
    one is a repeat, and changes nothing."""
