"""What registers showed when a customer's time at them began and ended."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from billing.settlement.settlement import Counted, measured
from contracts.energy import Span


@dataclass(frozen=True, slots=True)
class Reading:
    """A register over the time in which somebody had it."""

    counted: Counted
    span: Span
    opening_mwh: int
    closing_mwh: int


def readings(
    counted: Iterable[Counted], openings_mwh: Mapping[int, int]
) -> dict[tuple[int, str], list[Reading]]:
    """By customer and premises, in the order of registers and time.

    A register goes on from what it showed when the month began by what it counted; where some of
    that is estimated or was edited, what it showed since is not known.

    Args:
        counted: Of all registers, by register and time.
        openings_mwh: By the place of a register, of those of which it is known.
    """
    found: dict[tuple[int, str], list[Reading]] = {}
    for place, stays in groupby(counted, key=lambda each: each.register):
        if place not in openings_mwh:
            continue
        value_mwh = openings_mwh[place]
        for each in stays:
            used_mwh = measured(each.letters)
            if used_mwh != sum(each.letters.values()):
                break
            opening_mwh, value_mwh = value_mwh, value_mwh + used_mwh
            if each.customer_id is None:
                continue
            own = found.setdefault((each.customer_id, each.premises_id), [])
            last = own[-1] if own else None
            # A version of a plan ends, and nobody leaves.
            if last and last.counted.register == place and last.span.end_ms == each.span.begin_ms:
                whole = Span(last.span.begin_ms, each.span.end_ms)
                own[-1] = replace(last, span=whole, closing_mwh=value_mwh)
            else:
                own.append(Reading(each, each.span, opening_mwh, value_mwh))
    return found
