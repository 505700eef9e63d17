"""Why homes are silent, by what is said while they are: by the feeder's supply meter, and by last
gasps.

- What goes into a feeder of which all homes are silent is nothing without power, and much as before
  without a link. Of a part of a feeder it says nothing, since the rest goes on drawing.
- A gasp tells of an instant: power may have come back a second later, and a link that was lost with
  it not. So the supply counts for more, and for most what registers tell of the whole silence
  (`jobs.rules.cause`).
"""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from contracts.alerts import Cause
from contracts.facts import FeederSlice
from jobs.rules.outage_numbers import GaspNumbers, SupplyNumbers
from jobs.rules.versions import clock


class Dark(Struct, frozen=True, array_like=True, gc=False):
    """A feeder of which nobody is heard."""

    since_ms: int
    """The last sign of life of any home."""
    by_ms: int
    """By then so many homes had been due and stayed away as it takes: power or link were gone."""


class Supply(Struct, frozen=True, array_like=True, gc=False):
    """What the supply meter of a dark feeder says."""

    before_w: float
    """Up to the last sign of life, as a mean."""
    least_w: float
    """The smallest amount since."""
    from_ms: int
    """When the interval of the latest reading began."""

    @property
    def share(self) -> float:
        """Of the amount before, which is not 0."""
        return self.least_w / abs(self.before_w)

    @property
    def numbers(self) -> dict[str, float]:
        """For the evidence."""
        return {"supply_before_w": self.before_w, "supply_least_w": self.least_w}


class Meanwhile(NamedTuple):
    """What is known of a cause before registers tell."""

    cause: Cause
    sentence: str
    """With a space before it; empty if nothing is known."""


UNKNOWN = Meanwhile("unknown", "")


def supply_of(fact: FeederSlice, dark: Dark, back_after_ms: int) -> Supply | None:
    """What a fact says of the supply of a dark feeder; None if nothing, or where homes are back.

    Args:
        back_after_ms: A home is back if it is heard later than this after all were silent.
    """
    if fact.last_life_ms > dark.since_ms + back_after_ms:
        return None
    if fact.supply_before_w is None or fact.supply_least_w is None or fact.supply_from_ms is None:
        return None
    return Supply(fact.supply_before_w, fact.supply_least_w, fact.supply_from_ms)


def by_supply(supply: Supply | None, dark: Dark | None, rules: SupplyNumbers) -> Meanwhile:
    """The cause by what goes into a feeder."""
    if supply is None or dark is None or abs(supply.before_w) < rules.least_w:
        return UNKNOWN
    before = f"{supply.share:.1%} of {abs(supply.before_w) / 1_000:.1f} kW"
    if supply.share < rules.power_below:
        return Meanwhile("power", f" The supply fell to {before}: power.")
    # In an interval that began before, power may have been there for a part.
    if supply.share > rules.communication_above and supply.from_ms >= dark.by_ms:
        return Meanwhile("communication", f" The supply went on, {before} or more: communication.")
    return UNKNOWN


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


def by_gasps(lost_power_ms: Sequence[int], rules: GaspNumbers) -> Meanwhile:
    """The cause by when homes say that they lost power."""
    if len(lost_power_ms) < rules.homes:
        return UNKNOWN
    first = clock(min(lost_power_ms))
    if len(lost_power_ms) == 1:
        return Meanwhile("power", f" It said that it lost power at {first}: power.")
    homes = len(lost_power_ms)
    return Meanwhile("power", f" {homes} homes said that they lost power, at {first}: power.")
