"""Readings as they go over the wire, many at once.

Every message of a fleet has the same length: a number stands right-aligned in its place, with
blanks before it, as JSON allows between tokens. So a batch is a matrix of bytes, written column by
column from tables of digits.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.reading import COMMODITIES, MAX_DEMAND, MAX_VOLTAGE_V
from simulators.batch import Batch
from simulators.fleet.registry import Registry

CHUNK = 10_000
"""Four digits are looked up at a time."""
BLOCK = 4_000
"""Messages that are written at a time: they stay in the processor's cache."""
INTEGER_CHUNKS, REGISTER_CHUNKS, AMOUNT_CHUNKS = 4, 3, 3

Ints = NDArray[np.int64]


def _digits(pattern: str) -> NDArray[np.uint32]:
    texts = "".join(format(number, pattern) for number in range(CHUNK))
    return np.frombuffer(texts.encode(), dtype=np.uint32)


_ZERO_PADDED = _digits("04d")
_BLANK_PADDED = _digits("4d")
_BLANK_PADDED_OR_EMPTY = np.concatenate([_digits("4d")[:0], _BLANK_PADDED]).copy()
_BLANK_PADDED_OR_EMPTY[0] = np.frombuffer(b"    ", dtype=np.uint32)[0]
_LEADING = np.concatenate([_ZERO_PADDED, _BLANK_PADDED_OR_EMPTY])
"""A chunk after higher digits, or `CHUNK` further down, one after none."""
_LAST = np.concatenate([_ZERO_PADDED, _BLANK_PADDED])
"""The same for the last chunk of an integer, which shows a single zero."""
_DECIMALS = np.frombuffer(
    "".join(f".{number:03d}" for number in range(1_000)).encode(), dtype=np.uint32
)


@dataclass(frozen=True, slots=True)
class Encoder:
    """Encodes readings of the meters of a registry; not for two threads at once."""

    key: list[bytes]
    head: NDArray[np.void]
    """`{"meter_id": ... "ts":` of each meter, padded with blanks."""
    layout: np.dtype[np.void]
    intervals: bool
    """Whether the meters say the energy of intervals, and no demand."""
    rows: NDArray[np.void]
    """Room for BLOCK messages, the text between the numbers written already."""

    def keys(self, meter: NDArray[np.int32]) -> list[bytes]:
        """Key of each record."""
        key = self.key
        return [key[row] for row in meter.tolist()]

    def encode(self, batch: Batch) -> list[bytes]:
        """The message of each reading.

        Raises:
            ValueError: a demand, energy or voltage beyond the contract's limits.
        """
        messages: list[bytes] = []
        for begin in range(0, len(batch), BLOCK):
            messages += self._encode_block(batch.take(slice(begin, begin + BLOCK)))
        return messages

    def _encode_block(self, batch: Batch) -> list[bytes]:
        rows = self.rows[: len(batch)]
        rows["head"] = self.head[batch.meter]
        _write_integer(rows, "ts", batch.ts_ms)
        _write_integer(rows, "seq", batch.seq)
        _write_thousandths(rows, "register", batch.register_m, REGISTER_CHUNKS)
        if not self.intervals:
            _write_amount(rows, "demand", batch.demand_m)
        elif batch.intervals is not None:
            _write_amount(rows, "energy", batch.intervals.energy_m)
            rows["quality"] = _QUALITY[batch.intervals.estimated.astype(np.int8)]
            rows["revision"] = _REVISION[batch.intervals.revision]
        _write_voltage(rows, batch.voltage_v)
        encoded: list[bytes] = rows.view(f"S{self.layout.itemsize}").tolist()
        return encoded


