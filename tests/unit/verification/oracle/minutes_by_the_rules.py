"""Minutes of feeders worked out slice by slice, as the rules are told: every meter is looked at
anew at each end, and a minute is the mean of what was seen."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.unit.verification.oracle.by_the_rules import Ledger

Meter = tuple[str, str]
MINUTE_MS = 60_000
MEANS = ("homes", "drawn", "voltages", "low", "lowered", "high", "raised")


@dataclass
class _Feeder:
    seen: list[dict[str, int]] = field(default_factory=list)
    """In the slices of the minute."""
    calm: int = 5
    """So many minutes in a row were told of though nothing was the matter."""


class Minutes:
    """Those of all feeders of a log; what is told is put where it is given."""

    def __init__(self, facts: dict[tuple[str, int], dict[str, Any]], length: int) -> None:
        self.facts, self.length = facts, length
        self.feeders: dict[str, _Feeder] = defaultdict(_Feeder)

    def close(self, end: int, ledgers: "dict[Meter, Ledger]") -> None:
        """After a slice."""
        behind: dict[str, list[tuple[str, str, Ledger]]] = defaultdict(list)
        for meter, ledger in ledgers.items():
            feeder_of = ledger.announced.feeder if ledger.announced is not None else None
            if feeder_of is not None and not feeder_of.startswith("area:"):
                behind[feeder_of].append((*meter, ledger))
        for name in {*behind, *self.feeders}:
            homes = [
                ledger
                for meter_id, commodity, ledger in behind[name]
                if commodity == "electricity" and not meter_id.endswith(":export")
            ]
            supplies = [ledger for _, commodity, ledger in behind[name] if commodity == "supply"]
            feeder = self.feeders[name]
            feeder.seen.append(_seen(homes, supplies, end))
            if end % MINUTE_MS == 0:
                self._judge(name, feeder, homes, supplies, end)
                feeder.seen = []

    def _judge(
        self, name: str, feeder: _Feeder, homes: "list[Ledger]", supplies: "list[Ledger]", end: int
    ) -> None:
        capacity = sum(each.announced.capacity_w or 0 for each in supplies)
        sums = {key: sum(each[key] for each in feeder.seen) for key in MEANS}
        slices = MINUTE_MS // self.length
        drawn = abs(sums["drawn"]) // slices
        outside = sums["low"] + sums["high"]
        nearly = sums["lowered"] + sums["raised"]
        loaded = capacity > 0 and 4 * drawn >= 3 * 1_000 * capacity
        if loaded or outside or (nearly and feeder.calm < 5):
            feeder.calm = 0
        else:
            feeder.calm += 1
        if feeder.calm > 5:
            return
        areas = Counter(each.last.geohash[:5] for each in homes if each.last is not None)
        told = {key: 1_000 * sums[key] // slices / 1_000 for key in MEANS if key != "drawn"}
        self.facts[name, end] = told | {
            "area": min(areas, key=lambda area: (-areas[area], area)) if areas else "",
            "members": len(homes),
            "demand_w": (drawn if sums["drawn"] >= 0 else -drawn) / 1_000,
            "by_supply": feeder.seen[-1]["supplied"] > 0,
            "capacity_w": capacity or None,
        }


def _seen(homes: "list[Ledger]", supplies: "list[Ledger]", end: int) -> dict[str, int]:
    live = _live(homes, end)
    says, supplied = (
        [each.demand for each in some if each.demand is not None]
        for some in (live, _live(supplies, end))
    )
    volts = [
        int(each.last.voltage_v * 100 + 0.5) / 100
        for each in live
        if each.last is not None
        and each.last.voltage_v is not None
        and (each.cadence or 0) <= 5 * MINUTE_MS
    ]
    return {
        "homes": len(says),
        "drawn": sum(supplied or says),
        "supplied": len(supplied),
        "voltages": len(volts),
        "low": sum(each < 207 for each in volts),
        "lowered": sum(each < 209.3 for each in volts),
        "high": sum(each > 253 for each in volts),
        "raised": sum(each > 250.7 for each in volts),
    }


def _live(ledgers: "list[Ledger]", end: int) -> "list[Ledger]":
    return [
        each
        for each in ledgers
        if each.last is not None and (each.new_at_end or each.holds_until >= end)
    ]
