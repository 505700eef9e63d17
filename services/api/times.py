"""Times and spans as requests say them."""

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query
from redis import RedisError

from contracts.reading import MAX_TS_MS
from services.api.calendar import day_of
from services.api.parts import Parts
from services.api.problems import FieldError, ProblemError

Start = Annotated[
    datetime | None,
    Query(
        description="RFC 3339 with an offset, or a local time of the zone; with `end` a half-open "
        "span. The day of the stream if both are absent.",
        examples=["2013-01-05T00:00:00Z"],
    ),
]
End = Annotated[datetime | None, Query(description="As `start`; not in the span.")]
Zone = Annotated[
    str | None,
    Query(
        alias="tz",
        max_length=64,
        description="IANA name of the zone whose days and months count; the meter's if absent.",
        examples=["Europe/London"],
    ),
]


def zone_named(name: str | None, usual: ZoneInfo) -> ZoneInfo:
    """The zone of a request.

    Raises:
        ProblemError: there is none of that name.
    """
    if name is None:
        return usual
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise _refused("tz", "Give the IANA name of a zone, such as Europe/London.") from None


async def span_of(
    parts: Parts,
    namespace: str,
    start: datetime | None,
    end: datetime | None,
    zone: ZoneInfo | None,
) -> tuple[int, int, int | None]:
    """Begin and end of the span of a request, epoch ms, and how far the stream is, as far as that
    is known.

    Raises:
        ProblemError: it is none.
        redis.RedisError: Redis does not answer, and no span is given.
    """
    zone = ZoneInfo("UTC") if zone is None else zone
    try:
        stream_ms = (await parts.clock(namespace)).stream_ms
    except RedisError:
        # Whoever says which span is meant need not know.
        if start is None or end is None:
            raise
        stream_ms = None
    today = day_of(stream_ms or parts.now_ms(), zone)
    if start is None and end is None:
        return *today, stream_ms
    begin_ms = today[0] if start is None else _ms("start", start, zone)
    end_ms = today[1] if end is None else _ms("end", end, zone)
    if begin_ms >= end_ms:
        raise _refused("end", "Give an end that is after the start.")
    return begin_ms, end_ms, stream_ms


def _ms(name: str, time: datetime, zone: ZoneInfo) -> int:
    told = time.replace(tzinfo=zone) if time.tzinfo is None else time
    try:
        since = told.astimezone(UTC) - datetime.fromtimestamp(0, UTC)
    except OverflowError:
        raise _refused(name, "Give a time from 1970 to 2100.") from None
    epoch_ms = since.days * 86_400_000 + since.seconds * 1_000 + since.microseconds // 1_000
    if not 0 <= epoch_ms <= MAX_TS_MS:
        raise _refused(name, "Give a time from 1970 to 2100.")
    return epoch_ms


def _refused(name: str, detail: str) -> ProblemError:
    return ProblemError("not-valid", errors=[FieldError(pointer=f"/query/{name}", detail=detail)])
