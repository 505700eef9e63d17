"""zigbee2mqtt: `zigbee2mqtt/<name>`, counters in kWh; a time if `last_seen` is configured as ISO.

After a restart it may say old values again, and some devices say 0 or a third for a moment: that is
passed on.
"""

from services.bridge.fields import at, json_object, number, optional_number, scaled
from services.bridge.said import Device, Message, Said, Twice, exported
from services.bridge.times import instant

KWH = 1_000.0


def read(message: Message, device: Device) -> list[Said]:
    """The meter, and beside it the one that counts what is exported.

    Raises:
        UnmappedError: it says no energy.
    """
    said = json_object(message)
    seen = at(said, "last_seen")
    ts_ms: int | Twice | None = None
    if isinstance(seen, str):
        ts_ms = instant(seen, device.zone)
    elif isinstance(seen, int) and not isinstance(seen, bool):
        ts_ms = seen
    demand = scaled(optional_number(said, "power"), 1)
    voltage_v = optional_number(said, "voltage")
    if voltage_v is None:
        voltage_v = optional_number(said, "voltage_a")
    read = [
        Said(
            meter_id=device.meter,
            ts_ms=ts_ms,
            register=scaled(number(said, "energy"), KWH),
            demand=demand,
            voltage_v=voltage_v,
            dimension="energy",
        )
    ]
    if (fed_in := optional_number(said, "produced_energy")) is not None:
        given = None if demand is None else max(-demand, 0.0)
        read.append(exported(device.meter, scaled(fed_in, KWH), ts_ms=ts_ms, demand=given))
    return read
