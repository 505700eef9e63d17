"""What happens to files on their way: bytes that flip, lines that go, come twice or change places,
ends that are cut off, cells that hold something else."""

from collections.abc import Callable, Iterator, Sequence
from typing import get_args

from hypothesis import strategies as st

from contracts.reading import (
    MAX_ENERGY,
    MAX_INTERVAL_MS,
    MAX_QUALITY_CODE_LENGTH,
    MAX_REGISTER,
    MAX_SEQ,
    MAX_TS_MS,
    QUALITIES,
    Reading,
)
from exchange.importing.importer import METER_ID
from exchange.values import Found, Reason, Remark, Unusable

STRANGE = (
    *(
        b"",
        b"-1",
        b"-0.0005",
        b"1e30",
        b"-1e30",
        b"1e-300",
        b"NaN",
        b"inf",
        b"0x10",
        b"1_0",
        b"1,5",
    ),
    *(b"9" * 20, b"9" * 5_000, b'"', b'""', b"'", b"?", b"<", b"&a;", b"]]>", b"\0", b"\xff\xfe"),
    *(b"\xc3", "١٢".encode(), "²".encode(), b"24:00", b"25", b"0", b"00000000", b"99999999"),
    *(b"1969-12-31T23:00Z", b"9999-12-31 23:59:59", b"0001-01-01T00:00+14:00", b"2024-02-30"),
)
"""In the place of something that a reader expects."""
MARKS = b",;:+'()<>\"\n*"
"""What stands between the parts of a line."""


@st.composite
def damaged(draw: st.DrawFn, content: bytes, separator: bytes = b"\n") -> bytes:
    """A file to which something has happened, or a few things."""
    for _ in range(draw(st.integers(1, 3))):
        content = draw(st.sampled_from(WAYS))(draw, content, separator)
    return content


def _flipped(draw: st.DrawFn, content: bytes, _separator: bytes) -> bytes:
    found = bytearray(content)
    for _ in range(draw(st.integers(1, 4)) if content else 0):
        found[draw(st.integers(0, len(found) - 1))] ^= 1 << draw(st.integers(0, 7))
    return bytes(found)


def _cut(draw: st.DrawFn, content: bytes, _separator: bytes) -> bytes:
    return content[: draw(st.integers(0, len(content)))]


def _without(draw: st.DrawFn, content: bytes, separator: bytes) -> bytes:
    lines = content.split(separator)
    begin = draw(st.integers(0, len(lines) - 1))
    del lines[begin : begin + draw(st.integers(1, 3))]
    return separator.join(lines)


def _twice(draw: st.DrawFn, content: bytes, separator: bytes) -> bytes:
    lines = content.split(separator)
    place = draw(st.integers(0, len(lines) - 1))
    lines.insert(draw(st.integers(0, len(lines))), lines[place])
    return separator.join(lines)


def _swapped(draw: st.DrawFn, content: bytes, separator: bytes) -> bytes:
    lines = content.split(separator)
    one, other = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    lines[one], lines[other] = lines[other], lines[one]
    return separator.join(lines)


def _replaced(draw: st.DrawFn, content: bytes, _separator: bytes) -> bytes:
    begin = draw(st.integers(0, len(content)))
    while begin and content[begin - 1] not in MARKS:
        begin -= 1
    end = begin
    while end < len(content) and content[end] not in MARKS:
        end += 1
    return content[:begin] + draw(st.sampled_from(STRANGE)) + content[end:]


WAYS: tuple[Callable[[st.DrawFn, bytes, bytes], bytes], ...] = (
    *(_flipped, _cut, _without, _twice, _swapped),
    # What a reader takes apart is where most can go wrong.
    *(_replaced, _replaced, _replaced),
)


def faults_of(readings: Sequence[Reading]) -> Iterator[str]:
    """What keeps readings from being some, as the contract says."""
    for each in readings:
        quality = each.quality is None or each.quality in QUALITIES
        code = each.quality_code or "-"
        energy = each.energy is None or abs(each.energy) <= MAX_ENERGY
        length = each.interval_ms is None or 0 < each.interval_ms <= MAX_INTERVAL_MS
        if not (
            METER_ID.fullmatch(each.meter_id)
            and 0 <= each.ts <= MAX_TS_MS
            and 0 <= each.seq <= MAX_SEQ
            and 0 <= each.register <= MAX_REGISTER
            and (energy and length and quality)
            and (code.isascii() and code.isprintable() and len(code) <= MAX_QUALITY_CODE_LENGTH)
        ):
            yield f"{each}"


def unclear(found: Sequence[Found]) -> Iterator[Found]:
    """Lines of a report that are no lines, or say nothing."""
    for each in found:
        if isinstance(each, Unusable) and each.reason not in get_args(Reason):
            yield each
        if isinstance(each, Unusable | Remark) and (not each.detail or "\n" in each.detail):
            yield each
