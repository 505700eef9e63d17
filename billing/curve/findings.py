"""Exceptions: what a person should look at, or a run must not bill as it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from contracts.reading import Commodity

Severity = Literal["note", "review", "hold"]
"""It is told; a person should look at it; the bill waits for one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a register does not meet in some time, epoch ms."""

    rule: str
    register_id: str
    commodity: Commodity
    """With the id it says which register."""
    begin_ms: int
    end_ms: int
    severity: Severity
    detail: Mapping[str, int | float | str] = field(default_factory=dict)
    """What the rule compared, by name."""
