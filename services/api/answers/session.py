"""Who is signed in, and the tokens of a namespace."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contracts.access import (
    LEAST_PER_SECOND,
    MAX_NAME_LENGTH,
    MOST_DAYS,
    MOST_METERS,
    MOST_PER_SECOND,
    Credential,
    Kind,
    Role,
    Scope,
)
from services.api.answers.shapes import Answer, Moment, Page, moment, moment_or_none


class SignIn(BaseModel):
    """A token, or a code for signing in once."""

    model_config = ConfigDict(extra="forbid")

    token: Annotated[str, Field(max_length=200)]


class Ways(Answer):
    """How one may sign in, besides by a token or a code."""

    provider: str | None
    """What people call the OpenID provider, to which `/v1/session/oidc` leads; null if there is
    none."""


class Session(Answer):
    """Who is signed in."""

    namespace: str
    """Of all that is seen."""
    name: str
    role: Role
    customer: str | None
    scopes: list[Scope]
    by: Kind
    """`session` for a cookie, else `token`."""
    expires_at: Moment | None
    meters: list[str] | None
    """Whose readings may be written: ids, or how ids begin and `*`."""


class Token(Answer):
    """A token, without its secret, which nobody keeps; or a code that somebody is signed in by."""

    id: str
    name: str
    role: Role
    customer: str | None
    scopes: list[Scope]
    created_at: Moment
    expires_at: Moment | None
    revoked_at: Moment | None
    holds: bool
    """Whether it is still good for anything."""
    per_second: float | None
    """Requests a second, on the average; null is what the role has."""
    meters: list[str] | None
    """Whose readings it may write: ids, or how ids begin and `*`."""


class Tokens(Page[Token]):
    """All tokens of the namespace, by when they were made."""


class NewToken(BaseModel):
    """A token that is to be made."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH)]
    role: Role
    scopes: Annotated[list[Scope], Field(min_length=1)] | None = None
    """What it may do; what its role may if absent."""
    customer: Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH)] | None = None
    """Of the role `customer`: whose meters it sees."""
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = None
    """For how long it holds; until it is revoked if absent."""
    per_second: Annotated[float, Field(ge=LEAST_PER_SECOND, le=MOST_PER_SECOND)] | None = None
    meters: Annotated[list[str], Field(min_length=1, max_length=MOST_METERS)] | None = None
    """Of the scope `write:readings`: whose readings it may write, each by its id or by how ids
    begin and `*`."""


class MadeToken(Answer):
    """A token that was made: the only time that its text is told."""

    token: str
    made: Token


def session_of(namespace: str, credential: Credential) -> Session:
    """Who is signed in, as it is answered."""
    return Session(
        namespace=namespace,
        name=credential.name,
        role=credential.role,
        customer=credential.customer,
        scopes=list(credential.scopes),
        by=credential.kind,
        expires_at=moment_or_none(credential.expires_ms),
        meters=_meters(credential),
    )


def token_of(credential: Credential, now_ms: int) -> Token:
    """A token as it is answered."""
    return Token(
        id=credential.id,
        name=credential.name,
        role=credential.role,
        customer=credential.customer,
        scopes=list(credential.scopes),
        created_at=moment(credential.created_ms),
        expires_at=moment_or_none(credential.expires_ms),
        revoked_at=moment_or_none(credential.revoked_ms),
        holds=credential.holds(now_ms),
        per_second=credential.per_second,
        meters=_meters(credential),
    )


def _meters(credential: Credential) -> list[str] | None:
    return None if credential.meters is None else list(credential.meters)
