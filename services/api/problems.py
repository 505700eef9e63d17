"""What the API says when it cannot do what it is asked: RFC 9457, `application/problem+json`.

A body has nothing of the request in it, so that what is unknown and what is forbidden are the same
byte for byte; the request's id is in the header `X-Request-Id` of every answer.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from pydantic import BaseModel, Field
from starlette.responses import Response

from contracts.errors import RequestError

MEDIA_TYPE = "application/problem+json"


class Meaning(NamedTuple):
    """Of a kind of problem: its status, its title, and what to do about it."""

    status: int
    title: str
    advice: str


Kind = Literal[
    "bad-request",
    "not-signed-in",
    "out-of-scope",
    "cross-site",
    "not-found",
    "method-not-allowed",
    "conflict",
    "changed-meanwhile",
    "too-large",
    "not-valid",
    "range-too-long",
    "too-many-requests",
    "broken",
    "busy",
    "store-away",
    "streams-full",
    "too-slow",
]

MEANINGS: dict[Kind, Meaning] = {
    "bad-request": Meaning(
        400,
        "The request is none that can be read",
        "See what `detail` says. A `cursor` holds for ten minutes, and for the list and the "
        "filters that it came from: begin again without one.",
    ),
    "not-signed-in": Meaning(
        401,
        "Nobody is signed in",
        "Send `Authorization: Bearer wst_…`, or sign in for a cookie by `POST /v1/session`. A "
        "token that was revoked or has expired is as good as none: ask for another one, which "
        "`wattstream token create` makes.",
    ),
    "out-of-scope": Meaning(
        403,
        "The token may not do this",
        "`GET /v1/session` lists the scopes of a token. Ask for one that has the scope which "
        "`detail` names.",
    ),
    "cross-site": Meaning(
        403,
        "The request comes from another site",
        "Who is signed in by a cookie and changes something sends the header `X-WattStream: 1`, "
        "from a page of this API's own address.",
    ),
    "not-found": Meaning(
        404,
        "There is no such thing",
        "Or it is not yours to see: the API says the same of both.",
    ),
    "method-not-allowed": Meaning(
        405, "The address has no such method", "`/openapi.json` lists those that it has."
    ),
    "conflict": Meaning(
        409,
        "It is not as the request takes it to be",
        "Somebody was there before. Look at it again, and decide anew.",
    ),
    "changed-meanwhile": Meaning(
        412,
        "It is otherwise than the request takes it to be",
        "Somebody said something since, or it has changed by itself: look at it again, and send "
        "its `tag` as `If-Match`, or none.",
    ),
    "too-large": Meaning(
        413,
        "The body of the request is too large",
        "Send less than 64 KiB; of readings 1 MiB and 5,000 lines at most.",
    ),
    "not-valid": Meaning(
        422, "A value of the request is none that it may have", "`errors` says which, and why."
    ),
    "range-too-long": Meaning(
        422,
        "The span is too long for the resolution",
        "Ask for less, or by the resolution that `detail` names.",
    ),
    "too-many-requests": Meaning(
        429,
        "The token asks too often",
        "Wait as many seconds as `Retry-After` says. A service may be given a higher rate when "
        "its token is made.",
    ),
    "broken": Meaning(
        500,
        "The API has an error",
        "It is in the API's log, under the id that `X-Request-Id` has.",
    ),
    "busy": Meaning(
        503,
        "More is asked than can be answered",
        "By all together, not by one. Try again after as many seconds as `Retry-After` says.",
    ),
    "store-away": Meaning(
        503,
        "A part that this answer needs does not answer",
        "`detail` says which. What needs another part is answered as ever. Try again after as "
        "many seconds as `Retry-After` says.",
    ),
    "streams-full": Meaning(
        503,
        "No further stream is to be had",
        "Ask by requests instead, or come back after as many seconds as `Retry-After` says.",
    ),
    "too-slow": Meaning(
        504,
        "A store did not answer in time",
        "Ask for a shorter span, or try again.",
    ),
}


class FieldError(BaseModel):
    """What is wrong with one value of a request."""

    pointer: str = Field(examples=["/query/limit"])
    """Where it stands: `/query/…`, `/path/…`, `/header/…` or `/body/…`; of readings
    `/body/LINE/FIELD`, lines counted from 1."""
    detail: str


class ProblemDetails(BaseModel):
    """A problem as the API says it: RFC 9457."""

    type: str = Field(examples=["/problems/not-found"])
    """A page that says more."""
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None
    """Of `not-valid` alone."""


class ProblemError(RequestError):
    """The answer is a problem."""

    def __init__(
        self,
        kind: Kind,
        detail: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[FieldError] | None = None,
    ) -> None:
        super().__init__(kind)
        meaning = MEANINGS[kind]
        self.status = meaning.status
        self.headers = dict(headers or {})
        self.details = ProblemDetails(
            type=f"/problems/{kind}",
            title=meaning.title,
            status=meaning.status,
            detail=meaning.advice if detail is None else detail,
            errors=None if errors is None else list(errors),
        )

    def response(self) -> Response:
        """As it is sent."""
        return Response(
            self.details.model_dump_json(exclude_none=True),
            self.status,
            {"Cache-Control": "no-store", **self.headers},
            MEDIA_TYPE,
        )


def store_away(store: str, retry_after_s: int = 2) -> ProblemError:
    """A store does not answer."""
    return ProblemError(
        "store-away",
        f"{store} does not answer.",
        headers={"Retry-After": str(retry_after_s)},
    )
