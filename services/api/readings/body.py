"""A body of readings, NDJSON: taken as a whole, or refused as a whole with what is wrong by line.

Whoever is answered 202 has nothing left to look after, and of what is refused nothing is in the
log: so a body with a line that is wrong is sent again without that line, or with it put right.
"""

import asyncio
from collections.abc import AsyncIterable, Callable
from typing import NamedTuple

from contracts.reading import Reading
from services.api.problems import FieldError, ProblemError
from services.api.readings.line import Refused, read

MOST_BYTES = 1024 * 1024
MOST_LINES = 5_000
MOST_TOLD = 100
"""Lines that are wrong, one by one; of the rest there is a number."""
AT_ONCE = 100
"""So many lines are looked at before others have their turn: about a millisecond."""


class Line(NamedTuple):
    """A line that is a reading."""

    number: int
    """Counted from 1, as editors do; blank lines count."""
    reading: Reading


async def content_of(stream: AsyncIterable[bytes]) -> bytes:
    """A body as it comes.

    Raises:
        ProblemError: it is too large; the rest of it is not kept.
    """
    content = bytearray()
    async for part in stream:
        content += part
        if len(content) > MOST_BYTES:
            raise ProblemError(
                "too-large",
                f"The body has more than {MOST_BYTES // 1024 // 1024} MiB: send it in parts.",
            )
    return bytes(content)


async def readings_of(body: bytes, may_write: Callable[[str], bool]) -> list[Line]:
    """The readings of a body.

    Args:
        may_write: Whether who sends it may write a meter's readings.

    Raises:
        ProblemError: it has too many lines, none, or one that is wrong.
    """
    if body.count(b"\n") + (not body.endswith(b"\n")) > MOST_LINES:
        raise ProblemError(
            "too-large", f"The body has more than {MOST_LINES:,} lines: send it in parts."
        )
    taken, wrong, refused = list[Line](), list[FieldError](), 0
    for number, line in enumerate(body.split(b"\n"), start=1):
        if number % AT_ONCE == 0:
            await asyncio.sleep(0)
        if not line.strip():
            continue
        found = read(line)
        if isinstance(found, Reading) and not may_write(found.meter_id):
            found = Refused(
                "meter_id",
                f'it is "{found.meter_id}", which this token may not write: give a meter that '
                "`GET /v1/session` lists, or ask for a token that names it",
            )
        if isinstance(found, Reading):
            taken.append(Line(number, found))
            continue
        refused += 1
        if refused <= MOST_TOLD:
            wrong.append(FieldError(pointer=_pointer(number, found), detail=found.detail))
    if refused > MOST_TOLD:
        more = f"{refused - MOST_TOLD} further lines are wrong, too"
        wrong.append(FieldError(pointer="/body", detail=more))
    if not taken and not wrong:
        nothing = "it has no reading: give one JSON object a line"
        wrong.append(FieldError(pointer="/body", detail=nothing))
    if wrong:
        raise ProblemError(
            "not-valid",
            "No reading of the body was taken: see `errors` for its lines, and send it again "
            "without them or with them put right.",
            errors=wrong,
        )
    return taken


def _pointer(number: int, refused: Refused) -> str:
    return f"/body/{number}" if refused.field is None else f"/body/{number}/{refused.field}"
