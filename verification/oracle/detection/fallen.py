"""Registers that are lower than before: `register_back`."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from verification.oracle.detection.hourly import Hour, Version, open_spans, places_of
from verification.oracle.detection.rules import BackRules


class _Fall(NamedTuple):
    """An hour, and the latest fall then."""

    hour: Hour
    fell_ms: int
    exchanged: bool
    """Whether the registry has a device that was installed about then."""

    @property
    def is_new(self) -> bool:
        return self.fell_ms > self.hour.begin_ms

    def is_over(self, within_ms: int) -> bool:
        return not self.is_new and (self.exchanged or self.hour.at_ms - self.fell_ms >= within_ms)


def registers_back(hours: Sequence[Hour], rules: BackRules) -> Iterator[list[Version]]:
    """The versions of each alert of a meter."""
    within_ms = rules.exchange_within_ms
    known = [
        _Fall(each, fell_ms, installed_ms is not None and abs(installed_ms - fell_ms) <= within_ms)
        for each in hours
        for fell_ms, installed_ms in [(each.fact.fell_ms, each.fact.installed_ms)]
        if fell_ms is not None
    ]
    opens = places_of(each.is_new and not each.exchanged for each in known)
    closes = places_of(each.is_over(within_ms) for each in known)
    for opened, closed in open_spans(opens, closes):
        falls = [each for each in known[opened:closed] if each.is_new]
        versions = [_version(falls[:number], each, "fell") for number, each in enumerate(falls, 1)]
        if closed is not None:
            over = known[closed]
            reason = "exchanged" if over.exchanged else "not_announced"
            versions.append(_version(falls, over, reason)._replace(is_last=True))
        yield versions


def _version(falls: Sequence[_Fall], told: _Fall, rule: str) -> Version:
    return Version(
        "register_back",
        "notice",
        falls[0].fell_ms,
        told.hour,
        rule,
        {
            "register_wh": told.hour.fact.register,
            "falls": len(falls),
            "fell_ms": falls[-1].fell_ms,
        },
    )
