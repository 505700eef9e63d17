"""Homes that use much less than they used to: `use_drop`.

Whoever begins to take electricity past his meter reports less than he used to, and so does who goes
on holiday: by itself it is no alert. Where the balance of a feeder says that more is missing, it is
evidence of who may take it.
"""

from collections.abc import Mapping

from msgspec import Struct


class Drop(Struct, frozen=True, array_like=True):
    """A home that uses much less."""

    meter_id: str
    kwh_a_day: float
    """What it uses."""
    usual_kwh_a_day: float
    """What it used before."""


def drops(
    reported_kwh: Mapping[str, float], usual_kwh: Mapping[str, float], percent: float
) -> tuple[Drop, ...]:
    """Homes that use less than so much of what they used to, those that use less by most first.

    Args:
        reported_kwh: What homes report a day.
        usual_kwh: What they reported a day before, as far as is known.
    """
    found = [
        Drop(meter_id, kwh, usual_kwh[meter_id])
        for meter_id, kwh in reported_kwh.items()
        if meter_id in usual_kwh and kwh * 100 < percent * usual_kwh[meter_id]
    ]
    return tuple(
        sorted(found, key=lambda each: (each.kwh_a_day - each.usual_kwh_a_day, each.meter_id))
    )
