"""Any JSON, by a mapping: which field says what, and in which unit.

`fields` of bridge.toml: `register`, `register_unit`, `demand`, `demand_unit`, `voltage`, `time`,
`export`, each of the first, third and the last three a path such as `values.energy`. An empty path
is the payload itself, for devices with a value a topic. Units are never guessed.
"""

from services.bridge.fields import (
    amount_unit,
    at,
    json_value,
    number,
    optional_number,
    power_factor,
    scaled,
)
from services.bridge.said import Device, Message, Said, Twice, UnmappedError, exported
from services.bridge.times import instant


def read(message: Message, device: Device) -> list[Said]:
    """The meter, and beside it the one that counts what is exported.

    Raises:
        UnmappedError: what the mapping names is not there, or has no unit.
    """
    return read_fields(json_value(message), None, device)


def read_fields(said: object, ts_ms: int | Twice | None, device: Device) -> list[Said]:
    """The same of JSON that is part of a message.

    Args:
        ts_ms: When that was, if the message says so around it.
    """
    fields = device.fields
    demand = None
    if (path := fields.get("demand")) is not None:
        factor = power_factor(fields["demand_unit"])
        demand = scaled(optional_number(said, path), factor)
    voltage_v = optional_number(said, fields["voltage"]) if "voltage" in fields else None
    ts_ms = _time(said, device) if ts_ms is None else ts_ms
    if "register" not in fields:
        if demand is None:
            raise UnmappedError("missing", "the mapping finds neither a register nor a demand")
        return [
            Said(
                meter_id=device.meter,
                ts_ms=ts_ms,
                demand=demand,
                voltage_v=voltage_v,
                dimension="energy",
            )
        ]
    unit = amount_unit(fields["register_unit"])
    read = [
        Said(
            meter_id=device.meter,
            ts_ms=ts_ms,
            register=scaled(number(said, fields["register"]), unit.factor),
            demand=demand,
            voltage_v=voltage_v,
            dimension=unit.dimension,
        )
    ]
    if "export" in fields and (fed_in := optional_number(said, fields["export"])) is not None:
        given = scaled(fed_in, unit.factor)
        read.append(exported(device.meter, given, ts_ms=ts_ms, dimension=unit.dimension))
    return read


def _time(said: object, device: Device) -> int | Twice | None:
    if (path := device.fields.get("time")) is None:
        return None
    value = at(said, path)
    if isinstance(value, str):
        return instant(value, device.zone)
    # Epochs in seconds are numbers of ten digits until the year 2286.
    found = number(said, path)
    return round(found if abs(found) >= 1e11 else found * 1_000)