def encoder(registry: Registry) -> Encoder:
    """The encoder of a registry's meters."""
    commodities = np.array(COMMODITIES, dtype=np.bytes_)[registry.commodity]
    head = np.char.add(np.char.add(b'{"meter_id":"', registry.meter_id), b'","geohash":"')
    head = np.char.add(np.char.add(head, registry.geohash), b'","commodity":"')
    head = np.char.add(np.char.add(head, commodities), b'"')
    intervals = registry.kind == "interval"
    if intervals:
        head = np.char.add(np.char.add(head, b',"interval_ms":'), registry.cadence_ms.astype("S"))
    head = np.char.add(head, b',"ts":')
    amount = "energy" if intervals else "demand"
    width = int(np.char.str_len(head).max())
    padded = np.char.ljust(head, width).astype(f"S{width}")
    fields = [("head", f"V{width}")]
    fields += [*_chunks("ts", INTEGER_CHUNKS), ("seq name", "V7")]
    fields += [*_chunks("seq", INTEGER_CHUNKS), ("register name", "V12")]
    fields += [*_chunks("register", REGISTER_CHUNKS), ("register .", "u4"), ("amount name", "V10")]
    # room for the sign of the largest amount
    fields += [("sign", "u1"), *_chunks(amount, AMOUNT_CHUNKS), (f"{amount} .", "u4")]
    if intervals:
        fields += [("quality", _QUALITY.dtype.str), ("revision", _REVISION.dtype.str)]
    fields += [("voltage name", "V13")]
    fields += [*_chunks("voltage", 2), ("voltage .", "u2"), ("end", "V1")]
    layout = np.dtype(fields)
    rows = np.frombuffer(b" " * layout.itemsize * BLOCK, dtype=layout).copy()
    for name, text in (
        ("seq name", b',"seq":'),
        ("register name", b',"register":'),
        ("amount name", f',"{amount}":'.encode()),
        ("voltage name", b',"voltage_v":'),
        ("end", b"}"),
    ):
        rows[name] = np.void(text)
    return Encoder(
        key=registry.meter_id.tolist(),
        head=padded.view(f"V{width}"),
        layout=layout,
        intervals=intervals,
        rows=rows,
    )


def _chunks(name: str, number: int) -> list[tuple[str, str]]:
    """Fields for four digits each, the highest first."""
    return [(f"{name} {place}", "u4") for place in range(number)]


def _write_integer(rows: NDArray[np.void], name: str, numbers: Ints, chunks: int = 4) -> None:
    rest = numbers
    for place in range(chunks - 1, -1, -1):
        higher = rest // CHUNK
        chunk = rest - higher * CHUNK
        table = _LAST if place == chunks - 1 else _LEADING
        rows[f"{name} {place}"] = table[chunk + CHUNK * (higher == 0)]
        rest = higher
    if rest.any():
        raise ValueError(f"{name} is {numbers.max()}: it has more than {4 * chunks} digits")


def _write_thousandths(rows: NDArray[np.void], name: str, amounts_m: Ints, chunks: int) -> None:
    whole = amounts_m // 1_000
    _write_integer(rows, name, whole, chunks)
    rows[f"{name} ."] = _DECIMALS[amounts_m - whole * 1_000]


def _write_amount(rows: NDArray[np.void], name: str, amounts_m: Ints) -> None:
    """A signed amount: a minus right before the first digit of each negative one."""
    _write_thousandths(rows, name, np.abs(amounts_m), AMOUNT_CHUNKS)
    rows["sign"] = ord(" ")
    negative = np.flatnonzero(amounts_m < 0)
    if not len(negative):
        return
    assert rows.dtype.fields is not None
    first, last = rows.dtype.fields["sign"][1], rows.dtype.fields[f"{name} ."][1]
    letters = rows.view(np.uint8).reshape(len(rows), -1)
    written = letters[negative, first:last]
    place = (written != ord(" ")).argmax(axis=1) - 1
    letters[negative, first + place] = ord("-")


def _write_voltage(rows: NDArray[np.void], voltage_v: NDArray[np.float64]) -> None:
    absent = np.isnan(voltage_v)
    tenths = np.rint(np.where(absent, 0, voltage_v) * 10).astype(np.int64)
    whole = tenths // 10
    _write_integer(rows, "voltage", whole, 2)
    rows["voltage ."] = _TENTHS[tenths - whole * 10]
    rows["voltage 1"][absent] = _NULL
    rows["voltage ."][absent] = _BLANKS


_TENTHS = np.frombuffer("".join(f".{number}" for number in range(10)).encode(), dtype=np.uint16)
_NULL = np.frombuffer(b"null", dtype=np.uint32)[0]
_BLANKS = np.frombuffer(b"  ", dtype=np.uint16)[0]
_QUALITY = np.char.ljust(np.array([b"", b',"quality":"estimated"']), 22).astype("V22")
"""Of readings that are not estimated, and that are."""
_REVISION = np.char.ljust(np.array([b"", b',"revision":1']), 13).astype("V13")
assert MAX_DEMAND < CHUNK**AMOUNT_CHUNKS
assert MAX_VOLTAGE_V < CHUNK**2
