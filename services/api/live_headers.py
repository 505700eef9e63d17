"""What caches are told of answers that are live: ask again, and be told if nothing is otherwise."""

import hashlib
import re
from typing import Annotated

from fastapi import Header, Response
from pydantic import BaseModel

from contracts.errors import RequestError
from services.api.clock import StreamClock

IfNoneMatch = Annotated[
    str | None,
    Header(alias="If-None-Match", max_length=300, description="The `ETag` of the last answer."),
]

_TAGS = re.compile(r'(?:W/)?("[^"]*")')


class NotModifiedError(RequestError):
    """The caller has this answer already."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__()
        self.headers = headers


def tagged(response: Response, seen: str | None, answer: BaseModel) -> None:
    """Say of an answer that is not live what it is, for who asks for it again.

    Raises:
        NotModifiedError: the caller has it.
    """
    _tag(response, seen, answer.model_dump_json(), "private, no-cache")


def fresh(response: Response, clock: StreamClock, seen: str | None, answer: BaseModel) -> None:
    """Say of an answer how new it is.

    How long the stream stands still is not in the tag, but whether that makes it stale is: who has
    the answer finds the rest from `moved_at` and the header `Date`.

    Args:
        answer: What is said, its `clock` aside.

    Raises:
        NotModifiedError: the caller has it.
    """
    told = f"{clock.stream_ms} {clock.moved_ms} {clock.state} "
    content = told + answer.model_dump_json(exclude={"clock"})
    _tag(response, seen, content, "private, max-age=1")


def _tag(response: Response, seen: str | None, content: str, kept: str) -> None:
    tag = f'"{hashlib.blake2b(content.encode(), digest_size=16).hexdigest()}"'
    headers = {
        "ETag": f"W/{tag}",
        "Cache-Control": kept,
        "Vary": "Authorization, Cookie",
    }
    if seen is not None and tag in _TAGS.findall(seen):
        raise NotModifiedError(headers)
    response.headers.update(headers)
