"""What is wrong with the configuration, in words that name the variable to mend."""

import difflib
from collections.abc import Iterable, Mapping

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from contracts.settings import NOTIFY_PREFIX, PREFIX, Settings, without_password
from contracts.settings import names as settings_names
from infra.local.processes import MARK
from infra.settings import StackSettings

CLASSES: tuple[type[BaseSettings], ...] = (Settings, StackSettings)
PREFIXES = {each.__name__: each.model_config["env_prefix"] for each in CLASSES}


def problems(error: ValidationError) -> list[str]:
    """A message for each value that settings of either class refused."""
    prefix = PREFIXES.get(error.title, "")
    messages: list[str] = []
    for details in error.errors():
        # Pydantic prepends "Value error, " to the words of our own validators.
        message = str(details.get("ctx", {}).get("error", details["msg"]))
        field = "_".join(str(part) for part in details["loc"])
        value = details["input"]
        shown = repr(without_password(value) if isinstance(value, str) else value)
        variable = f"{prefix}{field.upper()}"
        if not field:
            # The input is all settings, secrets too.
            messages.append(message)
        elif isinstance(value, Mapping):
            # All settings of a service, its password too.
            messages.append(f"{variable}_…: {message}")
        elif field == "namespace":
            messages.append(f"namespace is {shown}: {message} (--namespace or {variable})")
        else:
            messages.append(f"{variable} is {shown}: {message}")
    return messages


def unknown_variables(names: Iterable[str]) -> list[str]:
    """A message for each of the environment's names that looks like a setting and is none."""
    known = set().union(*map(settings_names, CLASSES))
    unknown = {
        name.upper()
        for name in names
        if name.upper().startswith(PREFIX) and not name.upper().startswith(NOTIFY_PREFIX)
    }
    return [
        f"there is no setting {name}{_suggestion(name, known)}"
        for name in sorted(unknown - known - {MARK})
    ]


def _suggestion(name: str, known: set[str]) -> str:
    # All begin alike, which would make any two of them similar.
    ends = {each.removeprefix(PREFIX): each for each in sorted(known)}
    nearest = difflib.get_close_matches(name.removeprefix(PREFIX), ends, n=1)
    return f"; did you mean {ends[nearest[0]]}?" if nearest else ": unset it"
