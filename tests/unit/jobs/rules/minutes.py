"""Minutes of a feeder made by hand, and what a rule tells of them."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from contracts.alerts import Alert
from contracts.facts import FeederMinute
from contracts.time import MINUTE_MS
from jobs.rules.all import read
from jobs.rules.book import Numbers, Rules
from jobs.rules.rule import Rule

T0 = 1_387_815_300_000
"""23 December 2013, 16:15:00."""
FEEDER, AREA = "sim-t-000143", "gcpuy"
CAPACITY_W = 100_000
RULES = read()

QUIET = FeederMinute(
    subject=FEEDER,
    at_ms=T0,
    area=AREA,
    members=50,
    homes=50.0,
    demand_w=0.0,
    by_supply=False,
    capacity_w=CAPACITY_W,
    voltages=50.0,
    low=0.0,
    lowered=0.0,
    high=0.0,
    raised=0.0,
)

S = TypeVar("S", bound=Struct)
N = TypeVar("N", bound=Numbers)


def at(minute: int) -> int:
    """The end of a minute, from 1."""
    return T0 + minute * MINUTE_MS


def minutes(values: Iterable[float], of: Callable[[float], FeederMinute]) -> list[FeederMinute]:
    """A fact for each value, minute after minute."""
    return [replace(of(value), at_ms=at(number)) for number, value in enumerate(values, 1)]


def drawing(*percents: float) -> list[FeederMinute]:
    """Minutes in which a feeder draws so much of its capacity."""
    return minutes(percents, lambda each: replace(QUIET, demand_w=each * CAPACITY_W / 100))


def told(
    rule: Rule[FeederMinute, S], facts: Sequence[FeederMinute], rules: Rules = RULES
) -> list[Alert]:
    """The versions of alerts that facts make."""
    state, alerts = rule.kept(), []
    for fact in facts:
        state, said = rule.step(state, fact, rules)
        alerts += said
    return alerts


def with_numbers(kind: type[N], **changes: int) -> Rules:
    """The rules with other numbers of one rule."""
    numbers = RULES.of(kind).model_copy(update=changes)
    return Rules(RULES.version, RULES.updates, {**RULES.numbers, kind: numbers})


def steps(alerts: Iterable[Alert]) -> list[tuple[str, str, int]]:
    """Kind, state and minute of each."""
    return [(each.kind, each.state, (each.at_ms - T0) // MINUTE_MS) for each in alerts]
