"""Numbers that rules of the curve compare with: data, each version with the time it is for."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast, get_args

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
    "unlike_itself": "review",
    "zero": "review",
}
"""Of each rule's findings, where masters say no other."""

NUMBERS: Mapping[str, tuple[str, ...]] = {
    "counter_decrease": ("return_readings",),
    "high": ("sentinels", "unknown_max_w"),
    "jump": (),
    "missing": (
        *("gap_cadences", "history_ms", "least_history_ms", "straight_ms", "level_ms"),
        *("level_weight", "level_limits"),
    ),
    "prolonged": ("prolonged_ms",),
    "reset": ("reset_late_ms",),
    "rollover": (),
}
"""The rules that masters may set, and which of `Rules` are theirs: those by which runs find, and
`missing`, by whose numbers runs estimate. The others are for studies of readings."""

LONGEST_MS = 3_660 * DAY_MS
"""No time of a rule is longer: ten years."""
INT64 = 2**63


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
    """Registers and energies of intervals, thousandths as the meter says them, that mean "nothing":
    all bits of a 32-bit number set, or all but its sign, in thousandths and in whole units."""
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


def rules_at(versions: Iterable[VeeRule], at_ms: int) -> Rules:
    """The rules for what is supplied at a time: those above, but for what versions in force then
    say otherwise.

    Raises:
        CurveError: one says what is no rule of runs, or no number of its rule.
    """
    found = Rules()
    for each in versions:
        if each.begin_ms <= at_ms and (each.end_ms is None or at_ms < each.end_ms):
            found = _with(found, each)
    return found


def _with(rules: Rules, version: VeeRule) -> Rules:
    name = version.rule
    if name not in NUMBERS:
        raise CurveError(f"rule is {name!r}, by which runs find nothing: give {_one_of(NUMBERS)}")
    # What is missing is estimated, and no finding of a run.
    levels = ("note",) if name == "missing" else get_args(Severity)
    if version.severity not in levels:
        raise CurveError(f"severity of rule {name} is {version.severity!r}: give {_one_of(levels)}")
    own = NUMBERS[name]
    if others := sorted(set(version.parameters) - set(own)):
        known = f"give {', '.join(own)}" if own else "it has none"
        raise CurveError(f"parameters of rule {name} have {', '.join(others)}: {known}")
    values = {each: _value(name, each, value) for each, value in version.parameters.items()}
    return replace(
        rules, **values, severities={**rules.severities, name: cast(Severity, version.severity)}
    )


def _one_of(names: Collection[str]) -> str:
    return ", ".join(names) if len(names) == 1 else f"one of {', '.join(names)}"


def _value(rule: str, name: str, value: Any) -> Any:  # noqa: ANN401 - data of any kind
    """As the default is: a whole number, a number with a fraction, or several of either."""
    wanted, fits = KINDS.get(name, TIME)
    if not fits(value):
        raise CurveError(f"{name} of rule {rule} is {value!r}: give {wanted}")
    usual = getattr(Rules(), name)
    if isinstance(usual, tuple):
        return tuple(map(type(usual[0]), value))
    return type(usual)(value)


def _is_whole(value: object, most: int = INT64 - 1) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _is_number(value: object, least: float, most: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return least <= value <= most


def _are_limits(value: object) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) == 2
        and all(_is_number(each, 0, 1_000) for each in value)
        and bool(value[0] <= value[1])
    )


Kind = tuple[str, Callable[[Any], bool]]
"""What to give, and whether something is that."""
TIME: Kind = (
    f"a whole number of milliseconds from 0 to {LONGEST_MS}",
    lambda value: _is_whole(value, LONGEST_MS),
)
WHOLE: Kind = ("a whole number from 0 on, below 2^63", _is_whole)
KINDS: Mapping[str, Kind] = {
    # With less than its cadence, every step of a register would be a gap.
    "gap_cadences": ("a number from 1 to 1000", lambda value: _is_number(value, 1, 1_000)),
    "level_limits": ("two numbers from 0 to 1000, the lower one first", _are_limits),
    # With more than all of a level below 1, an estimate could be negative.
    "level_weight": ("a number from 0 to 1", lambda value: _is_number(value, 0, 1)),
    "return_readings": WHOLE,
    "sentinels": (
        "a list of whole numbers from 0 on, below 2^63",
        lambda value: isinstance(value, list | tuple) and all(map(_is_whole, value)),
    ),
    "unknown_max_w": WHOLE,
}
"""Of numbers that are no times."""
