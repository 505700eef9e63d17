"""The one error of the local stack."""

from contracts.errors import OperationError


class StackError(OperationError):
    """Something the user can mend; its message says what is wrong and what to do."""
