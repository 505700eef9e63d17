"""What is wrong with rows of a file, told all at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SHOWN = 20
"""A file with a wrong heading or decimal comma has as many problems as rows."""
LONGEST_VALUE = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that cannot be used, and why."""

    path: Path
    line: int
    text: str
    """Begins with what follows the line: `column LCLid: 'A B'; a meter is ...`."""
    rows: int = 1
    """How many rows the problem keeps from being used."""


def shortened(value: str) -> str:
    """A value as a person recognises it, in quotes."""
    return repr(value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}...")


def told(problems: Sequence[Problem]) -> list[str]:
    """A line for each problem, in the order of files and lines, up to SHOWN, and how many more."""
    lines = [f"{each.path}, line {each.line}{each.text}" for each in problems[:SHOWN]]
    if len(problems) > SHOWN:
        lines.append(f"... and {len(problems) - SHOWN:,} more")
    return lines
