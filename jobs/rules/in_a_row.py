"""Minutes of a subject in a row: facts of which one follows the other."""

from contracts.time import MINUTE_MS


def since_ms(before_ms: int | None, last_ms: int, at_ms: int, *, holds: bool) -> int | None:
    """Beginning of the minutes in a row, up to the one that ends at `at_ms`, in which something
    held; None if it does not in this one.

    Args:
        before_ms: The same as of the fact before, whose minute ended at `last_ms`.
    """
    if not holds:
        return None
    follows = before_ms is not None and last_ms == at_ms - MINUTE_MS
    return before_ms if follows else at_ms - MINUTE_MS


def for_ms(since_ms: int | None, at_ms: int) -> int:
    """How long something has held; 0 if it does not."""
    return 0 if since_ms is None else at_ms - since_ms
