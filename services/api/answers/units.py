"""Amounts with their units: Wh and W of electricity, litres and litres an hour of gas and water."""

from contracts.reading import Commodity
from services.api.answers.shapes import Answer

_IN_WATTS: frozenset[Commodity] = frozenset({"electricity", "supply"})


class Flow(Answer):
    """What flows; of the two the one that the commodity has, if it is known."""

    demand_w: float | None
    """W; negative is export."""
    flow_l_per_h: float | None


class Counted(Answer):
    """What a register shows, or all of several."""

    register_wh: float | None
    register_l: float | None


class Today(Answer):
    """What was taken on the UTC day of the latest reading."""

    energy_today_wh: float | None
    volume_today_l: float | None


class Amount(Answer):
    """What was taken in a span."""

    energy_wh: float | None
    volume_l: float | None


def flow(commodity: Commodity, demand: float | None) -> dict[str, float | None]:
    """The fields of `Flow`."""
    return _sorted(commodity, demand, "demand_w", "flow_l_per_h")


def counted(commodity: Commodity, register: float | None) -> dict[str, float | None]:
    """The fields of `Counted`."""
    return _sorted(commodity, register, "register_wh", "register_l")


def today(commodity: Commodity, energy: float | None) -> dict[str, float | None]:
    """The fields of `Today`."""
    return _sorted(commodity, energy, "energy_today_wh", "volume_today_l")


def amount(commodity: Commodity, thousandths: int | None) -> dict[str, float | None]:
    """The fields of `Amount`."""
    said = None if thousandths is None else thousandths / 1_000
    return _sorted(commodity, said, "energy_wh", "volume_l")


def _sorted(
    commodity: Commodity, value: float | None, electric: str, other: str
) -> dict[str, float | None]:
    # No "-0".
    value = None if value is None else value + 0.0
    if commodity in _IN_WATTS:
        return {electric: value, other: None}
    return {electric: None, other: value}
