"""What `wattstream model` shows, in 80 columns."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
from rich.table import Table

from contracts.models import ModelManifest
from contracts.time import DAY_MS
from detection.unusual.evaluation import Measured
from detection.unusual.injections import INJECTIONS
from detection.unusual.model_files import Card
from detection.unusual.tables import TRAINING_DAYS


def pooled(measured: Sequence[Measured]) -> Table:
    """The mean over splits, by the number of false alerts asked for; the model above, and below it
    the min-max of the hour at the same number."""
    table = _table("asked", "model", "false", "found", *(kind.name for kind in INJECTIONS))
    for asked, same in _by_asked(measured):
        false = np.mean([each.false_per_1000 for each in same])
        table.add_row(
            f"{asked:g}",
            "own",
            f"{false:.1f}",
            f"{np.mean([each.mean_recall for each in same]):.3f}",
            *(f"{np.mean([each.recall[kind.name] for each in same]):.2f}" for kind in INJECTIONS),
        )
        reference = np.mean([each.reference_per_1000 for each in same])
        table.add_row(
            "",
            "min-max",
            f"{reference:.1f}",
            f"{np.mean([each.mean_reference_recall for each in same]):.3f}",
            *(
                f"{np.mean([each.reference_recall[kind.name] for each in same]):.2f}"
                for kind in INJECTIONS
            ),
            end_section=True,
        )
    table.caption = "false alerts for 1,000 home-days; share found of what was injected"
    return table


def by_split(measured: Sequence[Measured]) -> Table:
    """Each split by itself."""
    table = _table("asked", "split", "false", "found", "min-max", "tau")
    for asked, same in _by_asked(measured):
        for each in same:
            table.add_row(
                f"{asked:g}",
                str(each.split),
                f"{each.false_per_1000:.1f}",
                f"{each.mean_recall:.3f}",
                f"{each.mean_reference_recall:.3f}",
                " ".join(f"{tau:.1f}" for tau in each.tau),
                end_section=each is same[-1],
            )
    return table


def listed(cards: Mapping[str, Card], manifest: ModelManifest) -> Table:
    """The versions; `valid from` is empty of one that is not published, and what was measured of
    one whose thresholds are another's."""
    valid = {each.version: each.valid_from_ms for each in manifest.versions}
    table = _table("version", "valid from", "meters", "asked", "false", "found")
    for version, card in cards.items():
        measured = card.thresholds is None
        table.add_row(
            version,
            _time(valid[version]) if version in valid else "",
            f"{card.meters:,}",
            f"{card.asked_per_1000:g}",
            f"{card.held_out.false_per_1000:.1f}" if measured else "",
            f"{_recall(card):.2f}" if measured else "",
        )
    return table


def measured_by(card: Card) -> str:
    """How good the thresholds of a version are, and on which homes that was measured."""
    held_out = card.held_out
    on = f"on {held_out.homes} homes held out"
    if card.thresholds is not None:
        on = f"thresholds of {card.thresholds}, not measured on these homes; there, {on}"
    days = (card.trained_to_ms - card.trained_from_ms) // DAY_MS
    if days < TRAINING_DAYS:
        on = f"learned from {days} days instead of {TRAINING_DAYS}, so more alerts are false; {on}"
    return (
        f"{on}: {held_out.false_per_1000:.1f} false alerts for 1,000 home-days "
        f"({card.asked_per_1000:g} asked for), {_recall(card):.0%} of what was injected found"
    )


def _recall(card: Card) -> float:
    """The mean over kinds."""
    recall = card.held_out.recall.values()
    return sum(recall) / len(recall)


def _by_asked(measured: Sequence[Measured]) -> list[tuple[float, list[Measured]]]:
    asked = dict.fromkeys(each.asked_per_1000 for each in measured)
    return [(each, [one for one in measured if one.asked_per_1000 == each]) for each in asked]


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _time(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1_000, UTC):%Y-%m-%dT%H:%M}"
