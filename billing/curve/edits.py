"""Edits: what a person says that a register counted, in the place of what is known otherwise."""

from collections.abc import Sequence

import numpy as np

from billing.curve.errors import CurveError
from billing.curve.registers import Registers
from billing.curve.segments import (
    Method,
    Reason,
    Segment,
    Segments,
    cut,
    joined_segments,
    of_rows,
    row,
)
from contracts.billing import Letter
from contracts.masters import Edit, Installation


def edited(
    segments: Segments, edits: Sequence[Edit], registers: Sequence[Installation]
) -> Segments:
    """Segments with edits (X) over all else, a later one over an earlier one; what lies beside them
    stays as it is.

    Args:
        edits: Those that are not revoked. Of registers that are not in the list, none counts.

    Raises:
        CurveError: an edit ends before it begins, or is of less than nothing.
    """
    places = Registers.of(registers).places
    own: dict[int, list[Edit]] = {}
    for each in sorted(edits, key=lambda edit: edit.edit_id):
        place = places.get((each.register_id, each.commodity))
        if place is not None:
            _check(each)
            own.setdefault(place, []).append(each)
    if not own:
        return segments
    rest = np.ones(len(segments), dtype=np.bool_)
    rows: list[Segment] = []
    for place, these in own.items():
        span = segments.of(place)
        rest[span] = False
        found = [row(segments, at) for at in range(span.start, span.stop)]
        for each in these:
            found = _over(found, place, each)
        rows += found
    return joined_segments(segments.take(rest), of_rows(rows))


def _check(edit: Edit) -> None:
    if edit.end_ms <= edit.begin_ms:
        raise CurveError(
            f"edit {edit.edit_id} of register {edit.register_id}: end_ms is {edit.end_ms}, not "
            f"after begin_ms {edit.begin_ms}: give a span"
        )
    if edit.energy_mwh < 0:
        raise CurveError(
            f"edit {edit.edit_id} of register {edit.register_id}: energy_mwh is "
            f"{edit.energy_mwh}: give 0 or more; what flows the other way has an export register"
        )


def _over(segments: Sequence[Segment], place: int, edit: Edit) -> list[Segment]:
    begin_ms, end_ms = edit.begin_ms, edit.end_ms
    kept = [
        part
        for each in segments
        for part in cut(each, (begin_ms, end_ms))
        if part[2] <= begin_ms or part[1] >= end_ms
    ]
    kept.append(
        (
            place,
            begin_ms,
            end_ms,
            edit.energy_mwh,
            Letter.X,
            Method.EDIT,
            Reason.NONE,
            False,
        )
    )
    return sorted(kept)
