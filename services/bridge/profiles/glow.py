"""Glow in-home displays (GB): `glow/<mac>/SENSOR/electricitymeter` and `gasmeter`.

Power is in kW. Of gas only the volume is used: `cumulative` is in kWh, and wrong in old firmware.
`day`, `week` and `month` are not: they begin again at 01:00 in summer.
"""

from services.bridge.fields import (
    amount_unit,
    at,
    json_object,
    number,
    optional_number,
    power_factor,
    scaled,
    text,
)
from services.bridge.said import Device, Message, Said, UnmappedError, exported
from services.bridge.times import instant


def read(message: Message, device: Device) -> list[Said]:
    """The meter of electricity with that of what is exported, or the one of gas, `<device>:gas`.

    Raises:
        UnmappedError: it is neither, or gas without a volume.
    """
    said = json_object(message)
    if (meter := at(said, "electricitymeter")) is not None:
        return _electricity(meter, device)
    if (meter := at(said, "gasmeter")) is not None:
        return [_gas(meter, device)]
    raise UnmappedError("not_used", "there is neither electricitymeter nor gasmeter")


def _electricity(meter: object, device: Device) -> list[Said]:
    ts_ms = instant(text(meter, "timestamp"), device.zone)
    power = optional_number(meter, "power.value")
    demand = None if power is None else scaled(power, power_factor(text(meter, "power.units")))
    taken = amount_unit(text(meter, "energy.import.units"))
    read = [
        Said(
            meter_id=device.meter,
            ts_ms=ts_ms,
            register=scaled(number(meter, "energy.import.cumulative"), taken.factor),
            demand=demand,
            dimension=taken.dimension,
            commodity="electricity",
        )
    ]
    if (fed_in := optional_number(meter, "energy.export.cumulative")) is not None:
        given = amount_unit(text(meter, "energy.export.units"))
        register = scaled(fed_in, given.factor)
        read.append(exported(device.meter, register, ts_ms=ts_ms, dimension=given.dimension))
    return read


def _gas(meter: object, device: Device) -> Said:
    volume = optional_number(meter, "energy.import.cumulativevol")
    if volume is None:
        raise UnmappedError(
            "unit_needs_conversion",
            "there is no energy.import.cumulativevol: kWh of gas are no litres without a calorific "
            "value",
        )
    unit = amount_unit(text(meter, "energy.import.cumulativevolunits"))
    return Said(
        meter_id=f"{device.meter}:gas",
        ts_ms=instant(text(meter, "timestamp"), device.zone),
        register=scaled(volume, unit.factor),
        dimension=unit.dimension,
        commodity="gas",
    )
