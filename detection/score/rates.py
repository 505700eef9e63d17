"""How many false alerts there were for the time that somebody was watched.

Precision depends on how many faults a scenario has; what people are told wrongly in a day does not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from detection.score.fleet import Fleet

PER = 1_000
ALL = "all of these"
SILENT = "outages and silent meters"
SUMS: Mapping[str, Sequence[str] | None] = {
    SILENT: ("outage", "link_loss", "meter_silent"),
    ALL: None,
}
"""Kinds that are told of as one number, all for None."""
OF_FEEDERS = ("repeated_outage", "overload", "voltage_low", "voltage_high")
"""Kinds whose alerts are of feeders, besides outages, of which there is one number with meters."""
OF_SUPPLIED = ("feeder_loss",)
"""Those of feeders with a supply meter: of another no such alert can be."""


@dataclass(frozen=True, slots=True)
class FalseRate:
    """False alerts of a kind, or of several; what was told twice is false."""

    kind: str
    false: int
    per_1000_home_days: float
    per_1000_feeder_days: float | None
    """Of kinds of feeders, by the feeders of which there may be one; None of others."""


def false_rates(false: Iterable[tuple[str, int]], fleet: Fleet) -> list[FalseRate]:
    """The rates of kinds, and of SUMS.

    Args:
        false: each kind once, with how many of its alerts were false.
    """
    counts = dict(false)
    sums = {
        name: sum(counts.values()) if kinds is None else sum(counts.get(kind, 0) for kind in kinds)
        for name, kinds in SUMS.items()
    }
    return [
        FalseRate(
            kind=kind,
            false=number,
            per_1000_home_days=PER * number / fleet.home_days,
            per_1000_feeder_days=_for_feeders(kind, number, fleet),
        )
        for kind, number in (counts | sums).items()
    ]


def _for_feeders(kind: str, number: int, fleet: Fleet) -> float | None:
    if kind in OF_FEEDERS:
        feeders = len(fleet.homes_of)
    elif kind in OF_SUPPLIED:
        feeders = len(fleet.supplied)
    else:
        return None
    return PER * number / (feeders * fleet.days) if feeders else None
