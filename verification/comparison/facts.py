"""Facts of the topic against what the log makes, and their order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from verification.comparison.compare import EXAMPLES, Comparison, Row, compare_repeated
from verification.comparison.names import fact_name, hour_name
from verification.oracle.detection.judged import Judged
from verification.rows import FactKey, JudgedFact


def compare_facts(
    store: str,
    expected: Mapping[FactKey, Row],
    found: Sequence[tuple[FactKey, Row]],
    name_of: Callable[[FactKey], str] = fact_name,
) -> Comparison:
    """Compare facts of one kind: each may be there more than once, but always the same; and a
    subject's come in the order of their times, since whoever reads them drops one that is not after
    the last.

    Args:
        found: Those of a subject in the topic's order.
    """
    compared = compare_repeated(store, expected, found, name_of)
    late = [f"{name_of(key)} comes after a later one" for key in _too_late(found)]
    return replace(
        compared,
        different=compared.different + len(late),
        examples=[*compared.examples, *late][:EXAMPLES],
    )


def compare_judged(
    store: str,
    expected: Mapping[FactKey, Judged],
    found: Sequence[tuple[FactKey, JudgedFact]],
) -> Comparison:
    """Likewise judged hours, of which several may be right: that which is there, if it is one."""
    there = dict(found)
    wanted = {
        key: there[key] if there.get(key) in each.rows else each.rows[0]
        for key, each in expected.items()
        if each.is_sure or key in there
    }
    return compare_facts(store, wanted, found, hour_name)


def _too_late(found: Sequence[tuple[FactKey, Any]]) -> list[FactKey]:
    """Those that are there for the first time after a later one of their subject."""
    latest: dict[str, int] = {}
    seen: set[FactKey] = set()
    late: list[FactKey] = []
    for key, _ in found:
        subject, at_ms = key
        if key not in seen and at_ms < latest.get(subject, at_ms):
            late.append(key)
        seen.add(key)
        latest[subject] = max(at_ms, latest.get(subject, at_ms))
    return late
