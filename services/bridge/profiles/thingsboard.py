"""ThingsBoard's form: `{"ts": ..., "values": {...}}`, an object of values alone, or lists of them;
from a gateway the same by the name of each device."""

from collections.abc import Iterator
from dataclasses import replace

from services.bridge.fields import at, json_object, json_value
from services.bridge.profiles.generic import read_fields
from services.bridge.said import Device, Message, Said, UnmappedError


def read_device(message: Message, device: Device) -> list[Said]:
    """What one device says, `v1/devices/me/telemetry`; bridge.toml names its meter.

    Raises:
        UnmappedError: the mapping does not find what it names.
    """
    return list(_entries(json_value(message), device))


def read_gateway(message: Message, device: Device) -> list[Said]:
    """What the devices behind a gateway say, `v1/gateway/telemetry`: meters `<gateway>:<device>`.

    Raises:
        UnmappedError: the mapping does not find what it names, in any of them.
    """
    return [
        said
        for name, entries in json_object(message).items()
        for said in _entries(entries, replace(device, meter=f"{device.meter}:{name}"))
    ]


def _entries(said: object, device: Device) -> Iterator[Said]:
    for entry in said if isinstance(said, list) else [said]:
        if not isinstance(entry, dict):
            raise UnmappedError("not_an_object", f"{entry!r:.80} is no object of values")
        values, ts_ms = at(entry, "values"), at(entry, "ts")
        if values is None:
            yield from read_fields(entry, None, device)
        elif isinstance(ts_ms, int) and not isinstance(ts_ms, bool):
            yield from read_fields(values, ts_ms, device)
        else:
            raise UnmappedError("wrong_type", f"ts is {ts_ms!r:.80}: give epoch ms")
