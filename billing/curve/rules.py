"""Numbers that rules of the curve compare with: data, each version with the time it is for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, get_args

from billing.curve.errors import CurveError
from billing.curve.findings import Severity
from contracts.masters import VeeRule
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS

SEVERITIES: Mapping[str, Severity] = {
    "cadence": "note",
    "counter_decrease": "review",
    "high": "review",
    "jump": "review",
    "low": "review",
    "missing": "note",
    "prolonged": "hold",
    "repeat": "note",
    "reset": "note",
    "rollover": "note",
    "sibling": "review",
    "spike": "review",
    "stuck": "review",
    "sum": "review",
    "unit": "review",
    "unknown_register": "review",
    "unlike_itself": "review",
    "zero": "review",
}
"""Of each rule's findings, where a utility says no other."""

NUMBERS: Mapping[str, tuple[str, ...]] = {
    "cadence": ("cadence_percent",),
    "counter_decrease": ("return_readings",),
    "high": ("sentinels", "unknown_max_w"),
    "low": ("low_percent", "low_days"),
    "missing": (
        *("gap_cadences", "history_ms", "least_history_ms", "straight_ms", "level_ms"),
        *("level_weight", "level_limits"),
    ),
    "prolonged": ("prolonged_ms",),
    "reset": ("reset_late_ms",),
    "sibling": ("sibling_ms",),
    "spike": ("spike_times", "spike_w"),
    "stuck": ("stuck_ms",),
    "sum": ("sum_percent",),
    "unlike_itself": ("unlike_z", "unlike_days"),
    "zero": ("zero_ms",),
}
"""Which of `Rules` are a rule's, where it has any; what is missing is estimated by its own."""


@dataclass(frozen=True, slots=True)
class Rules:
    """One version of the numbers. Those of 6.4 are measured on 90 London homes; others are
    judgement."""

    gap_cadences: float = 1.5
    """A longer step is a gap."""
    sentinels: tuple[int, ...] = (
        *(4_294_967_295, 2_147_483_647),
        *(4_294_967_295_000, 2_147_483_647_000),
    )
    """Registers, thousandths as the meter says them, that mean "nothing": all bits of a 32-bit
    number set, or all but its sign, in thousandths and in whole units."""
    unknown_max_w: int = 100_000
    """What a register of which nobody knows a limit is taken to count at most, where nothing but
    its own word after a reset says how much it counted."""
    return_readings: int = 48
    """So many readings are looked through for one that goes on from before a wrong one."""
    reset_late_ms: int = 10 * MINUTE_MS
    """A month-to-date counter may begin anew so long after the month does."""
    history_ms: int = 28 * DAY_MS
    """An estimate looks so far to both sides of what it is for."""
    least_history_ms: int = 14 * DAY_MS
    """With less of its own a register has no profile."""
    straight_ms: int = HOUR_MS
    """What is no longer is a straight line: a profile is no better (0.3 % and 0.3 % of the cost
    of an hour with a known total), or worse (33.9 % and 37.3 % of an unknown one's energy)."""
    level_ms: int = 12 * HOUR_MS
    """On each side of a gap, in which its level is measured; twice as much before an open end."""
    level_weight: float = 0.5
    """How much of the level counts."""
    level_limits: tuple[float, float] = (0.2, 3.0)
    cadence_percent: float = 10.0
    """The usual step may differ so much from the registry's."""
    low_percent: float = 5.0
    """Of its usual day, below which a register's use is low, ..."""
    low_days: int = 7
    """... for so many days."""
    prolonged_ms: int = 35 * DAY_MS
    """What is longer unmeasured holds the bill."""
    sibling_ms: int = DAY_MS
    """So long may an export register miss while its import register reads."""
    spike_times: float = 3.0
    """A period that has more than so many times the day's second, ..."""
    spike_w: int = 10_000
    """... and more than this, on average."""
    stuck_ms: int = 6 * HOUR_MS
    """So long may a register stand still while its meter says a demand."""
    sum_percent: float = 2.0
    """The sum of demands may differ so much from the register's difference."""
    unlike_z: float = 6.0
    """Robust deviations of a day from its register's own `unlike_days` before."""
    unlike_days: int = 28
    zero_ms: int = DAY_MS
    """So long may a register count nothing."""
    severities: Mapping[str, Severity] = field(default_factory=lambda: SEVERITIES)


def rules_of(parameters: Mapping[str, Any], rules: Rules | None = None) -> Rules:
    """Rules with some numbers as data says them, by their names here; `severities` adds to those.

    Raises:
        CurveError: there is no such number, or it is none.
    """
    base = Rules() if rules is None else rules
    known = {each.name: getattr(base, each.name) for each in fields(base)}
    values: dict[str, Any] = {}
    for name, value in parameters.items():
        if name not in known:
            raise CurveError(f"rule {name} is unknown: give one of {', '.join(sorted(known))}")
        values[name] = _value(name, value, known[name])
    return replace(base, **values)


def _value(name: str, value: Any, before: Any) -> Any:  # noqa: ANN401 - data of any kind
    if isinstance(before, Mapping):
        if not isinstance(value, Mapping) or not set(value) <= set(before):
            raise CurveError(f"rule {name} is {value!r}: give levels of {', '.join(before)}")
        return {**before, **value}
    if isinstance(before, tuple):
        if not isinstance(value, list | tuple) or not all(map(_is_number, value)):
            raise CurveError(f"rule {name} is {value!r}: give a list of numbers")
        return tuple(value)
    if not _is_number(value) or value < 0:
        raise CurveError(f"rule {name} is {value!r}: give a number of 0 or more")
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def rules_at(versions: Iterable[VeeRule], at_ms: int) -> Rules:
    """The rules for what is supplied at a time: those above, but for what versions in force then
    say otherwise.

    Raises:
        CurveError: one says what is no rule, or no number of its rule.
    """
    found = Rules()
    for each in versions:
        if each.begin_ms <= at_ms and (each.end_ms is None or at_ms < each.end_ms):
            found = _with(found, each)
    return found


def _with(rules: Rules, version: VeeRule) -> Rules:
    name = version.rule
    if name not in SEVERITIES:
        raise CurveError(f"rule is {name!r}: give one of {', '.join(SEVERITIES)}")
    if version.severity not in get_args(Severity):
        levels = ", ".join(get_args(Severity))
        raise CurveError(f"severity of rule {name} is {version.severity!r}: give one of {levels}")
    own = NUMBERS.get(name, ())
    if others := sorted(set(version.parameters) - set(own)):
        known = f"give {', '.join(own)}" if own else "it has none"
        raise CurveError(f"parameters of rule {name} have {', '.join(others)}: {known}")
    return rules_of({**version.parameters, "severities": {name: version.severity}}, rules)
