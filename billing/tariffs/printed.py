"""Quantities as a bill prints them: rounded, and still adding up."""

from collections.abc import Sequence

from billing.tariffs.money import rounded


def printed(quantities: Sequence[int], step: int) -> tuple[int, ...]:
    """Quantities in whole steps that add up to the rounded sum of all.

    Each is rounded down, and those with the largest remainders get one step more, of equal ones the
    earlier. So each is less than a step from what it was, and whole ones stay.

    Raises:
        ValueError: the step is not above 0.
    """
    if step <= 0:
        raise ValueError(f"step is {step}: give a number above 0")
    steps = [quantity // step for quantity in quantities]
    missing = rounded(sum(quantities), step) - sum(steps)
    by_rest = sorted(range(len(steps)), key=lambda place: -(quantities[place] % step))
    for place in by_rest[:missing]:
        steps[place] += 1
    return tuple(steps)
