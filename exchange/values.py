"""What readers of files find: the shapes that every format has in common.

A reader is a lazy row of `Found`. Each value that stands in the file is counted once by `Seen`, as
the reader comes upon it, and once more by what became of it; `exchange.tally` holds both sums
against each other. Amounts are whole thousandths of a Wh, or of a litre; times are epoch ms UTC.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from contracts.reading import MAX_QUALITY_CODE_LENGTH, Commodity, Quality

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Places = NDArray[np.uint16]

Reason = Literal[
    "not_this_format",  # a line or an element that has no place in the format
    "record_cut",  # a record that ends too early, or has no record that it belongs to
    "interval_count",  # as many values as the length of the intervals does not make a day of
    "quality_range",  # intervals for which no quality is said, or a quality of none
    "unknown_unit",
    "unit_needs_conversion",  # of energy where volume is counted: say the calorific value
    "bad_number",
    "negative",
    "bad_time",
    "no_such_time",  # the hour that clocks skip
    "ambiguous_time",  # the hour that they repeat, and nothing says which of both
    "zero_length",  # an interval that ends when it begins, or before
    "overlap",  # with another interval of the meter
    "conflict",  # two values for one interval, and nothing says which is newer
    "older_version",  # than what is known
    "checksum",
    "unknown_meter",
    "out_of_range",  # beyond the limits of a reading
    "too_old",  # before 1970
]


@dataclass(frozen=True, slots=True)
class Mark:
    """How good a value is, in the contract's words, and as the source says it."""

    quality: Quality = "measured"
    code: str | None = None
    """As it fits into a reading: at most 16 signs that can be printed. None where the source says
    nothing more than the quality."""

    def __post_init__(self) -> None:
        if self.code is not None and not self.code:
            raise ValueError("code is empty: give None where there is none")
        if self.code is not None:
            printable = "".join(sign for sign in self.code if "!" <= sign <= "~")
            object.__setattr__(self, "code", printable[:MAX_QUALITY_CODE_LENGTH] or None)


MEASURED = Mark()


@dataclass(frozen=True, slots=True)
class Block:
    """Values of one meter that stand together, in the order of time, of one length.

    All arrays have one element for each value.
    """

    meter_id: str
    commodity: Commodity
    interval_ms: int
    """Length of each interval; 0 where the values are registers."""
    ends_ms: Ints
    amounts: Ints
    """Thousandths: energy of the interval, or the register at `ends_ms`."""
    lines: Ints
    """Where each stands in the file."""
    marks: tuple[Mark, ...] = (MEASURED,)
    mark_of: Places | None = None
    """Which of the marks; None where all have the first."""
    versions: Ints | None = None
    """When the source says that it last changed each, as numbers that grow; None if it does not."""
    demands: Ints | None = None
    """Thousandths of W, or of litres an hour, as said; `UNSAID` where it is not. None: nowhere."""
    voltages: Floats | None = None
    """V; NaN where it is not said."""

    @property
    def is_register(self) -> bool:
        """Whether the values are registers."""
        return self.interval_ms == 0

    def __len__(self) -> int:
        return len(self.ends_ms)


UNSAID = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class Seen:
    """So many values stand in what was read next, whatever becomes of them."""

    values: int


@dataclass(frozen=True, slots=True)
class Missing:
    """Places for values without one: the source says that there is none."""

    line: int
    values: int


@dataclass(frozen=True, slots=True)
class Repeated:
    """Values that say again what another value of the file says."""

    line: int
    values: int


@dataclass(frozen=True, slots=True)
class NotImported:
    """Values of a kind that no reading has, such as reactive energy."""

    line: int
    channel: str
    """The meter's and the channel's name in the file, and the unit."""
    values: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "channel", shown(self.channel))


@dataclass(frozen=True, slots=True)
class Unusable:
    """Something that cannot be used: a line of the report."""

    line: int
    record: str
    """What it is in the words of the format, such as `300` or `IntervalReading`."""
    reason: Reason
    detail: str
    """What is wrong, with the value, and what to do."""
    values: int
    """How many values it keeps from being used; 0 for what has none of its own."""
    text: str = ""
    """The beginning of what stands there."""

    def __post_init__(self) -> None:
        # They are lines, though the file's own words may be in them.
        object.__setattr__(self, "record", shown(self.record))
        object.__setattr__(self, "detail", shown(self.detail, LONGEST_DETAIL))


@dataclass(frozen=True, slots=True)
class Remark:
    """Something odd that keeps no value from being used."""

    line: int
    record: str
    detail: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", shown(self.detail, LONGEST_DETAIL))


Found = Seen | Block | Missing | Repeated | NotImported | Unusable | Remark
Reader = Callable[[], Iterator[Found]]

LONGEST_TEXT, LONGEST_DETAIL = 120, 500


def shown(text: str | bytes, longest: int = LONGEST_TEXT) -> str:
    """The beginning of what stands in a file, fit for a line of a report."""
    if isinstance(text, bytes):
        text = text[: 2 * longest].decode("utf-8", errors="replace")
    text = printable(text[: 2 * longest]).strip()
    return text if len(text) <= longest else f"{text[:longest]}…"


def printable(text: str) -> str:
    """A text of somebody else's, in which nothing steers a terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
