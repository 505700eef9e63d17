"""What a file does not say of itself, and a person must."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta, timezone, tzinfo
from decimal import Decimal

ZONE, OFFSET = "--zone with the name of a place", "--zone with an offset such as +08:00"
EPOCH_IS_LOCAL, UNIT, CALORIFIC, NET = "--epoch-is-local", "--unit", "--calorific", "--net"


@dataclass(frozen=True, slots=True)
class Options:
    """Nothing of it is ever guessed: what needs it and does not have it is unusable."""

    meter: str | None = None
    """Of a file that names none."""
    meters: Mapping[str, str] = field(default_factory=dict)
    """Our id of a meter by the file's."""
    zone: tzinfo | None = None
    """Of local times that do not say their offset: that of a place, or one that is ahead of UTC by
    as much all year."""
    epoch_is_local: bool = False
    """Times that should be UTC are local times of `zone`."""
    unit: str | None = None
    """Of amounts of a format that may leave it out."""
    calorific_mj_per_m3: Decimal | None = None
    """Of gas whose energy is said: so much is in a cubic metre as it is counted."""
    net: bool = False
    """Amounts below zero are energy that goes the other way, and right."""

    @property
    def offset_min(self) -> int | None:
        """Minutes that the file's clock is ahead of UTC all year; None if that is not told."""
        if not isinstance(self.zone, timezone):
            return None
        return self.zone.utcoffset(None) // timedelta(minutes=1)

    @property
    def told(self) -> frozenset[str]:
        """What is told that not every format has a use for, as the command has it."""
        of_zone = ZONE if self.offset_min is None else OFFSET
        said = {
            EPOCH_IS_LOCAL: self.epoch_is_local,
            of_zone: self.zone is not None and not self.epoch_is_local,
            UNIT: self.unit is not None,
            CALORIFIC: self.calorific_mj_per_m3 is not None,
            NET: self.net,
        }
        return frozenset(each for each, is_said in said.items() if is_said)

    def whose(self, named: str) -> str:
        """The meter's id in the log; `named` as the file names it, or empty. Empty if neither the
        file nor anybody says whose it is."""
        return self.ours(named) if named else self.meter or ""

    def ours(self, meter_id: str) -> str:
        """The meter's id in the log: as it was told, or the file's, with `_` for each character
        that no id has."""
        return self.meters.get(meter_id) or fitting(meter_id)


NONE = Options()
SIGNS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-")
LONGEST = 64


def fitting(name: str) -> str:
    """A name as a meter's id may be."""
    return "".join(sign if sign in SIGNS else "_" for sign in name.strip())[:LONGEST] or "_"
