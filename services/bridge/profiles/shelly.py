"""Shelly, both families: counters in Wh, registers and powers in messages of their own.

Gen1 has a value a topic, `shellies/<id>/emeter/<n>/total`; Gen2 and later an object a component,
`<prefix>/status/em1data:<n>`. Neither says a time, but for the counter of a switch.
"""

from services.bridge.fields import json_object, json_value, number, optional_number, scaled
from services.bridge.said import Device, Message, Said, UnmappedError, exported

WATT_MINUTES = 1 / 60


def read_gen1(message: Message, device: Device) -> list[Said]:
    """A value of an energy meter or of a relay, by the end of its topic.

    Raises:
        UnmappedError: it is none of those that say something of energy.
    """
    kind, channel, name = _end(message.topic, 3)
    value = json_value(message)
    meter = f"{device.meter}:{channel}"
    match kind, name:
        case "emeter", "total":
            return [_counter(meter, number(value, ""), 1)]
        case "emeter", "total_returned":
            return [exported(meter, scaled(number(value, ""), 1))]
        case "emeter" | "relay", "power":
            return [
                Said(
                    meter_id=meter,
                    demand=scaled(number(value, ""), 1),
                    dimension="energy",
                    is_part=True,
                )
            ]
        case "emeter", "voltage":
            return [Said(meter_id=meter, voltage_v=number(value, ""), is_part=True)]
        case "relay", "energy":
            # It begins again with each start of the device, and falls are passed on.
            return [_counter(meter, number(value, ""), WATT_MINUTES)]
    raise UnmappedError(
        "not_used", f"{kind}/{channel}/{name} is no counter, power or voltage of an energy meter"
    )


def read_gen2(message: Message, device: Device) -> list[Said]:
    """The status of a component.

    Raises:
        UnmappedError: it is none of those that say something of energy.
    """
    _, component = _end(message.topic, 2)
    kind, _, channel = component.partition(":")
    said = json_object(message)
    # Of a device of three phases there is one.
    meter = device.meter if kind in ("em", "emdata") else f"{device.meter}:{channel}"
    match kind:
        case "em1data":
            return _counters(said, meter, "total_act_energy", "total_act_ret_energy")
        case "emdata":
            return _counters(said, meter, "total_act", "total_act_ret")
        case "em1":
            return [_part(said, meter, "act_power", "voltage")]
        case "em":
            return [_part(said, meter, "total_act_power", "a_voltage")]
        case "switch" | "pm1":
            return [
                Said(
                    meter_id=meter,
                    ts_ms=_minute(said),
                    register=scaled(number(said, "aenergy.total"), 1),
                    demand=scaled(optional_number(said, "apower"), 1),
                    voltage_v=optional_number(said, "voltage"),
                    dimension="energy",
                )
            ]
    raise UnmappedError("not_used", f"component {component} says nothing of energy")


def _counter(meter: str, amount: float, factor: float) -> Said:
    return Said(meter_id=meter, register=scaled(amount, factor), dimension="energy")


def _counters(said: object, meter: str, taken: str, returned: str) -> list[Said]:
    read = [_counter(meter, number(said, taken), 1)]
    if (fed_in := optional_number(said, returned)) is not None:
        read.append(exported(meter, scaled(fed_in, 1)))
    return read


def _part(said: object, meter: str, power: str, voltage: str) -> Said:
    return Said(
        meter_id=meter,
        demand=scaled(number(said, power), 1),
        voltage_v=optional_number(said, voltage),
        dimension="energy",
        is_part=True,
    )


def _minute(said: object) -> int | None:
    """The counter is of the end of this minute; None before the device knows the time."""
    seconds = optional_number(said, "aenergy.minute_ts")
    # In this order: a product of what somebody sends may be more than a number can say.
    return round(seconds) * 1_000 if seconds else None


def _end(topic: str, levels: int) -> tuple[str, ...]:
    """The last levels of a topic, empty ones before them if it has fewer."""
    found = topic.split("/")[-levels:]
    return (*[""] * (levels - len(found)), *found)
