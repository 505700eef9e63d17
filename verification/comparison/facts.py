"""Facts of the topic against what the log makes, and their order."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from verification.comparison.compare import EXAMPLES, Comparison, compare_repeated
from verification.comparison.names import fact_name
from verification.rows import FactKey, FeederFact


def compare_facts(
    store: str,
    expected: Mapping[FactKey, FeederFact],
    found: Sequence[tuple[FactKey, FeederFact]],
) -> Comparison:
    """Compare facts: each may be there more than once, but always the same; and a feeder's come in
    the order of their times, since whoever reads them drops one that is not after the last.

    Args:
        found: Those of a feeder in the topic's order.
    """
    compared = compare_repeated(store, expected, found, fact_name)
    late = [f"{fact_name(key)} comes after a later one" for key in _too_late(found)]
    return replace(
        compared,
        different=compared.different + len(late),
        examples=[*compared.examples, *late][:EXAMPLES],
    )


def _too_late(found: Sequence[tuple[FactKey, FeederFact]]) -> list[FactKey]:
    """Those that are there for the first time after a later one of their feeder."""
    latest: dict[str, int] = {}
    seen: set[FactKey] = set()
    late: list[FactKey] = []
    for key, _ in found:
        feeder, at_ms = key
        if key not in seen and at_ms < latest.get(feeder, at_ms):
            late.append(key)
        seen.add(key)
        latest[feeder] = max(at_ms, latest.get(feeder, at_ms))
    return late
