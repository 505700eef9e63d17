"""`notify.toml`, read from its text; what is wrong with it is told by its key."""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from services.notifier.errors import NotifyError
from services.notifier.rules import TAKES, Channel, Notify


def read_rules(text: str, file: str = "notify.toml") -> Notify:
    """What a file says.

    Args:
        file: Its name, for errors.

    Raises:
        NotifyError: it is no TOML, or a value cannot be; names the file, the key, the value, and
            what to do, of all that is wrong.
    """
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NotifyError(f"{file} is no TOML: {error}; mend it there") from None
    try:
        notify = Notify.model_validate(said)
    except ValidationError as error:
        raise _wrong(file, [_told(each, said) for each in error.errors()]) from None
    if wrong := list(_disagreements(notify)):
        raise _wrong(file, wrong)
    return notify


def _wrong(file: str, what: list[str]) -> NotifyError:
    return NotifyError("\n".join(f"{file}: {each}" for each in what))


def _told(error: ErrorDetails, said: Mapping[str, Any]) -> str:
    path, key = error["loc"], _key(error["loc"], said)
    if error["type"] == "missing":
        return f"{key} is missing: add it"
    if error["type"] == "extra_forbidden":
        return f"{key} is unknown: take it out, or mend its name"
    if error["type"] == "literal_error":
        return f"{key} is {error['input']!r}: give {error['ctx']['expected']}"
    remedy = str(error.get("ctx", {}).get("error", error["msg"]))
    if path[-1:] in (("url_env",), ("secret_env",)):
        # Who writes the address itself there shall not find it in a log.
        return f"{key} is not what it must be: {remedy}"
    if path[-1:] == ("[key]",):
        return f"{key.removesuffix('.[key]')}: {remedy}"
    return f"{key} is {error['input']!r}: {remedy}"


def _key(path: tuple[int | str, ...], said: Mapping[str, Any]) -> str:
    """A path as people write it: rules by their names, where they have one."""
    if path[:1] == ("rule",) and len(path) > 1 and isinstance(path[1], int):
        rule = said["rule"][path[1]]
        name = rule.get("name") if isinstance(rule, dict) else None
        first = f"rule {name}" if isinstance(name, str) else f"rule number {path[1] + 1}"
        return ".".join((first, *map(str, path[2:])))
    return ".".join(map(str, path))


def _disagreements(notify: Notify) -> Iterator[str]:
    """What each value by itself does not show."""
    for name, times in Counter(rule.name for rule in notify.rule).items():
        if times > 1:
            yield f"rule {name} is there {times} times: give each a name of its own"
    known = ", ".join(sorted(notify.channel)) or "none"
    for rule in notify.rule:
        for key, names in (("to", rule.to), ("escalate.to", rule.channels[len(rule.to) :])):
            for each in names:
                if each not in notify.channel:
                    yield (
                        f"rule {rule.name}.{key} is {each!r}, and channels are {known}: add "
                        f"[channel.{each}] or name one of them"
                    )
        if rule.quiet is not None and rule.quiet.begin == rule.quiet.end:
            yield (
                f"rule {rule.name}.quiet is from {rule.quiet.begin:%H:%M} to the same: give two "
                "times, or leave quiet out"
            )
    yield from _of_customers(notify)
    for name, channel in notify.channel.items():
        for key in _lacking(channel):
            yield f"channel.{name}.{key} is missing, which type {channel.type!r} needs: add it"


def _of_customers(notify: Notify) -> Iterator[str]:
    customers = notify.customers
    if customers is None:
        return
    known = ", ".join(sorted(notify.channel)) or "none"
    for name in customers.channels:
        channel = notify.channel.get(name)
        if channel is None:
            yield (
                f"customers.channels has {name!r}, and channels are {known}: add [channel.{name}] "
                "or name one of them"
            )
        elif channel.type not in TAKES:
            yield (
                f"customers.channels has {name!r}, whose type is {channel.type!r}: name channels "
                f"of type {' or '.join(map(repr, TAKES))}"
            )
        for rule in notify.rule:
            if name in rule.channels:
                yield (
                    f"rule {rule.name} tells {name!r}, which customers.channels has: it has no "
                    "receiver of its own; add another channel for the rule"
                )
    for key, those in (("channels", customers.channels), ("languages", customers.languages)):
        for each, times in Counter(those).items():
            if times > 1:
                yield f"customers.{key} has {each!r} {times} times: name it once"


def _lacking(channel: Channel) -> Iterator[str]:
    needs = {
        "webhook": ("secret_env",),
        "home-assistant": ("secret_env", "speaker", "voice"),
    }
    for key in needs.get(channel.type, ()):
        if getattr(channel, key) is None:
            yield key
