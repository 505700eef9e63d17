"""The contract's own JSON, `meters/<meter>/reading`: one reading, or a list of them.

Place, commodity and number may be left out: the registry and the time say them. `ts` may not.
"""

from typing import cast

from contracts.reading import COMMODITIES, QUALITIES, Commodity, Quality
from services.bridge.fields import Json, json_value, number, optional_number
from services.bridge.said import Device, Message, Said, UnmappedError


def read(message: Message, device: Device) -> list[Said]:
    """Each reading; one that is wrong makes the message wrong.

    Raises:
        UnmappedError: a field is not as the contract has it, or names another meter.
    """
    said = json_value(message)
    entries = said if isinstance(said, list) else [said]
    return [_reading(each, device) for each in entries]


def _reading(said: object, device: Device) -> Said:
    if not isinstance(said, dict):
        raise UnmappedError("not_an_object", f"a reading is {said!r:.80}, not a JSON object")
    if (version := said.get("v", 1)) != 1 or isinstance(version, bool):
        raise UnmappedError("unsupported_version", f"v is {version!r}: give 1")
    if (named := said.get("meter_id", device.meter)) != device.meter:
        raise UnmappedError(
            "meter_mismatch", f"it is of {named!r}, and the topic of {device.meter}"
        )
    return Said(
        meter_id=device.meter,
        ts_ms=_integer(said, "ts"),
        seq=_integer(said, "seq") if said.get("seq") is not None else None,
        geohash=_text(said, "geohash"),
        commodity=cast("Commodity | None", _one_of(said, "commodity", COMMODITIES)),
        register=number(_strict(said, "register"), "register"),
        demand=optional_number(_strict(said, "demand"), "demand"),
        voltage_v=optional_number(_strict(said, "voltage_v"), "voltage_v"),
        energy=optional_number(_strict(said, "energy"), "energy"),
        interval_ms=_integer(said, "interval_ms") if said.get("interval_ms") is not None else None,
        revision=_integer(said, "revision") if said.get("revision") is not None else None,
        quality=cast("Quality | None", _one_of(said, "quality", QUALITIES)),
        quality_code=_text(said, "quality_code"),
    )


def _integer(said: Json, name: str) -> int:
    value = said.get(name)
    if value is None:
        raise UnmappedError("missing", f"there is no {name}")
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnmappedError("wrong_type", f"{name} is {value!r:.80}: give an integer")
    return value


def _strict(said: Json, name: str) -> Json:
    """Unlike devices of others, a producer of the contract does not put numbers in quotes."""
    if isinstance(said.get(name), str):
        raise UnmappedError("wrong_type", f"{name} is {said[name]!r:.80}, no number")
    return said


def _text(said: Json, name: str) -> str | None:
    value = said.get(name)
    if value is not None and not isinstance(value, str):
        raise UnmappedError("wrong_type", f"{name} is {value!r:.80}: give a text")
    return value


def _one_of(said: Json, name: str, known: tuple[str, ...]) -> str | None:
    value = _text(said, name)
    if value is not None and value not in known:
        raise UnmappedError("out_of_range", f"{name} is {value!r:.80}: give {' or '.join(known)}")
    return value
