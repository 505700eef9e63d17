"""Runs: when a month may be billed."""

from collections.abc import Iterable

from billing.settlement.errors import RunError
from contracts.billing import RunKind
from contracts.energy import Span

AFTER_MONTHS = {"reconciliation": (1, 4, 6), "final": (14,)}
"""When runs after the first are due, months after the month's end."""


def check_grace(grace_ms: int, horizon_ms: int) -> None:
    """Refuse a time of grace in which the stream may still have periods open.

    Raises:
        RunError: it is shorter than the horizon.
    """
    if grace_ms < horizon_ms:
        raise RunError(
            f"grace_ms is {grace_ms}, and readings may come for {horizon_ms} ms: give no less, so "
            "that no bill is of a period that is still open"
        )


def check_closed(kind: RunKind, month: Span, closed_until_ms: int) -> None:
    """Refuse to issue what is still open; an interim run issues nothing.

    Args:
        closed_until_ms: Of the archive, event time before which no reading is on its way.

    Raises:
        RunError: the month is not over yet.
    """
    if kind != "interim" and closed_until_ms < month.end_ms:
        raise RunError(
            f"a {kind} run bills until {month.end_ms} (epoch ms), and readings are complete until "
            f"{closed_until_ms}: wait, or run interim"
        )


def check_after_final(kind: RunKind, before: Iterable[RunKind]) -> None:
    """Refuse further runs after a final one: what changes is listed, and a person issues it.

    Raises:
        RunError: the month had its final run.
    """
    if kind != "interim" and "final" in before:
        raise RunError(
            f"a {kind} run after the final one issues nothing: look at its differences, and issue "
            "them yourself"
        )
