"""The registry of meters: the value of a record on the topic of meters, as JSON; key = meter."""

from typing import Literal, TypedDict

from contracts.reading import Commodity


class Meter(TypedDict):
    """What is known of a meter; the newest entry counts, and one without a value removes it."""

    geohash: str
    feeder: str
    """The transformer that feeds it."""
    commodity: Commodity
    premises: Literal["household", "business"]
    tariff: Literal["flat", "dynamic"]
    cadence_ms: int
    """Time between two readings."""
    solar_w: int
    """Peak power of the panels behind it, 0 without."""
    export: bool
    """Whether it counts what the panels export: `<meter>:export` beside `<meter>`."""
