"""Alerts of the topic against what the log makes."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

from verification.comparison.compare import Comparison, compare_repeated
from verification.comparison.names import alert_name
from verification.oracle.detection.alerts import Subject
from verification.rows import AlertKey, AlertVersion

FITTED = "feeder_loss"
"""The kind of which numbers are fitted, in two ways."""
APART = 0.002
"""So far apart they may be: they are told in thousandths, ..."""
APART_SHARE = 1e-4
"""... and so much of themselves besides."""


def compare_alerts(
    store: str,
    expected: Mapping[AlertKey, AlertVersion],
    undecided: Set[Subject],
    found: Sequence[tuple[AlertKey, AlertVersion]],
) -> Comparison:
    """Compare versions of alerts: each may be there more than once, but always the same.

    Args:
        undecided: Whose alerts are left out.
    """
    decided = [
        (key, _put_right(version, expected.get(key)))
        for key, version in found
        if (version.kind, version.subject) not in undecided
    ]
    compared = compare_repeated(store, expected, decided, alert_name)
    return replace(compared, undecided=len(undecided))


def _put_right(found: AlertVersion, wanted: AlertVersion | None) -> AlertVersion:
    """What is found, with the numbers that are wanted if they are as near as they must be."""
    if wanted is None or found.kind != FITTED or len(found.numbers) != len(wanted.numbers):
        return found
    near = all(
        name == other and abs(number - its) <= APART + APART_SHARE * abs(its)
        for (name, number), (other, its) in zip(found.numbers, wanted.numbers, strict=True)
    )
    return found._replace(numbers=wanted.numbers) if near else found
