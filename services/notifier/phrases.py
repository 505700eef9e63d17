"""Times, lengths and ids as texts have them."""

import unicodedata
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS
from services.notifier.texts import Texts


def time_text(texts: Texts, zone: ZoneInfo, at_ms: int, pattern: str = "time") -> str:
    """A time, by the clock of a zone.

    Args:
        pattern: The text that says how it is written.
    """
    at = datetime.fromtimestamp(at_ms / 1_000, UTC).astimezone(zone)
    # As people know the zone: CLDR has such names for few zones and languages.
    shown = texts.say(pattern).replace("z", f"'{at.tzname()}'")
    return format_datetime(at, shown, locale=texts.locale)


def length_text(texts: Texts, length_ms: int) -> str:
    """How long something was, to the minute; of units the largest two."""
    minutes = (length_ms + MINUTE_MS // 2) // MINUTE_MS
    if minutes < 1:
        return texts.say("length.short")
    units = [
        ("days", minutes * MINUTE_MS // DAY_MS),
        ("hours", minutes * MINUTE_MS % DAY_MS // HOUR_MS),
        ("minutes", minutes % 60),
    ]
    first = next(n for n, (_, number) in enumerate(units) if number)
    said = [
        texts.count(f"length.{unit}", number) for unit, number in units[first : first + 2] if number
    ]
    if len(said) == 1:
        return said[0]
    return texts.say("length.both", large=said[0], small=said[1])


def plain(text: str) -> str:
    """On one line and without characters that control anything: ids come from outside."""
    kept = (
        each if each.isprintable() or unicodedata.category(each) == "Zs" else " " for each in text
    )
    return "".join(kept).strip()


def cut(text: str, length: int) -> str:
    """At most so many characters of it."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"
