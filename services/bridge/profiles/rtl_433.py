"""rtl_433: `rtl_433/<host>/events`, meters that radio their counter (SCM, SCM+, IDM).

The packets have no unit: one count is a kWh of one meter and 10 Wh of the next, so `factors` of
bridge.toml says how many Wh or litres it is. Run it with `-M time:unix:usec:utc`.
"""

import re

from contracts.reading import Commodity
from services.bridge.fields import at, json_object, number, optional_number, scaled, text
from services.bridge.said import Device, Message, Said, UnmappedError
from services.bridge.times import instant

COUNTERS = {
    "SCM": ("id", "consumption_data", "ert_type"),
    "ERT-SCM": ("id", "consumption_data", "ert_type"),
    "SCMplus": ("EndpointID", "Consumption", "EndpointType"),
    "IDM": ("ERTSerialNumber", "LastConsumptionCount", "ERTType"),
}
"""Names of the id, the counter and the type, by model. NetIDM answers the packets of IDM again."""
COMMODITY: dict[int, Commodity] = {
    **dict.fromkeys((4, 5, 7, 8), "electricity"),
    **dict.fromkeys((0, 1, 2, 9, 12), "gas"),
    **dict.fromkeys((3, 11, 13), "water"),
}
"""By the low four bits of the type."""
_HEX = re.compile(r"0x[0-9a-f]+", re.ASCII | re.IGNORECASE)


def read(message: Message, device: Device) -> list[Said]:
    """The meter, by the id in its packet: the topic names only who heard it.

    Raises:
        UnmappedError: it is no packet of a meter, or nobody said what a count is.
    """
    said = json_object(message)
    model = text(said, "model")
    if model not in COUNTERS:
        raise UnmappedError("not_used", f"model {model} is none of {', '.join(COUNTERS)}")
    named, counter, kind = COUNTERS[model]
    meter = text(said, named)
    if meter not in device.factors:
        raise UnmappedError(
            "unit_needs_conversion",
            f"nobody said what a count of meter {meter} is: add it to factors in bridge.toml",
        )
    return [
        Said(
            meter_id=meter,
            ts_ms=instant(text(said, "time"), device.zone),
            register=scaled(number(said, counter), device.factors[meter]),
            commodity=_commodity(said, kind),
        )
    ]


def _commodity(said: object, kind: str) -> Commodity | None:
    value = at(said, kind)
    if isinstance(value, str) and _HEX.fullmatch(value):
        return COMMODITY.get(int(value, 16) & 0xF)
    number_of = optional_number(said, kind)
    return None if number_of is None else COMMODITY.get(int(number_of) & 0xF)
