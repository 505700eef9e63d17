"""Parts of lists: how many items, and after which."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Literal, TypeVar

from fastapi import Query, Request, Response

from services.api.cursors import CursorError
from services.api.parts import Parts
from services.api.problems import ProblemError

Item = TypeVar("Item")
Whole = TypeVar("Whole")

PRIVATE = {"Cache-Control": "private, no-store"}
"""Of tables that are of one caller."""

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


def cut(
    parts: Parts, of: str, found: Sequence[Item], limit: int, place: Callable[[Item], object]
) -> tuple[list[Item], str | None]:
    """The part of a list that was asked for, and the cursor of the one after it, if there is one.

    Args:
        found: Of the part, and one more if there is one.
        place: After which the list goes on, by the last item.
    """
    items = list(found[:limit])
    return items, going_on(parts, of, str(place(items[-1]))) if len(found) > limit else None


def answered(
    request: Request,
    format_: Literal["json", "csv"],
    items: list[Item],
    more: str | None,
    whole: Callable[..., Whole],
    table: Callable[[list[Item], Mapping[str, str]], Response],
) -> Whole | Response:
    """A part of a list as it was asked for: as a table, which has these headers beside its own, or
    as an object that has it as `items` and `next`."""
    if format_ == "csv":
        return table(items, PRIVATE | next_link(request, more))
    return whole(items=items, next=more)
