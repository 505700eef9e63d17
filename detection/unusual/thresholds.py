"""Thresholds that another model set, for whoever has too few days or homes to set them."""

from dataclasses import dataclass
from pathlib import Path

import orjson

from detection.errors import DataError, ModelError
from detection.unusual.model_files import HeldOut, load
from detection.unusual.scoring import CHANNELS

LONDON = "london"
"""The name of those that ship."""
SHIPPED = Path(__file__).with_name("london.json")
"""Of 60 of 90 London homes in a year (Low Carbon London, 2013), measured on the 30 others, by the
number of false alerts that was asked for; `command` has made each."""
USUAL_PER_1000 = 5.0


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Thresholds, and how good they were where they were set."""

    source: str | None
    """A version, or LONDON; None of those that a model sets by its own hours."""
    asked_per_1000: float
    """False alerts for 1,000 home-days."""
    tau: tuple[float, ...]
    """Of each of `scoring.CHANNELS`."""
    held_out: HeldOut


def thresholds_of(folder: Path, source: str, asked_per_1000: float | None) -> Thresholds:
    """Those of a version in a folder of models, or those that ship; of a version that has taken
    them itself, those of the one that has set them.

    Args:
        asked_per_1000: False alerts for 1,000 home-days; what the version was asked for if absent,
            and USUAL_PER_1000 of those that ship.

    Raises:
        DataError: they are for other numbers of false alerts.
        ModelError, BrokenModelError: there is no such version, or it cannot be read.
    """
    if source == LONDON:
        known = _shipped()
        wanted = USUAL_PER_1000 if asked_per_1000 is None else asked_per_1000
    else:
        try:
            model = load(folder, source)
        except ModelError as error:
            raise ModelError(f"{error}, or {LONDON}") from error
        card = model.card
        known = [
            Thresholds(card.thresholds or source, card.asked_per_1000, model.tau, card.held_out)
        ]
        wanted = card.asked_per_1000 if asked_per_1000 is None else asked_per_1000
    for each in known:
        if each.asked_per_1000 == wanted:
            return each
    there = ", ".join(f"{each.asked_per_1000:g}" for each in known)
    raise DataError(
        f"{wanted:g} false alerts were asked for, and {source} has thresholds for {there}: give "
        f"one of these, or let the model set its own"
    )


def _shipped() -> list[Thresholds]:
    return [
        Thresholds(
            LONDON,
            each["asked_per_1000"],
            tuple(each["tau"][name] for name in CHANNELS),
            HeldOut(**each["held_out"]),
        )
        for each in orjson.loads(SHIPPED.read_bytes())
    ]
