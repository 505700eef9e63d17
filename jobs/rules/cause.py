"""Why homes were silent, by what their registers counted meanwhile.

A register stands still without power and counts on without a link. So what it gained in the
silence, as a share of what it would have gained at the demand of before, is near 0 or near 1.
"""

from collections.abc import Iterable
from math import fsum

from msgspec import Struct

from contracts import alerts
from contracts.facts import Returned
from jobs.rules.outage_numbers import CauseNumbers


class Gain(Struct, frozen=True, array_like=True, gc=False):
    """What registers gained in a silence, and what they would have: Wh, added over homes."""

    homes: int = 0
    """Whose registers tell."""
    gained: float = 0.0
    expected: float = 0.0

    @property
    def rho(self) -> float | None:
        """The share; None if nothing was expected."""
        return self.gained / self.expected if self.expected > 0 else None

    @property
    def numbers(self) -> dict[str, float]:
        """For the evidence."""
        if self.rho is None:
            return {}
        return {
            "gained_wh": round(self.gained, 3),
            "expected_wh": round(self.expected, 3),
            "rho": round(self.rho, 4),
            "measured_homes": self.homes,
        }


FEWEST_HALF_CADENCES = 3
"""A silence is no shorter than this: it is two cadences, a little less by some clocks, if a reading
is missing, and one if none is."""


def stayed_away(returned: Returned) -> bool:
    """Whether a home that is heard again was silent. If readings that were missed come after all,
    many at once, no more than a cadence lies between any two of them."""
    lasted_ms = returned.life_ms - returned.silent_since_ms
    return 2 * lasted_ms >= FEWEST_HALF_CADENCES * returned.cadence_ms


def gain_of(returned: Returned) -> Gain:
    """Of a home that is heard again; nothing if its register does not tell, or if the readings that
    were missed have come after all: then nothing is left in which it could have stood still."""
    if not stayed_away(returned) or returned.gained is None or returned.expected is None:
        return Gain()
    return Gain(1, returned.gained, returned.expected)


def total(gains: Iterable[Gain]) -> Gain:
    """Of several, whatever their order."""
    known = [each for each in gains if each.homes]
    return Gain(
        len(known), fsum(each.gained for each in known), fsum(each.expected for each in known)
    )


WORDS: dict[alerts.Cause, str] = {
    "power": "stood still",
    "communication": "counted on",
    "mixed": "counted in part",
}
"""What registers did, by what it is taken for."""


def cause_of(gain: Gain, rules: CauseNumbers, otherwise: alerts.Cause) -> alerts.Cause:
    """The cause; `otherwise` if the share is neither of power nor of communication, and unknown if
    there is none."""
    if gain.rho is None:
        return "unknown"
    if gain.rho < rules.power_below:
        return "power"
    return "communication" if gain.rho > rules.communication_above else otherwise


def sentence(gain: Gain, cause: alerts.Cause) -> str:
    """What registers say of the cause, with a space before it; empty if they say nothing."""
    if gain.rho is None or cause not in WORDS:
        return ""
    one = "Its register" if gain.homes == 1 else "Registers"
    return f" {one} {WORDS[cause]} ({gain.rho:.1%} of the usual): {cause}."
