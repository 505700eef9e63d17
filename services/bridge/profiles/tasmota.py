"""Tasmota: `tele/<device>/SENSOR`, with counters in `ENERGY` in kWh, and local time.

A plug or a meter of one phase or several: powers are a number or a list by phase. `Total` begins
again when a person or a loss of power resets it; that is passed on as it comes.
"""

from services.bridge.fields import at, first, json_object, number, scaled, summed, text
from services.bridge.said import Device, Message, Said, UnmappedError, exported
from services.bridge.times import instant

KWH = 1_000.0


def read(message: Message, device: Device) -> list[Said]:
    """The meter, and beside it the one that counts what is exported.

    Raises:
        UnmappedError: it says no energy, or no time.
    """
    said = json_object(message)
    energy = at(said, "ENERGY")
    if energy is None:
        raise UnmappedError("missing", "there is no ENERGY: this device measures none")
    ts_ms = instant(text(said, "Time"), device.zone)
    total = summed(energy, "Total")
    if total is None:
        total = number(energy, "Total")
    demand = scaled(summed(energy, "Power"), 1)
    read = [
        Said(
            meter_id=device.meter,
            ts_ms=ts_ms,
            register=scaled(total, KWH),
            demand=demand,
            voltage_v=first(energy, "Voltage"),
            dimension="energy",
        )
    ]
    if (fed_in := summed(energy, "ExportActive")) is not None:
        given = None if demand is None else max(-demand, 0.0)
        read.append(exported(device.meter, scaled(fed_in, KWH), ts_ms=ts_ms, demand=given))
    return read
