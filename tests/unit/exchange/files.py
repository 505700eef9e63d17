"""Files that were found, and what a reader makes of one."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np

from exchange.tally import Tally
from exchange.values import Block, Found, Ints, Remark, Unusable

DATA = Path(__file__).with_name("data")
"""`README.md` there says where each is from."""


@dataclass(frozen=True)
class Outcome:
    """What a reader found, put together."""

    found: list[Found]

    @property
    def tally(self) -> Tally:
        tally = Tally()
        for each in self.found:
            tally.add(each)
        return tally

    @property
    def blocks(self) -> list[Block]:
        return [each for each in self.found if isinstance(each, Block)]

    @property
    def unusable(self) -> list[tuple[int, str, int]]:
        """Line, reason and values of each."""
        return [
            (each.line, each.reason, each.values)
            for each in self.found
            if isinstance(each, Unusable)
        ]

    @property
    def remarks(self) -> list[Remark]:
        return [each for each in self.found if isinstance(each, Remark)]

    def of(self, meter_id: str) -> list[Block]:
        return [each for each in self.blocks if each.meter_id == meter_id]

    def ends(self, meter_id: str) -> Ints:
        return np.concatenate([each.ends_ms for each in self.of(meter_id)])

    def amounts(self, meter_id: str) -> Ints:
        return np.concatenate([each.amounts for each in self.of(meter_id)])

    def marks(self) -> Counter[tuple[str, str | None]]:
        counts: Counter[tuple[str, str | None]] = Counter()
        for each in self.blocks:
            which = np.zeros(len(each), np.uint16) if each.mark_of is None else each.mark_of
            counts.update((each.marks[place].quality, each.marks[place].code) for place in which)
        return counts


def outcome(found: Iterable[Found]) -> Outcome:
    """What a reader found; no value may have been lost on the way."""
    result = Outcome(list(found))
    tally = result.tally
    assert tally.values == tally.blocks + tally.accounted
    return result


def content(name: str) -> BytesIO:
    return BytesIO((DATA / name).read_bytes())
