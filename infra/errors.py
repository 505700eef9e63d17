"""The one error of the local stack."""


class StackError(RuntimeError):
    """Something the user can mend; its message says what is wrong and what to do."""
