"""Why a statement has no answer, or not all of it."""

from contracts.errors import OperationError, RequestError


class StatementError(RequestError):
    """The statement is none, or asks for what is not there."""


class CutError(OperationError):
    """A limit of time or memory ended the answer."""
