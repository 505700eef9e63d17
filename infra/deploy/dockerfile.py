"""A Dockerfile as steps: what of its language ours uses, and nothing else.

Docker's own reading of it is what counts; this one is for trying the steps where there is none.
"""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from infra.errors import StackError


@dataclass(frozen=True, slots=True)
class Copy:
    """Files of the context, or of another stage, into the image."""

    sources: tuple[str, ...]
    target: str
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A command of a shell."""

    command: str
    caches: tuple[str, ...] = ()
    """Folders that outlive the step, and are not in the image."""


Step = Copy | Run


@dataclass(slots=True)
class Stage:
    """An image on the way to another, or one that is used."""

    name: str
    begins_with: str
    """Another stage, or an argument in `${…}`."""
    steps: list[tuple[Step, dict[str, str], str]] = field(default_factory=list)
    """Each with its environment and its user."""
    environment: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = "0:0"
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)


def stages(text: str) -> dict[str, Stage]:
    """The stages by name, in their order; each knows what it inherits.

    Raises:
        StackError: an instruction is none that this project uses.
    """
    found: dict[str, Stage] = {}
    stage: Stage | None = None
    for word, rest in instructions(text):
        if word == "ARG":
            continue
        if word == "FROM":
            begin, _, name = rest.partition(" AS ")
            stage = _begun(name, begin, found.get(begin))
            found[name] = stage
        elif stage is None:
            raise StackError(f"{word} stands before FROM")
        else:
            _add(stage, word, rest)
    return found


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """Word and rest of each, comments left out and lines that go on joined."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield word, " ".join(rest.split())


def _begun(name: str, begin: str, parent: Stage | None) -> Stage:
    if parent is None:
        return Stage(name, begin)
    return Stage(
        name,
        begin,
        environment=dict(parent.environment),
        folder=parent.folder,
        user=parent.user,
        entrypoint=parent.entrypoint,
        command=parent.command,
        ports=list(parent.ports),
    )


def _add(stage: Stage, word: str, rest: str) -> None:
    match word:
        case "ENV":
            stage.environment |= dict(each.split("=", 1) for each in shlex.split(rest))
        case "WORKDIR":
            stage.folder = rest
        case "USER":
            stage.user = rest
        case "EXPOSE":
            stage.ports += map(int, rest.split())
        case "ENTRYPOINT":
            stage.entrypoint = json.loads(rest)
        case "CMD":
            stage.command = json.loads(rest)
        case "COPY":
            stage.steps.append((_copy(rest), dict(stage.environment), stage.user))
        case "RUN":
            stage.steps.append((_run(rest), dict(stage.environment), stage.user))
        case "VOLUME":
            pass
        case _:
            raise StackError(f"{word} is no instruction that infra/deploy/dockerfile.py knows")


def _copy(rest: str) -> Copy:
    words = rest.split()
    stage = words.pop(0).removeprefix("--from=") if words[0].startswith("--from=") else None
    return Copy(tuple(words[:-1]), words[-1], stage)


def _run(rest: str) -> Run:
    caches = []
    while (found := re.match(r"--mount=(\S+) ", rest)) is not None:
        options = dict(each.split("=", 1) for each in found[1].split(","))
        if options["type"] != "cache":
            raise StackError(f"--mount={found[1]}: only caches are known here")
        caches.append(options["target"])
        rest = rest[found.end() :]
    return Run(rest, tuple(caches))
