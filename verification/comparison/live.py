"""Live values against what must be known of each meter.

What is known is said again now and then, with a newer slice and all else the same, so a value may
be newer than the slice in which something was told of the meter last; and it may be of a slice that
has not closed, of a meter of which more came than the closed slices hold.
"""

from collections.abc import Mapping

from verification.comparison.compare import Comparison, compare_rows
from verification.comparison.names import live_name
from verification.oracle.expected import Expected
from verification.oracle.live import Live
from verification.rows import LiveKey, LiveValue


def compare_live(store: str, expected: Expected, found: Mapping[LiveKey, LiveValue]) -> Comparison:
    """Compare values meter by meter, exactly but for what saying them again may change."""
    preliminary = _preliminary(expected, found)
    wanted = {
        key: allowed(live, found.get(key))
        for key, live in expected.live.items()
        if (key[0], key[2]) not in preliminary
    }
    there = {key: row for key, row in found.items() if (key[0], key[2]) not in preliminary}
    return compare_rows(store, wanted, there, live_name)


def allowed(live: Live, found: LiveValue | None) -> LiveValue:
    """The value that must be there, given which is: as it was said last or, said again in a newer
    slice, with the repeats that came up to then."""
    value = live.value
    if found is None or found.slice_end_ms is None or found.slice_end_ms <= value.slice_end_ms:
        return value
    repeats = found.repeats if value.repeats <= found.repeats <= live.repeats else live.repeats
    return value._replace(slice_end_ms=found.slice_end_ms, repeats=repeats)


def _preliminary(expected: Expected, found: Mapping[LiveKey, LiveValue]) -> set[tuple[str, str]]:
    """Meters whose value is of a slice that was open when the log ended."""
    return {
        (commodity, meter_id)
        for (commodity, _, meter_id), row in found.items()
        if (commodity, meter_id) in expected.unsettled
        and (row.slice_end_ms or 0) > expected.last_slice_end_ms
    }
