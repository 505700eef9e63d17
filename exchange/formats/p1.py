"""Telegrams of the P1 port: DSMR of the Netherlands, and its kin in Belgium and Luxembourg.

A telegram goes from `/` to `!` and four digits, CRC-16 of all before them (some are written without
leading zeros; V2.2 and V3 have none). Its times say summer (`S`) or winter (`W`), so they are
instants. Meters of gas, water and heat behind it say their own time, which may be hours old.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import BinaryIO, NamedTuple

import numpy as np

from contracts.meters import EXPORT_SUFFIX
from contracts.reading import MAX_DEMAND, MAX_REGISTER, MAX_TS_MS, MAX_VOLTAGE_V, Commodity
from exchange.amounts import thousandths
from exchange.errors import UnusableError
from exchange.formats.options import NONE, Options
from exchange.opening import lines
from exchange.times import epoch_ms
from exchange.units import LITRES_PER_UNIT, WH_PER_UNIT
from exchange.values import (
    UNSAID,
    Block,
    Found,
    NotImported,
    Repeated,
    Seen,
    Unusable,
    shown,
)

POLYNOMIAL = 0xA001
TOGETHER = 10_000
"""So many registers become blocks together."""
LONGEST = 2**16
"""Of a telegram; what is longer is none."""

OBJECT = re.compile(rb"(\d+-\d+:\d+\.\d+\.\d+)((?:\([^()\r\n]*\)(?:\r?\n(?=\())?)+)")
FIRST_OBJECT = re.compile(rb"\n\d+-\d+:\d+\.\d+\.\d+\(")
PART = re.compile(rb"\(([^()]*)\)")
TIME = re.compile(r"(\d{12})([SW])")
DEVICES: dict[int, Commodity] = {3: "gas", 7: "water"}
"""By the type that M-Bus gives them."""
WATTS = {"W": Decimal(1), "kW": Decimal(1000)}
RECORD = "telegram"


def is_p1(begin: bytes) -> bool:
    """Whether content that begins so is of this format."""
    return (
        begin.lstrip()[:1] == b"/" and re.search(rb"\n\d+-\d+:\d+\.\d+\.\d+\(", begin) is not None
    )


def crc16(content: bytes) -> int:
    """CRC-16 as telegrams have it: polynomial 0xA001 reflected, from 0."""
    crc = 0
    for byte in content:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    return crc


def _entry(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (POLYNOMIAL if byte & 1 else 0)
    return byte


TABLE = tuple(_entry(byte) for byte in range(256))


class _Value(NamedTuple):
    """One register of a telegram, as it becomes a reading."""

    meter_id: str
    commodity: Commodity
    at_ms: int
    register: int
    demand: int
    voltage_v: float


def read(content: BinaryIO, options: Options = NONE) -> Iterator[Found]:
    """What a file of telegrams says, one after the other."""
    waiting: list[tuple[int, _Value]] = []
    for line, telegram in _telegrams(content):
        if isinstance(telegram, str):
            yield Unusable(line, RECORD, "record_cut", telegram, 0)
            continue
        for found in _found(line, telegram, options):
            if isinstance(found, _Value):
                waiting.append((line, found))
            else:
                yield found
        if len(waiting) >= TOGETHER:
            yield from _blocks(waiting)
            waiting = []
    yield from _blocks(waiting)


def _blocks(said: Sequence[tuple[int, _Value]]) -> Iterator[Found]:
    """A block for each meter. The register of a meter behind the telegram is in many of them."""
    meters: dict[tuple[str, Commodity], dict[int, tuple[int, _Value]]] = {}
    for line, value in said:
        known = meters.setdefault((value.meter_id, value.commodity), {})
        first_line, first = known.setdefault(value.at_ms, (line, value))
        if first is value:
            continue
        if first.register == value.register:
            yield Repeated(line, 1)
        else:
            detail = f"the telegram of line {first_line} says another register of that time"
            yield Unusable(line, RECORD, "conflict", detail, 1)
    for (meter_id, commodity), by_time in meters.items():
        rows = [by_time[at_ms] for at_ms in sorted(by_time)]
        yield Block(
            meter_id,
            commodity,
            0,
            np.array([each.at_ms for _, each in rows], np.int64),
            np.array([each.register for _, each in rows], np.int64),
            np.array([line for line, _ in rows], np.int64),
            demands=np.array([each.demand for _, each in rows], np.int64),
            voltages=np.array([each.voltage_v for _, each in rows], np.float64),
        )


def _telegrams(content: BinaryIO) -> Iterator[tuple[int, bytes | str]]:
    """Each telegram with its first line; a text is what is wrong with one."""
    telegram: list[bytes] = []
    begun, size, stray = 0, 0, False
    for number, line in enumerate(lines(content), start=1):
        if line.startswith(b"/"):
            if telegram:
                yield begun, "another telegram begins before it ends"
            telegram, begun, size, stray = [line], number, len(line), False
        elif not telegram:
            if line.strip() and not stray:
                stray = True
                yield number, "a telegram begins with a line that begins with /"
        else:
            telegram.append(line)
            size += len(line)
            if size > LONGEST:
                yield begun, f"it is longer than {LONGEST // 1024} KiB"
                telegram, stray = [], True
            elif line.startswith(b"!"):
                yield begun, b"".join(telegram)
                telegram = []
    if telegram:
        yield begun, "the file ends before it does"


def _found(line: int, telegram: bytes, options: Options) -> Iterator[Found | _Value]:
    body, _, told = telegram.rpartition(b"!")
    objects = [
        (match[1].decode(), [part.decode("ascii", "replace") for part in PART.findall(match[2])])
        for match in OBJECT.finditer(body)
    ]
    said: dict[str, list[str]] = {}
    for name, parts in objects:
        said.setdefault(name.partition(":")[2] if name.startswith("1-") else name, parts)
    flows = [flow for flow in ("1", "2") if _register_names(said, flow)]
    devices = sorted(
        {name[2:].partition(":")[0] for name in said if re.fullmatch(r"0-[1-9]\d*:24\.1\.0", name)}
    )
    yield Seen(len(flows) + len(devices))
    checksum = told.strip()
    if checksum and not _matches(body + b"!", checksum):
        detail = f"its checksum is {shown(checksum)}, and {crc16(body + b'!'):04X} that of its text"
        yield Unusable(line, RECORD, "checksum", detail, len(flows) + len(devices))
        return
    for flow in flows:
        try:
            yield _of_flow(said, flow, options)
        except UnusableError as wrong:
            yield Unusable(line, f"{flow}.8", wrong.reason, str(wrong), 1)
    for device in devices:
        yield _of_device(said, device, line, options)


def _matches(text: bytes, checksum: bytes) -> bool:
    try:
        return int(checksum, 16) == crc16(text)
    except ValueError:
        return False


def _register_names(said: dict[str, list[str]], flow: str) -> list[str]:
    """The registers of a flow: one for each tariff, or the one of all tariffs."""
    tariffs = [f"{flow}.8.{tariff}" for tariff in "1234" if f"{flow}.8.{tariff}" in said]
    return tariffs or [name for name in (f"{flow}.8.0",) if name in said]


def _of_flow(said: dict[str, list[str]], flow: str, options: Options) -> _Value:
    meter_id = options.whose(_serial(said, ("0-0:96.1.1", "0-0:96.1.0", "0-0:96.1.4")))
    if not meter_id:
        raise UnusableError("unknown_meter", "it does not say its meter: say --meter")
    stamp = said.get("0-0:1.0.0")
    if stamp is None:
        raise UnusableError(
            "bad_time", "it does not say its time, as telegrams of V2.2 and V3 do not"
        )
    names = _register_names(said, flow)
    register = sum(_amount(said[name][-1], WH_PER_UNIT, MAX_REGISTER) for name in names)
    demand = UNSAID
    if "1.7.0" in said and "2.7.0" in said:
        there, back = (_amount(said[name][-1], WATTS, MAX_DEMAND) for name in ("1.7.0", "2.7.0"))
        demand = there - back if flow == "1" else 0
    voltage = float("nan")
    if flow == "1" and "32.7.0" in said:
        voltage = _amount(said["32.7.0"][-1], {"V": Decimal(1)}, MAX_VOLTAGE_V) / 1000
    if flow == "2":
        meter_id += EXPORT_SUFFIX
    return _Value(meter_id, "electricity", _at_ms(stamp[0]), register, demand, voltage)


def _of_device(
    said: dict[str, list[str]], device: str, line: int, options: Options
) -> _Value | Found:
    """A meter of gas or water that the telegram passes on."""
    record = f"0-{device}:24"
    try:
        kind = int(said[f"0-{device}:24.1.0"][0] or "0")
    except ValueError:
        kind = 0
    commodity = DEVICES.get(kind)
    if commodity is None:
        return NotImported(line, f"M-Bus device of type {kind}", 1)
    serial = _serial(said, (f"0-{device}:96.1.0", f"0-{device}:96.1.1", f"0-{device}:96.1.2"))
    try:
        parts = said.get(f"0-{device}:24.2.1") or said.get(f"0-{device}:24.2.3")
        if parts is None or len(parts) < 2:
            raise UnusableError("bad_time", "it says no time with its register")
        if not serial:
            raise UnusableError("unknown_meter", f"the {commodity} meter does not say its name")
        register = _amount(parts[-1], LITRES_PER_UNIT, MAX_REGISTER)
        at_ms = _at_ms(parts[0])
    except UnusableError as wrong:
        return Unusable(line, record, wrong.reason, str(wrong), 1)
    # A serial number may be that of the meter of electricity, too.
    name = options.meters.get(serial) or f"{options.ours(serial)}:{commodity}"
    return _Value(name, commodity, at_ms, register, UNSAID, float("nan"))


def _serial(said: dict[str, list[str]], names: tuple[str, ...]) -> str:
    return next((said[name][0] for name in names if said.get(name, [""])[0].strip("0")), "")


def _amount(text: str, units: dict[str, Decimal], most: int) -> int:
    """Thousandths of the unit that counts 1, from 0 to so many."""
    number, _, unit = text.partition("*")
    if unit not in units:
        raise UnusableError("unknown_unit", f"{text!r}: {', '.join(units)} is expected")
    try:
        amount = thousandths(number, units[unit] * 1000)
    except ValueError as error:
        raise UnusableError("bad_number", f"{error}") from None
    if amount < 0:
        raise UnusableError("negative", f"{text!r} is below zero")
    if amount > most * 1000:
        raise UnusableError("out_of_range", f"{text!r} is beyond {most:,} of what is counted")
    return amount


def _at_ms(text: str) -> int:
    match = TIME.fullmatch(text)
    if match is None:
        raise UnusableError("bad_time", f"the time is {text!r}: it looks like 240131093055W")
    try:
        local = datetime.strptime(f"20{match[1]}", "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise UnusableError("bad_time", f"the time is {text!r}: no calendar has it") from None
    ahead = timedelta(hours=2 if match[2] == "S" else 1)
    at_ms = epoch_ms(local - ahead)
    if local.year > LAST_YEAR or not 0 <= at_ms <= MAX_TS_MS:
        # A dead meter behind the telegram says 1970, read as 2070.
        raise UnusableError(
            "bad_time", f"the time is {text!r}: after {LAST_YEAR}, no meter says so"
        )
    return at_ms


LAST_YEAR = 2060
