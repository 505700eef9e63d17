"""Why there is no model, or no score of one."""

from contracts.errors import OperationError, RequestError


class DataError(RequestError):
    """The data cannot be used, or is too little; the message says what to give."""


class ModelError(RequestError):
    """There is no such model, or it cannot be published as was asked."""


class BrokenModelError(OperationError):
    """A model's files are not what was published."""
