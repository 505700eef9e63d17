"""What the channels of MSCONS say, by their OBIS codes, and what tariffs say together.

A code A-B:C.D.E (IEC 62056-61) has the medium in A, the flow in C, what is measured of it in D, and
the tariff in E, 0 for all of them.
"""

import re
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Literal

from contracts.meters import EXPORT_SUFFIX
from exchange.settling import Interval
from exchange.values import MEASURED, Found, NotImported, Repeated, Seen, Unusable

Kind = Literal["profile", "register", "advance"]
"""Intervals of a load profile; registers; energies between two readings of one."""

OBIS = re.compile(r"(?:(\d+)-\d+:)?([12])\.(\d+)\.(\d+)(?:\*\d+)?(?![\d.])")
ELECTRICITY, EXPORT = "1", "2"
KINDS: dict[str, Kind] = {"8": "register", "9": "advance", "29": "profile"}
WHOLE = "0"
"""All tariffs."""

Tariffs = dict[str, list[Interval]]
"""What is said of one meter, by tariff."""


@dataclass(frozen=True, slots=True)
class Code:
    """A channel of electrical energy."""

    export: bool
    kind: Kind
    tariff: str

    def kind_of(self, *, is_span: bool) -> Kind:
        """Of a value that has a begin, or has none: no register has one, whatever its code."""
        return "advance" if is_span and self.kind == "register" else self.kind

    def meter_id(self, point: str, kind: Kind) -> str:
        """Of this flow at a metering point; the load profile has the point's own name."""
        name = point if kind == "profile" else f"{point}:{kind}"
        return f"{name}{EXPORT_SUFFIX}" if self.export else name


def code_of(written: str) -> Code | None:
    """What a code means; None for what is no energy, or of another medium."""
    if written.startswith("AUA:"):
        return Code(export=False, kind="profile", tariff=WHOLE)
    match = OBIS.match(written)
    if match is None or match[1] not in (None, ELECTRICITY) or match[3] not in KINDS:
        return None
    return Code(export=match[2] == EXPORT, kind=KINDS[match[3]], tariff=match[4])


def named(meter_id: str, tariffs: Tariffs) -> str:
    """The id of a meter, of which one tariff alone is another meter: it is not the whole."""
    (first, *others) = tariffs
    if others or first == WHOLE:
        return meter_id
    base = meter_id.removesuffix(EXPORT_SUFFIX)
    return f"{base}:tariff-{first}{meter_id[len(base) :]}"


def together(tariffs: Tariffs, name: str, record: str) -> Generator[Found, None, list[Interval]]:
    """The whole, as it is said, or as the sum of all tariffs at each time; no time counts of which
    one of them is silent.

    Args:
        record: What the format calls a value, for the report.
    """
    if WHOLE in tariffs or len(tariffs) == 1:
        (whole,) = [tariffs[WHOLE]] if WHOLE in tariffs else tariffs.values()
        for tariff, parts in tariffs.items():
            if parts and parts is not whole:
                yield NotImported(parts[0].line, f"{name} tariff {tariff}", len(parts))
        return whole
    by_time: dict[tuple[int, int], Tariffs] = {}
    for tariff, parts in tariffs.items():
        for each in parts:
            its = by_time.setdefault((each.begin_ms, each.end_ms), {})
            its.setdefault(tariff, []).append(each)
    sums = []
    for said in by_time.values():
        every = [each for parts in said.values() for each in parts]
        if silent := ", ".join(sorted(tariffs.keys() - said.keys())):
            detail = f"tariff {silent} says nothing of that time, so the whole is not known"
            yield from (Unusable(each.line, record, "record_cut", detail, 1) for each in every)
        elif any(each.amount != parts[0].amount for parts in said.values() for each in parts):
            detail = "a tariff says two values of one time: keep one"
            yield from (Unusable(each.line, record, "conflict", detail, 1) for each in every)
        else:
            firsts = [parts[0] for parts in said.values()]
            mark = next((each.mark for each in firsts if each.mark != MEASURED), MEASURED)
            amount = sum(each.amount for each in firsts)
            sums.append(replace(firsts[0], amount=amount, mark=mark))
            # Parts of one value are one.
            yield Seen(1 - len(firsts))
            if len(every) > len(firsts):
                yield Repeated(every[0].line, len(every) - len(firsts))
    return sums
