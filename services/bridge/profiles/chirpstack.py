"""ChirpStack v4: `application/<a>/device/<eui>/event/up`; the codec's `object` by a mapping, at the
time of the gateway."""

from services.bridge.fields import at, json_object, text
from services.bridge.profiles.generic import read_fields
from services.bridge.said import Device, Message, Said, UnmappedError
from services.bridge.times import instant


def read(message: Message, device: Device) -> list[Said]:
    """The meter that the mapping finds in `object`.

    Raises:
        UnmappedError: there is no `object`, or the mapping does not find what it names.
    """
    said = json_object(message)
    decoded = at(said, "object")
    if decoded is None:
        raise UnmappedError("missing", "there is no object: give the device profile a codec")
    known = device.levels[-1] if device.levels else None
    named = text(said, "deviceInfo.devEui") if at(said, "deviceInfo.devEui") else known
    if known is not None and named != known:
        raise UnmappedError("meter_mismatch", f"devEui is {named}, and the topic of {known}")
    ts_ms = None
    if "time" not in device.fields and at(said, "time") is not None:
        ts_ms = instant(text(said, "time"), "UTC")
    return read_fields(decoded, ts_ms, device)
