"""A register that stands still while its meter says a demand: `stuck_register`.

Somebody may hold it, or it is broken: what is used is not counted. Hours that cannot be judged,
as too few readings came or hardly anything was used, are passed over.
"""

from typing import Annotated

from msgspec import Struct
from msgspec.structs import replace
from pydantic import Field

from contracts.alerts import Alert, Evidence
from contracts.facts import COUNTED_PERCENT, JUDGED_WH, WELL_READ_PERCENT, MeterHour
from contracts.time import HOUR_MS
from jobs.rules import book
from jobs.rules.meter_alert import Open, alert_of, begins_ms
from jobs.rules.rule import Rule
from jobs.rules.versions import moment

STUCK = "stuck"
COUNTS = "counts"
"""The part of the rule that tells that it is over, and the reason."""


class StuckNumbers(book.Numbers):
    """When a register stands still, and until when."""

    block = "stuck_register"

    well_read_percent: Annotated[int, Field(ge=WELL_READ_PERCENT, le=100)]
    judged_wh: Annotated[int, Field(ge=JUDGED_WH)]
    stuck_percent: Annotated[int, Field(ge=1, le=COUNTED_PERCENT)]
    counted_percent: Annotated[int, Field(ge=1, le=COUNTED_PERCENT)]
    stuck_hours: book.Count
    counted_hours: book.Count
    told_again_ms: book.Span


class Register(Struct, frozen=True):
    """What is known of a meter's register."""

    at_ms: int = -1
    """End of the last hour."""
    since_ms: int | None = None
    """When it stopped, if it had counted evenly; None while it counts."""
    gained_wh: float = 0.0
    said_wh: float = 0.0
    """By the register and by demands, in the hours since."""
    stuck: int = 0
    """Hours running in which it stood still."""
    counts: int = 0
    """Hours running in which it counts, while that is told of."""
    counts_from_ms: int = 0
    """When the first of them began."""
    told: Open | None = None


def step(state: Register, fact: MeterHour, rules: book.Rules) -> tuple[Register, list[Alert]]:
    """What is known after an hour, and the version of an alert that it makes.

    An hour that is not after the last one is a repeat, and changes nothing.
    """
    numbers = rules.of(StuckNumbers)
    if fact.at_ms <= state.at_ms:
        return state, []
    state = replace(state, at_ms=fact.at_ms)
    said_wh = fact.by_demand
    if said_wh is None or not _is_judged(fact, said_wh, numbers):
        return state, []
    stuck = 100 * fact.energy < numbers.stuck_percent * said_wh
    counts = 100 * fact.energy >= numbers.counted_percent * said_wh
    if state.told is not None:
        return _open(state, state.told, fact, said_wh, counts, rules)
    if counts:
        return Register(fact.at_ms), []
    if not stuck or state.since_ms is None:
        share = max(fact.energy, 0.0) / said_wh
        since_ms = fact.at_ms - round((1 - share) * HOUR_MS)
        state = Register(fact.at_ms, since_ms)
    state = _added(state, fact, said_wh)
    if stuck:
        state = replace(state, stuck=state.stuck + 1)
    if state.stuck < numbers.stuck_hours or state.since_ms is None:
        return state, []
    told = Open.at(fact, state.since_ms)
    return replace(state, told=told), [_alert(state, told, fact, rules)]


def _is_judged(hour: MeterHour, said_wh: float, numbers: StuckNumbers) -> bool:
    well_read = 100 * hour.readings >= numbers.well_read_percent * hour.expected
    return well_read and said_wh >= numbers.judged_wh


def _added(state: Register, hour: MeterHour, said_wh: float) -> Register:
    return replace(
        state,
        gained_wh=round(state.gained_wh + hour.energy, 3),
        said_wh=round(state.said_wh + said_wh, 3),
    )


def _open(
    state: Register, told: Open, fact: MeterHour, said_wh: float, counts: bool, rules: book.Rules
) -> tuple[Register, list[Alert]]:
    numbers = rules.of(StuckNumbers)
    again = told.again(fact)
    if counts:
        from_ms = state.counts_from_ms if state.counts else begins_ms(fact)
        state = replace(state, counts=state.counts + 1, counts_from_ms=from_ms)
        if state.counts < numbers.counted_hours:
            return state, []
        return Register(fact.at_ms), [_alert(state, again, fact, rules, is_over=True)]
    state = _added(replace(state, counts=0), fact, said_wh)
    if fact.at_ms - told.told_at_ms < numbers.told_again_ms:
        return state, []
    return replace(state, told=again), [_alert(state, again, fact, rules)]


def _alert(
    state: Register, told: Open, hour: MeterHour, rules: book.Rules, *, is_over: bool = False
) -> Alert:
    evidence = Evidence(
        COUNTS if is_over else STUCK,
        _text(state, told, is_over),
        {
            "gained_wh": state.gained_wh,
            "said_wh": state.said_wh,
            "hour_gained_wh": hour.energy,
            "hour_said_wh": hour.by_demand or 0.0,
            "readings": float(hour.readings),
            "expected": float(hour.expected),
        },
    )
    return alert_of(
        "stuck_register",
        told,
        hour,
        "major",
        evidence,
        rules,
        reason=COUNTS if is_over else None,
        restored_at_ms=state.counts_from_ms if is_over else None,
    )


def _text(state: Register, told: Open, is_over: bool) -> str:
    since = f"since {moment(told.onset_ms)}"
    if is_over:
        lost_kwh = (state.said_wh - state.gained_wh) / 1_000
        return (
            f"The register counts again, and had stood still {since}: "
            f"{lost_kwh:,.1f} kWh that demands say are not counted."
        )
    return (
        f"The register stands still {since}: it gained {state.gained_wh:,.0f} Wh, "
        f"and demands say {state.said_wh:,.0f} Wh."
    )


RULE = Rule("stuck_register", MeterHour, Register, (StuckNumbers,), step)
