"""What can be asked."""

from services.api.answers.shapes import Answer


class Endpoint(Answer):
    """A method of an address."""

    method: str
    path: str
    about: str
    """What it does, as its description begins."""
    scopes: list[str] | None
    """All are needed; empty if it is enough to be signed in, null if not even that is needed."""


class Index(Answer):
    """All of them; `/openapi.json` says more."""

    items: list[Endpoint]
