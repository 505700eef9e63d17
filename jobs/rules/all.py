"""All rules of the watch job: each module of this package that has a `RULE`."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from jobs import rules as package
from jobs.rules import book
from jobs.rules.rule import Rule


def _rules() -> tuple[Rule[Any, Any], ...]:
    names = sorted(each.name for each in iter_modules(package.__path__))
    modules = [import_module(f"{package.__name__}.{name}") for name in names]
    return tuple(module.RULE for module in modules if hasattr(module, "RULE"))


RULES = _rules()


def read(path: Path = book.PATH) -> book.Rules:
    """The numbers of all rules.

    Raises:
        RulesError: as `book.read` does.
    """
    return book.read(path, [numbers for rule in RULES for numbers in rule.numbers])
