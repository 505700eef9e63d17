"""A rule of before: a panel in a data centre is overloaded from a share of what it may carry on,
reading by reading."""

from collections.abc import Iterable
from typing import NamedTuple

OVERLOADED = 0.85
"""The share, inclusive."""


class Reading(NamedTuple):
    """What a panel says."""

    panel: int
    tenant: str
    """Whom it feeds: the place, with the tenant's number in it behind the last colon."""
    utilisation: float
    """As a share of what it may carry."""
    month_kwh: int
    """Since the month began."""

    @property
    def key(self) -> str:
        """Which panel it is: numbers recur from site to site."""
        site, _, _ = self.tenant.rpartition(":")
        return f"{site}/{self.panel}"


def overloaded(readings: Iterable[Reading]) -> list[Reading]:
    """Those that say an overload, in their order."""
    return [each for each in readings if each.utilisation >= OVERLOADED]
