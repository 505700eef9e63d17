"""What answers have in common: times, the two clocks, pages of lists."""

from datetime import UTC, datetime, tzinfo
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from services.api.clock import State, StreamClock

T = TypeVar("T")

JSON = "application/json"
"""The media type of answers."""


def _said(time: datetime) -> str:
    """RFC 3339, to the millisecond where there is more than whole seconds."""
    text = time.isoformat(timespec="milliseconds" if time.microsecond else "seconds")
    return text.removesuffix("+00:00") + "Z" if time.tzinfo is UTC else text


Moment = Annotated[
    datetime,
    PlainSerializer(_said, return_type=str, when_used="json"),
    Field(examples=["2026-03-01T12:00:05Z"]),
]
"""A time: RFC 3339 with its offset, to the millisecond."""


def moment(epoch_ms: int, zone: tzinfo = UTC) -> datetime:
    """A time as answers have it."""
    whole, rest = divmod(epoch_ms, 1_000)
    return datetime.fromtimestamp(whole, zone).replace(microsecond=rest * 1_000)


def moment_or_none(epoch_ms: int | None, zone: tzinfo = UTC) -> datetime | None:
    """The same of a time that may not be known."""
    return None if epoch_ms is None else moment(epoch_ms, zone)


class Answer(BaseModel):
    """A part of an answer: all of its fields are always there."""

    model_config = ConfigDict(
        use_attribute_docstrings=True, json_schema_serialization_defaults_required=True
    )


class Clock(Answer):
    """How far live state is, and whether it is of now: by the time of the readings, which in a
    replay is long ago, and by the clock on the wall."""

    stream_time: Moment | None
    """End of the newest slice in which anything changed; null before the first."""
    moved_at: Moment | None
    """On the wall: when the stream came there."""
    standing_ms: int | None
    """For how long on the wall it has stood still: of `server_time`."""
    server_time: Moment
    """On the wall."""
    state: State
    """`current`; `delayed`: it should have moved by now; `stale`: it stands still, and nothing is
    of now; `empty`: nothing has come yet. A fleet that reads seldom changes nothing for minutes,
    and is current while its readings are read on."""

    @staticmethod
    def of(clock: StreamClock) -> "Clock":
        """As an answer says it."""
        return Clock(
            stream_time=moment_or_none(clock.stream_ms),
            moved_at=moment_or_none(clock.moved_ms),
            standing_ms=clock.standing_ms,
            server_time=moment(clock.now_ms),
            state=clock.state,
        )


class Page(Answer, Generic[T]):
    """A part of a list."""

    items: list[T]
    next: str | None
    """The `cursor` of the next part; null if this is the last. A part may have fewer items than
    asked for and not be the last."""


class LivePage(Page[T], Generic[T]):
    """A part of a list of what is live."""

    clock: Clock
