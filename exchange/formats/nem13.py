"""NEM13: registers read by hand, a record 250 for two readings and what was used between them; and
the checksum of an NMI, the name of a metering point.

AEMO, "National Metering Identifier", appendix 2, has the checksum.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from contracts.meters import EXPORT_SUFFIX
from contracts.reading import MAX_REGISTER, MAX_TS_MS, Quality
from exchange.amounts import thousandths
from exchange.formats.options import Options
from exchange.values import (
    Block,
    Found,
    Mark,
    Missing,
    NotImported,
    Remark,
    Repeated,
    Seen,
    Unusable,
    shown,
)

MWH_PER_UNIT = {"WH": 1_000, "KWH": 1_000_000, "MWH": 1_000_000_000}
NMI_LENGTH = 10
QUALITIES: dict[str, Quality] = {
    "A": "measured",
    "E": "estimated",
    "F": "final",
    "S": "substituted",
}


def checksum(nmi: str) -> int:
    """The digit that belongs behind an NMI of ten characters."""
    total = 0
    for place, sign in enumerate(reversed(nmi)):
        code = ord(sign) * (2 if place % 2 == 0 else 1)
        total += sum(int(digit) for digit in str(code))
    return -total % 10


def nmi_of(written: str) -> tuple[str | None, str]:
    """The NMI without its checksum, or None and what is wrong."""
    nmi = written.strip().upper()
    if not nmi:
        return None, "there is no NMI: the record has to say whose it is"
    if len(nmi) != NMI_LENGTH + 1:
        return nmi, ""
    right = checksum(nmi[:NMI_LENGTH])
    if nmi[NMI_LENGTH] != str(right):
        return None, f"the NMI is {written!r}, whose checksum should be {right}: look who is meant"
    return nmi[:NMI_LENGTH], ""


def mark_of(flag: str, reason: str) -> Mark:
    """The mark of a quality and method such as `S14`, and a reason such as `76`."""
    code = f"{flag}/{reason}" if reason else flag
    return Mark(QUALITIES[flag[:1]], None if code == "A" else code)


def version_of(update: str) -> int:
    """An update time such as `20240131120000` as a number; 0 if there is none."""
    return int(update) if len(update) <= 14 and update.isascii() and update.isdigit() else 0


class _Read(NamedTuple):
    """One of both readings of a record."""

    value: str
    time: str
    quality: str
    reason: str


def accumulation(number: int, line: bytes, offset_ms: int, options: Options) -> Iterator[Found]:
    """What a record 250 says: two registers."""
    fields = [each.strip() for each in line.decode("utf-8", errors="replace").split(",")]
    fields += [""] * (23 - len(fields))
    nmi, suffix, serial, direction, unit = (fields[place] for place in (1, 4, 6, 7, 19))
    name = f"{nmi} {suffix} {unit}".rstrip()
    reads = (_Read(*fields[8:12]), _Read(*fields[13:17]))
    said = [each for each in reads if each.value]
    yield Seen(len(reads))
    if len(said) < len(reads):
        yield Missing(number, len(reads) - len(said))
    meter, fault = nmi_of(nmi)
    if meter is None:
        yield Unusable(number, "250", "checksum", fault, len(said), shown(line))
        return
    factor = MWH_PER_UNIT.get(unit.upper())
    if factor is None:
        yield NotImported(number, name, len(said))
        return
    meter_id = options.ours(":".join(each for each in (meter, suffix, serial) if each))
    if direction.upper() == "I":
        meter_id += EXPORT_SUFFIX
    registers = []
    for each in said:
        found = _register(number, line, each, factor, offset_ms)
        if isinstance(found, Unusable):
            yield found
        else:
            registers.append(found)
    if not registers:
        return
    if len(registers) == 2 and registers[0][0] == registers[1][0]:
        if registers[0][1] == registers[1][1]:
            yield Repeated(number, 1)
        else:
            detail = f"two registers of one time, {said[0].time}: one of them is wrong"
            yield Unusable(number, "250", "conflict", detail, 2, shown(line))
            return
        del registers[1]
    yield from _disagreement(number, fields[18], [each[1] for each in registers], factor)
    registers.sort(key=itemgetter(0))
    marks = tuple(dict.fromkeys(mark for _, _, _, mark in registers))
    yield Block(
        meter_id,
        "electricity",
        0,
        np.array([each[0] for each in registers], np.int64),
        np.array([each[1] for each in registers], np.int64),
        np.full(len(registers), number, np.int64),
        marks,
        np.array([marks.index(each[3]) for each in registers], np.uint16),
        np.full(len(registers), version_of(fields[21]), np.int64),
    )


def _register(
    number: int, line: bytes, read: _Read, factor: int, offset_ms: int
) -> tuple[int, int, int, Mark] | Unusable:
    try:
        amount = thousandths(read.value, Decimal(factor))
    except ValueError as error:
        return Unusable(number, "250", "bad_number", f"{error}", 1, shown(line))
    if not 0 <= amount <= MAX_REGISTER * 1000:
        reason, detail = "out_of_range", f"a register is from 0 to {MAX_REGISTER:,} Wh"
        if amount < 0:
            reason = "negative"
        return Unusable(number, "250", reason, detail, 1, shown(line))  # type: ignore[arg-type]
    try:
        at = datetime.strptime(read.time, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        detail = f"the time is {read.time!r}: it looks like 20240131093055"
        return Unusable(number, "250", "bad_time", detail, 1, shown(line))
    at_ms = int(at.timestamp()) * 1000 - offset_ms
    if at_ms < 0:
        return Unusable(number, "250", "too_old", f"{read.time} is before 1970", 1, shown(line))
    if at_ms > MAX_TS_MS:
        return Unusable(number, "250", "out_of_range", f"{read.time} is after 2100", 1, shown(line))
    flag = read.quality.upper()
    if flag[:1] not in QUALITIES:
        detail = f"the quality is {read.quality!r}: A, E, F or S is expected"
        return Unusable(number, "250", "quality_range", detail, 1, shown(line))
    return at_ms, amount, number, mark_of(flag, read.reason)


def _disagreement(number: int, quantity: str, amounts: list[int], factor: int) -> Iterator[Remark]:
    """That what was used is not what the registers say: they rolled over, or something is wrong."""
    if len(amounts) != 2 or not quantity:
        return
    try:
        said = thousandths(quantity, Decimal(factor))
    except ValueError:
        yield Remark(number, "250", f"the quantity is {quantity!r}, which is no number")
        return
    if said != amounts[1] - amounts[0]:
        yield Remark(
            number,
            "250",
            f"the quantity is {quantity}, and the registers say "
            f"{Decimal(amounts[1] - amounts[0]) / factor}: rolled over, or one of them is wrong",
        )
