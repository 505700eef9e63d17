"""When a device says that it is: text with and without a zone, and epochs."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from services.bridge.said import Twice, UnmappedError

_EPOCH = re.compile(r"\d{9,10}(\.\d+)?", re.ASCII)
_SINCE, _MS = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)


def instant(text: str, zone: str | None) -> int | Twice:
    """The instant of a time, epoch ms, or both in the hour that comes twice.

    Args:
        text: ISO 8601, or seconds since 1970.
        zone: Of a time without an offset.

    Raises:
        UnmappedError: it is no time, there is none such in the zone, or no zone is known.
    """
    if _EPOCH.fullmatch(text):
        seconds, _, fraction = text.partition(".")
        return int(seconds) * 1_000 + int(fraction.ljust(3, "0")[:3])
    try:
        said = datetime.fromisoformat(text)
    except ValueError:
        raise UnmappedError("bad_time", f"{text[:40]!r} is no time") from None
    if said.tzinfo is not None:
        return _ms(said)
    if zone is None:
        raise UnmappedError(
            "no_zone", f"{text} has no offset, and no zone is given: name one in bridge.toml"
        )
    known = ZoneInfo(zone)
    first, second = (_ms(said.replace(tzinfo=known, fold=fold)) for fold in (0, 1))
    if first == second:
        return first
    # By clocks of before a change, and of after it (PEP 495): what they skip is earlier by these.
    if first > second:
        raise UnmappedError("no_such_time", f"there is no {text} in {zone}: its clocks skip it")
    return Twice(first, second)


def _ms(at: datetime) -> int:
    return (at - _SINCE) // _MS
