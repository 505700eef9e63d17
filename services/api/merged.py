"""The merge of a minute's rows, or of a period's, figure by figure, as contracts/README.md has it
("Figures of a minute")."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from adapters.meter_history import FullRow

_WRAPS = (2**16, 2**32)
_NEAR = 64
"""A step across a wrap is no longer; what is, is a device that begins again."""


@dataclass(frozen=True, slots=True)
class Minute:
    """What is known of a minute or period; registers and energy in thousandths."""

    begin_ms: int
    readings: int
    expected: int
    late: int
    """Of the readings those that came late."""
    estimated: int
    first_at_ms: int
    last_at_ms: int
    first_register: int
    last_register: int
    demand_mean: float | None
    demand_min: float | None
    demand_max: float | None
    energy: int | None
    corrected_ms: int
    """Begin of the minute in which the last word of it came; 0 if all came on time."""


def merged(rows: Iterable[FullRow]) -> list[Minute]:
    """Each minute or period that has rows, in their order."""
    same: defaultdict[int, list[FullRow]] = defaultdict(list)
    for each in rows:
        same[each.row.minute_ms].append(each)
    return [_merge(begin_ms, same[begin_ms]) for begin_ms in sorted(same)]


def _merge(begin_ms: int, full: Sequence[FullRow]) -> Minute:
    rows = [each.row for each in full]
    first = min(rows, key=lambda row: (row.first_at_ms, row.first_seq, -row.corrected_ms))
    last = max(rows, key=lambda row: (row.last_at_ms, row.last_seq, row.corrected_ms))
    demands = sum(each.demands for each in full)
    least = [each.demand_min for each in full if each.demand_min is not None]
    most = [each.demand_max for each in full if each.demand_max is not None]
    energies = [row.energy for row in rows if row.energy is not None]
    return Minute(
        begin_ms=begin_ms,
        readings=sum(row.readings for row in rows),
        expected=expected(full),
        late=sum(row.readings for row in rows if row.corrected_ms),
        estimated=sum(row.estimated for row in rows),
        first_at_ms=first.first_at_ms,
        last_at_ms=last.last_at_ms,
        first_register=first.first_register,
        last_register=last.last_register,
        demand_mean=sum(each.demand_sum for each in full) / demands if demands else None,
        demand_min=min(least, default=None),
        demand_max=max(most, default=None),
        energy=sum(energies) if energies else None,
        corrected_ms=max(row.corrected_ms for row in rows),
    )


def expected(full: Iterable[FullRow]) -> int:
    """Readings that the sequence numbers of rows say there are, of a minute's or of a span's."""
    count = readings = 0
    by_numbers = True
    least_seq = most_seq = 0
    end = 0, 0
    heard = (each for each in full if each.row.readings)
    for each in sorted(heard, key=lambda each: (each.row.first_at_ms, each.row.first_seq)):
        row = each.row
        readings += row.readings
        # Where every row counts as many as its numbers span, so do all of them together.
        by_numbers = by_numbers and each.expected == row.last_seq - row.first_seq + 1
        if not count:
            least_seq, most_seq, count = row.first_seq, row.last_seq, each.expected
        else:
            least_seq, most_seq = min(least_seq, row.first_seq), max(most_seq, row.last_seq)
            if (row.first_at_ms, row.first_seq) > end:
                count += each.expected + _step(end[1], row.first_seq) - 1
            else:
                spanned = most_seq - least_seq + 1 if by_numbers else 0
                count = max(count, each.expected, readings, spanned)
        end = max(end, (row.last_at_ms, row.last_seq))
    return count


def _step(before: int, after: int) -> int:
    """From one sequence number to the next: 1 where the device has begun again."""
    if after > before:
        return after - before
    for size in _WRAPS:
        if before < size and (across := size - before + after) <= _NEAR:
            return across
    return 1
