"""Parts of lists: how many items, and after which."""

from typing import Annotated, Literal

from fastapi import Query, Request

from services.api.cursors import CursorError
from services.api.parts import Parts
from services.api.problems import ProblemError

Limit = Annotated[int, Query(ge=1, le=1_000, description="Items at most.")]
Shape = Annotated[
    Literal["objects", "columns"],
    Query(
        description="`columns` has a list for each field in the place of an object for each item, "
        "as charts take them: a few times smaller."
    ),
]
Cursor = Annotated[
    str | None,
    Query(max_length=1_000, description="`next` of the part before; good for ten minutes."),
]


def after(parts: Parts, of: str, cursor: str | None) -> str | None:
    """After which item a list goes on; None from its beginning.

    Args:
        of: Which list, with all that decides what is in it, and for whom.

    Raises:
        ProblemError: it is no cursor of the list.
    """
    if cursor is None:
        return None
    try:
        return parts.cursors.read(of, cursor, parts.now_ms())
    except CursorError:
        raise ProblemError(
            "bad-request", "`cursor` is none of this list: begin without one."
        ) from None


def going_on(parts: Parts, of: str, last: str) -> str:
    """The cursor of the part after an item."""
    return parts.cursors.make(of, last, parts.now_ms())


def next_link(request: Request, cursor: str | None) -> dict[str, str]:
    """The header that says where the rest of a table is, for who is not told in its body."""
    if cursor is None:
        return {}
    following = request.url.include_query_params(cursor=cursor)
    return {"Link": f'<{following.path}?{following.query}>; rel="next"'}
