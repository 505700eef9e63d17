"""Why homes are silent, by what is said while they are: last gasps.

A gasp tells of an instant: power may have come back a second later, and a link that was lost with
it not. So what registers tell of the whole silence counts for more (`jobs.rules.cause`).
"""

from collections.abc import Iterable

from contracts.alerts import Cause
from jobs.rules.outage_numbers import GaspNumbers
from jobs.rules.versions import clock


def lost_power(lost_power_ms: int | None, onset_ms: int, due_ms: int, rules: GaspNumbers) -> bool:
    """Whether a home lost power when it fell silent, by what it said.

    Args:
        lost_power_ms: When it did; None if it said nothing.
        onset_ms: When the silence began, as far as is known; it may have until the home's next
            reading was due.
        due_ms: When that was.
    """
    if lost_power_ms is None:
        return False
    latest_ms = max(onset_ms, due_ms) + rules.within_ms
    return onset_ms - rules.within_ms <= lost_power_ms <= latest_ms


def cause_of(gasped: int, rules: GaspNumbers) -> Cause:
    """The cause, if so many homes said that they lost power."""
    return "power" if gasped >= rules.homes else "unknown"


def numbers_of(gasped: int) -> dict[str, float]:
    """For the evidence."""
    return {"gasped_homes": float(gasped)} if gasped else {}


def sentence(lost_power_ms: Iterable[int]) -> str:
    """What gasps say, with a space before it."""
    times = sorted(lost_power_ms)
    if len(times) == 1:
        return f" It said that it lost power at {clock(times[0])}: power."
    return f" {len(times)} homes said that they lost power, at {clock(times[0])}: power."
