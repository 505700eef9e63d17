"""Registers of meters that have none: of pulses, and of power alone.

Nothing here asks anybody: the register is what the log has as the meter's last one, and what came
since. So a message that is in the log is in the register too, and one that is not is in neither.
"""

from typing import NamedTuple

from contracts.time import HOUR_MS
from services.bridge.fields import THOUSANDTHS
from services.bridge.said import UnmappedError

GAP_CADENCES = 3
"""A power holds for so long at most: what a longer gap took is not known, and is not zero."""


class Register(NamedTuple):
    """What a meter said last: Wh or litres, when, and W or litres per hour."""

    amount: float
    ts_ms: int
    demand: float | None


def counted(before: Register | None, pulses: float, demand: float | None, ts_ms: int) -> Register:
    """After pulses since the last message. Those of a message that is not later than the last one
    are booked right after it, so that the register never falls."""
    if before is None:
        return Register(pulses, ts_ms, demand)
    amount = round(before.amount + pulses, THOUSANDTHS)
    return Register(amount, max(ts_ms, before.ts_ms + 1), demand)


def held(before: Register | None, demand: float, ts_ms: int, cadence_ms: int) -> Register:
    """After the power of the last message was drawn until now.

    Raises:
        UnmappedError: it is not later than the last one.
    """
    if before is None:
        return Register(0.0, ts_ms, demand)
    if ts_ms <= before.ts_ms:
        raise UnmappedError(
            "late_power", f"its time {ts_ms} is not after {before.ts_ms}, whose power it was"
        )
    gap_ms = ts_ms - before.ts_ms
    # Power that flows back is none of a register of what is taken.
    drawn = 0.0 if gap_ms > GAP_CADENCES * cadence_ms else max(before.demand or 0.0, 0.0)
    return Register(round(before.amount + drawn * gap_ms / HOUR_MS, THOUSANDTHS), ts_ms, demand)
