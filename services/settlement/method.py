"""How a run computes, beside readings and masters: what of that may be another one day."""

import hashlib
from dataclasses import dataclass
from importlib.metadata import version

from billing.curve.rules import Rules
from billing.settlement.errors import RunError
from billing.settlement.settle import PERIOD_MS

DIGITS = 8
"""Of the digest of rules."""


@dataclass(frozen=True, slots=True)
class Method:
    """What `RunArguments.rules` says."""

    code: str
    """Version of this project."""
    tzdata: str
    """Version of the time zones."""
    vee: str
    """Digest of the rules by which readings of the billed month are judged and estimated; a month
    that a ratchet looks back at is judged by its own, which are not in it."""
    period_ms: int = PERIOD_MS
    estimate: bool = True
    """Whether what was not measured is billed; without, it waits."""

    @property
    def text(self) -> str:
        """As runs keep it."""
        return (
            f"code={self.code} tzdata={self.tzdata} vee={self.vee} period_ms={self.period_ms} "
            f"estimate={'yes' if self.estimate else 'no'}"
        )


def method_of_now(
    *, rules: Rules | None = None, period_ms: int = PERIOD_MS, estimate: bool = True
) -> Method:
    """How this installation computes; by the rules that it comes with, if none are given."""
    digest = hashlib.sha256(repr(rules or Rules()).encode()).hexdigest()
    return Method(version("wattstream"), version("tzdata"), digest[:DIGITS], period_ms, estimate)


def method_of(text: str) -> Method:
    """What a run says of how it was computed.

    Raises:
        RunError: it says something else.
    """
    said = dict(part.partition("=")[::2] for part in text.split())
    try:
        return Method(
            said["code"],
            said["tzdata"],
            said["vee"],
            int(said["period_ms"]),
            said["estimate"] == "yes",
        )
    except (KeyError, ValueError):
        raise RunError(
            f"rules is {text!r}: give those of a run, such as {method_of_now().text!r}"
        ) from None


def differences(then: Method, now: Method) -> list[str]:
    """What is another now, so that a run need not give what it gave."""
    names = ("code", "tzdata", "vee")
    return [
        f"{name} was {getattr(then, name)} and is {getattr(now, name)}"
        for name in names
        if getattr(then, name) != getattr(now, name)
    ]
