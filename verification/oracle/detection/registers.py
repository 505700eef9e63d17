"""What registers counted while homes were silent, and what that says of the cause."""

from collections.abc import Iterable
from math import fsum
from typing import NamedTuple

from verification.oracle.detection.rules import Shares
from verification.rows import BackMeter


class Counted(NamedTuple):
    """Of some homes: Wh."""

    homes: int = 0
    """Whose registers tell."""
    gained: float = 0.0
    expected: float = 0.0

    @property
    def share(self) -> float | None:
        """What was gained of what was expected; None if nothing was."""
        return None if self.expected <= 0 else self.gained / self.expected

    @property
    def numbers(self) -> dict[str, float]:
        """As evidence."""
        if self.share is None:
            return {}
        return {
            "gained_wh": round(self.gained, 3),
            "expected_wh": round(self.expected, 3),
            "rho": round(self.share, 4),
            "measured_homes": self.homes,
        }

    def cause(self, shares: Shares, between: str) -> str:
        """`between` if neither share is reached."""
        if self.share is None:
            return "unknown"
        if self.share < shares.power_below:
            return "power"
        return "communication" if self.share > shares.communication_above else between


NOTHING = Counted()


def is_complete(back: BackMeter) -> bool:
    """Whether no reading of a home that is back is missing by now: those before and after
    are nearer to one cadence from each other than to two."""
    return 2 * (back.life_ms - back.silent_since_ms) < 3 * back.cadence_ms


def counted_by(back: BackMeter | None) -> Counted:
    """Of a home that is back; nothing if its register does not tell, or if no reading is
    missing."""
    if back is None or back.gained is None or back.expected is None or is_complete(back):
        return NOTHING
    return Counted(1, back.gained, back.expected)


def added(every: Iterable[Counted]) -> Counted:
    """Of several homes."""
    telling = [each for each in every if each.homes]
    return Counted(
        len(telling), fsum(each.gained for each in telling), fsum(each.expected for each in telling)
    )
