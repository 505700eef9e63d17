"""Why nothing could be recomputed."""

from contracts.errors import OperationError


class RecomputeError(OperationError):
    """The span cannot be recomputed as things stand; the message says what is in the way."""
