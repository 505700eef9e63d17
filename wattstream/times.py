"""Times as people give them to commands about bills."""

from datetime import UTC, datetime

from contracts.time import SECOND_MS
from simulators.errors import OptionError


def instant_ms(option: str, text: str) -> int:
    """Epoch ms of a time with its offset from UTC.

    Raises:
        OptionError: it is none, or has no offset.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise OptionError(
            f"{option} is {text!r}: give a time with its offset from UTC, as in "
            "2013-07-15T12:00+01:00 or 2013-07-15T11:00Z"
        )
    return round(found.timestamp() * SECOND_MS)


def utc_text(ms: int) -> str:
    """An instant, to the second."""
    return f"{datetime.fromtimestamp(ms / SECOND_MS, UTC):%Y-%m-%d %H:%M:%S}"
