"""Why a month cannot be settled."""

from contracts.errors import RequestError


class MastersError(RequestError):
    """Who is where, by which meter, on which terms, contradicts itself; the message says where."""


class RunError(RequestError):
    """A run cannot be made as it was asked for; the message says what to give."""
