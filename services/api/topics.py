"""Topics of a stream as they are asked for, such as `fleet,areas:electricity@4,meter:MAC000002`."""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from contracts.access import Scope
from contracts.reading import AREA_LENGTH, COMMODITIES, Commodity

Name: TypeAlias = Literal["fleet", "areas", "top", "alerts", "meter", "system"]
NAMES: tuple[Name, ...] = get_args(Name)

MOST_METERS = 10

SCOPES: dict[Name, tuple[Scope, ...]] = {
    "fleet": ("read:areas",),
    "areas": ("read:areas",),
    "top": ("read:areas", "read:live"),
    "alerts": ("read:alerts",),
    "meter": ("read:live",),
    "system": ("read:system",),
}
"""What is needed to listen to each."""

_METER = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic that somebody wants to hear of."""

    name: Name
    commodity: Commodity = "electricity"
    precision: int = 4
    meter_id: str = ""

    def key(self, namespace: str) -> str:
        """What tells it from all others."""
        return f"{namespace} {self.name} {self.commodity} {self.precision} {self.meter_id}"


def topics_of(text: str) -> list[Topic]:
    """The topics of a request, each once.

    Raises:
        ValueError: one is none; says which, and what there are.
    """
    found = list(dict.fromkeys(_topic(each) for each in text.split(",")))
    if sum(each.name == "meter" for each in found) > MOST_METERS:
        raise ValueError(f"Ask for {MOST_METERS} meters at most.")
    return found


def _topic(text: str) -> Topic:
    name, _, rest = text.partition(":")
    match name:
        case "fleet" | "alerts" | "system" if not rest:
            return Topic(name)
        case "top" if not rest or rest in COMMODITIES:
            return Topic("top", _commodity(rest))
        case "meter" if _METER.fullmatch(rest):
            return Topic("meter", meter_id=rest)
        case "areas":
            commodity, _, precision = rest.partition("@")
            precision = precision or "4"
            known = not commodity or commodity in COMMODITIES
            if known and precision in [str(each) for each in range(2, AREA_LENGTH + 1)]:
                return Topic("areas", _commodity(commodity), int(precision))
    raise ValueError(
        "Give topics separated by commas: fleet, areas:COMMODITY@PRECISION, top:COMMODITY, alerts, "
        f"system, meter:ID; commodities are {', '.join(COMMODITIES)}, precisions 2 to "
        f"{AREA_LENGTH}."
    )


def _commodity(text: str) -> Commodity:
    return next((each for each in COMMODITIES if each == text), "electricity")
