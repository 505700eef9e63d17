"""The live tail: what registers counted since the last reading that an interim run knows, priced as
the run prices.

It is a difference of the same registers, so what the run knows next it has no more; and nothing is
billed by it.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from billing.curve.registers import MICRO
from billing.curve.rules import Rules
from billing.curve.segments import upto
from contracts.reading import Commodity
from contracts.so_far import PricesSoFar, RegisterSoFar, Step, Taken
from contracts.time import HOUR_MS

SENTINELS = frozenset(Rules().sentinels)

Live = tuple[int, float]
"""Event time of a register's latest reading, epoch ms, and what it said, Wh or litres."""


@dataclass(frozen=True, slots=True)
class Tail:
    """What came after an interim run. Money is 10^-14 of the currency."""

    energy_mwh: Mapping[tuple[Commodity, Taken], int]
    net: int = 0
    tax: int = 0
    unpriced_mwh: int = 0
    """How much of the energy is on no plan, or on one that cannot be priced."""
    not_known: int = 0
    """Registers of which nothing can be said before it is archived: they fell, or leapt."""
    silent: int = 0
    """Registers without a live value."""
    newest_ms: int | None = None
    """Of the latest reading of any."""


def tail(
    registers: Iterable[RegisterSoFar],
    live: Mapping[tuple[str, Commodity], Live],
    prices: Sequence[PricesSoFar],
    month_end_ms: int,
) -> Tail:
    """What registers counted since, up to the month's end.

    Args:
        live: By register and commodity.
        prices: To whose places the registers refer.
    """
    energy: dict[tuple[Commodity, Taken], int] = defaultdict(int)
    net = tax = unpriced = not_known = silent = 0
    newest_ms = None
    for each in registers:
        said = live.get((each.register_id, each.commodity))
        if said is None:
            silent += 1
            continue
        newest_ms = max(said[0], newest_ms or said[0])
        counted = _counted(each, said)
        if counted is None:
            not_known += 1
            continue
        for part_mwh, step in _parts(each, said[0], counted, prices, month_end_ms):
            energy[each.commodity, each.direction] += part_mwh
            if step is None:
                unpriced += part_mwh
            else:
                net += part_mwh * step.net
                tax += part_mwh * step.tax
    known = {key: amount for key, amount in energy.items() if amount}
    return Tail(known, net, tax, unpriced, not_known, silent, newest_ms)


def _counted(register: RegisterSoFar, said: Live) -> int | None:
    """By how much a register rose since; None if it did not, or by more than it can."""
    live_ms, live_mwh = said[0], round(said[1] * 1_000)
    if live_ms <= register.last_ms:
        return 0
    counted = live_mwh * register.multiplier_millionths // MICRO - register.last_mwh
    most = register.max_w
    leapt = most is not None and counted * HOUR_MS > most * 1_000 * (live_ms - register.last_ms)
    return None if counted < 0 or leapt or live_mwh in SENTINELS else counted


def _parts(
    register: RegisterSoFar,
    live_ms: int,
    counted_mwh: int,
    prices: Sequence[PricesSoFar],
    month_end_ms: int,
) -> Iterator[tuple[int, Step | None]]:
    """What of it is the customer's and the month's, price by price; taken to be counted evenly."""
    begin_ms, end_ms = register.last_ms, live_ms
    own_end_ms = month_end_ms if register.end_ms is None else min(register.end_ms, month_end_ms)
    if register.at_end:
        # As if all of it were counted in the last moment.
        begin_ms = max(end_ms - 1, begin_ms)
    first_ms, last_ms = max(begin_ms, register.begin_ms), min(end_ms, own_end_ms)
    if not counted_mwh or first_ms >= last_ms:
        return
    steps = _steps(register, prices)
    place = max(bisect_right(steps, first_ms, key=lambda step: step.begin_ms) - 1, 0)
    while first_ms < last_ms:
        step = steps[place] if steps else None
        until_ms = steps[place + 1].begin_ms if place + 1 < len(steps) else last_ms
        until_ms = min(until_ms, last_ms)
        yield (
            upto(counted_mwh, begin_ms, end_ms, until_ms)
            - upto(counted_mwh, begin_ms, end_ms, first_ms),
            step,
        )
        first_ms, place = until_ms, place + 1


def _steps(register: RegisterSoFar, prices: Sequence[PricesSoFar]) -> Sequence[Step]:
    if register.prices is None:
        return ()
    its = prices[register.prices]
    return its.given if register.direction == "export" else its.taken
