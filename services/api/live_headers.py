"""What caches are told of answers that are live: ask again, and be told if nothing is otherwise."""

from typing import Annotated

from fastapi import Header, Response

from contracts.errors import RequestError
from services.api.clock import StreamClock

IfNoneMatch = Annotated[
    str | None,
    Header(alias="If-None-Match", max_length=300, description="The `ETag` of the last answer."),
]


class NotModifiedError(RequestError):
    """The caller has this answer already."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__()
        self.headers = headers


def fresh(
    response: Response, clock: StreamClock, seen: str | None, *version: int | str | None
) -> None:
    """Say of an answer how new it is.

    How long the stream stands still is not in the tag, but whether that makes it stale is: who has
    the answer finds the rest from `moved_at` and the header `Date`.

    Args:
        version: What decides what the answer says besides the clock.

    Raises:
        NotModifiedError: the caller has it.
    """
    told = (clock.stream_ms, clock.moved_ms, clock.state, *version)
    tag = f'W/"{"-".join(map(str, told))}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=1", "Vary": "Authorization, Cookie"}
    if seen is not None and tag in (each.strip() for each in seen.split(",")):
        raise NotModifiedError(headers)
    response.headers.update(headers)
