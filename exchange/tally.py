"""What became of a file's values, and that none was lost on the way."""

from collections import Counter
from dataclasses import dataclass, field

from exchange.values import (
    Block,
    Found,
    Missing,
    NotImported,
    Reason,
    Remark,
    Repeated,
    Seen,
    Unusable,
)


@dataclass(slots=True)
class Tally:
    """Counts of values. They close when each that stands in the file has become one thing:

    values = sent + same + revised + missing + not imported + unusable
    """

    values: int = 0
    """That stand in the file, as the reader came upon them."""
    sent: int = 0
    same: int = 0
    """Said before, by this file or by one imported earlier."""
    revised: int = 0
    missing: int = 0
    not_imported: Counter[str] = field(default_factory=Counter)
    """By channel."""
    unusable: Counter[Reason] = field(default_factory=Counter)
    """By reason: values; what has no value of its own is there with 0."""
    remarks: int = 0
    blocks: int = 0
    """Values that the reader handed on, before anybody asked whether they are known."""

    def add(self, found: Found) -> None:
        """Count what a reader found; a block's values only as handed on."""
        match found:
            case Seen():
                self.values += found.values
            case Block():
                self.blocks += len(found)
            case Missing():
                self.missing += found.values
            case Repeated():
                self.same += found.values
            case NotImported():
                self.not_imported[found.channel] += found.values
            case Unusable():
                self.unusable[found.reason] += found.values
            case Remark():
                self.remarks += 1

    def add_all(self, other: "Tally") -> None:
        """Count what another one has."""
        self.values += other.values
        self.sent += other.sent
        self.same += other.same
        self.revised += other.revised
        self.missing += other.missing
        # Not `update`: keys with 0 are said, too.
        for channel, values in other.not_imported.items():
            self.not_imported[channel] += values
        for reason, values in other.unusable.items():
            self.unusable[reason] += values
        self.remarks += other.remarks
        self.blocks += other.blocks

    @property
    def used(self) -> int:
        """Values that are in the log by this file, or were before."""
        return self.sent + self.same + self.revised

    @property
    def accounted(self) -> int:
        """Values of which it is known what became of them."""
        left = self.not_imported.total() + self.unusable.total()
        return self.used + self.missing + left

    @property
    def closes(self) -> bool:
        """Whether no value was lost, and none counted twice."""
        return self.values == self.accounted
