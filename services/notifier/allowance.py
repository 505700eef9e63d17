"""How many messages a channel takes, and when there is so much that they are put together.

Nobody reads more than ten messages in ten minutes (ISA-18.2: a flood begins above that).
"""

from typing import NamedTuple

from msgspec.structs import replace

from contracts.time import HOUR_MS, MINUTE_MS
from services.notifier.messages import Message
from services.notifier.state import Outbox

FLOOD_MS = 10 * MINUTE_MS
SINGLES_IN_FLOOD = 9
"""Messages of one group in FLOOD_MS; a digest may come besides."""
STORM_GROUPS = 20
"""More groups that begin within a minute are a storm."""
STORM_OVER_GROUPS = 5
"""It is over when fewer began within FLOOD_MS."""


class Allowance(NamedTuple):
    """What a limit per hour is made of: messages of one group, and digests, which always have room,
    so that whatever is left over is told in one of them."""

    singles: int
    digests_apart_ms: int


def allowance(max_per_hour: int) -> Allowance:
    """In any hour there are at most as many singles, and digests at least so far apart."""
    digests = min(HOUR_MS // FLOOD_MS, max(1, max_per_hour // 2))
    return Allowance(max_per_hour - digests, HOUR_MS // digests)


def may_single(outbox: Outbox, max_per_hour: int, now_ms: int) -> bool:
    """Whether there is room for a message of one group."""
    lately = [each for each in outbox.singles_ms if now_ms - each < FLOOD_MS]
    last_hour = [each for each in outbox.singles_ms if now_ms - each < HOUR_MS]
    return len(lately) < SINGLES_IN_FLOOD and len(last_hour) < allowance(max_per_hour).singles


def digest_from_ms(outbox: Outbox, max_per_hour: int) -> int:
    """From when on there is room for a digest."""
    if outbox.digest_ms is None:
        return 0
    return outbox.digest_ms + allowance(max_per_hour).digests_apart_ms


def has_room(outbox: Outbox, message: Message, max_per_hour: int, now_ms: int) -> bool:
    """Whether there is room for a message that is settled."""
    if message.is_digest:
        return now_ms >= digest_from_ms(outbox, max_per_hour)
    return may_single(outbox, max_per_hour, now_ms)


def with_storm(outbox: Outbox, begun_ms: list[int], now_ms: int) -> Outbox:
    """The outbox as it sees what began lately.

    Args:
        begun_ms: When each group of the channel began.
    """
    within = sum(now_ms - each < MINUTE_MS for each in begun_ms)
    lately = sum(now_ms - each < FLOOD_MS for each in begun_ms)
    if outbox.storm_ms is None and within > STORM_GROUPS:
        return replace(outbox, storm_ms=now_ms)
    if outbox.storm_ms is not None and lately < STORM_OVER_GROUPS:
        return replace(outbox, storm_ms=None)
    return outbox


def with_intent(outbox: Outbox, message: Message, now_ms: int) -> Outbox:
    """The outbox with a message on its way."""
    outbox = replace(outbox, sending=message, since_ms=now_ms)
    if message.is_digest:
        return replace(outbox, digest_ms=now_ms)
    kept = tuple(each for each in outbox.singles_ms if now_ms - each < HOUR_MS)
    return replace(outbox, singles_ms=(*kept, now_ms))


def with_sent(outbox: Outbox, at_ms: int) -> Outbox:
    """The outbox when its message arrived, which may be long after it was settled: limits are
    those of who receives."""
    assert outbox.sending is not None
    if outbox.sending.is_digest:
        return replace(outbox, sending=None, digest_ms=at_ms, problem="")
    kept = tuple(each for each in outbox.singles_ms[:-1] if at_ms - each < HOUR_MS)
    return replace(outbox, sending=None, singles_ms=(*kept, at_ms), problem="")
