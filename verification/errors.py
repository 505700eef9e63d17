"""Why verification could not come to a verdict."""

from contracts.errors import OperationError


class VerificationError(OperationError):
    """Nothing was compared, or not all; the message says what is in the way and what to do."""
