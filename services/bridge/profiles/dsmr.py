"""dsmr-reader: `dsmr/json`, a telegram of a Dutch or Belgian meter as JSON; kWh and kW.

Both tariffs are one flow and are added. The gas meter has a time of its own.
"""

from services.bridge.fields import at, json_object, number, optional_number, present, scaled, text
from services.bridge.said import Device, Message, Said, UnmappedError, exported
from services.bridge.times import instant

KWH, KW, M3 = 1_000.0, 1_000.0, 1_000.0


def read(message: Message, device: Device) -> list[Said]:
    """The meter of electricity; beside it what is exported, and the gas meter `<device>:gas`.

    Raises:
        UnmappedError: a tariff is missing, or the time.
    """
    said = json_object(message)
    ts_ms = instant(text(said, "timestamp"), device.zone)
    taken = number(said, "electricity_delivered_1") + number(said, "electricity_delivered_2")
    power = optional_number(said, "electricity_currently_delivered")
    returned_power = optional_number(said, "electricity_currently_returned")
    demand = None if power is None else scaled(power - (returned_power or 0.0), KW)
    read = [
        Said(
            meter_id=device.meter,
            ts_ms=ts_ms,
            register=scaled(taken, KWH),
            demand=demand,
            voltage_v=optional_number(said, "phase_voltage_l1"),
            dimension="energy",
            commodity="electricity",
        )
    ]
    returned = [optional_number(said, f"electricity_returned_{tariff}") for tariff in (1, 2)]
    if len(present(returned)) == len(returned):
        read.append(
            exported(
                device.meter,
                scaled(sum(present(returned)), KWH),
                ts_ms=ts_ms,
                demand=scaled(returned_power, KW),
            )
        )
    if (gas := _gas(said, device)) is not None:
        read.append(gas)
    return read


def _gas(said: object, device: Device) -> Said | None:
    delivered = optional_number(said, "extra_device_delivered")
    if delivered is None or at(said, "extra_device_timestamp") is None:
        return None
    try:
        ts_ms = instant(text(said, "extra_device_timestamp"), device.zone)
    except UnmappedError:
        # Its time may be broken for years; that is not the fault of the meter before it.
        return None
    return Said(
        meter_id=f"{device.meter}:gas",
        ts_ms=ts_ms,
        register=scaled(delivered, M3),
        dimension="volume",
        commodity="gas",
        is_beside=True,
    )
