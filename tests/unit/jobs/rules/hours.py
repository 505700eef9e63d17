"""Hours of one meter, as facts have them."""

from collections.abc import Iterable

from contracts.alerts import Alert
from contracts.facts import MeterHour
from contracts.time import HOUR_MS
from jobs.rules.all import read
from jobs.rules.rule import F, Rule, S

T0 = 1_387_810_800_000
"""23 December 2013, 15:00:00."""
METER, AREA = "sim-e-000143", "gcpuy"
RULES = read()


def hour(
    number: int,
    energy: float,
    by_demand: float | None = 1_000.0,
    *,
    readings: int = 60,
    fell_ms: int | None = None,
    off_ms: int | None = None,
    installed_ms: int | None = None,
    zero_hours: int = 0,
    idle_hours: int | None = None,
) -> MeterHour:
    """The hour that ends so many after T0, with 60 readings expected; times since T0."""
    return MeterHour(
        subject=METER,
        at_ms=T0 + number * HOUR_MS,
        area=AREA,
        energy=energy,
        by_demand=by_demand,
        readings=readings,
        expected=60,
        register=12_345.0,
        fell_ms=None if fell_ms is None else T0 + fell_ms,
        off_ms=None if off_ms is None else T0 + off_ms,
        installed_ms=None if installed_ms is None else T0 + installed_ms,
        zero_hours=zero_hours,
        idle_hours=idle_hours,
    )


def told(rule: Rule[F, S], hours: Iterable[F]) -> list[Alert]:
    """The versions of alerts that a rule makes of them."""
    state, alerts = rule.kept(), []
    for each in hours:
        state, said = rule.step(state, each, RULES)
        alerts += said
    return alerts


def steps(alerts: Iterable[Alert]) -> list[tuple[str, float, str | None]]:
    """State, hours since T0 and reason of each."""
    return [(each.state, (each.at_ms - T0) / HOUR_MS, each.reason) for each in alerts]
