"""The two kinds of errors that a person meets; every other error of this project is one of them.

Each has a message that says what is wrong and what to do. What is neither is a bug, or comes from
a service's client: `adapters.errors` says what that means.
"""


class WattStreamError(Exception):
    """Either of the two."""


class RequestError(WattStreamError):
    """What was asked for cannot be carried out as it stands: ask for something else.

    A command ends with exit code 2.
    """


class OperationError(WattStreamError):
    """It was tried and failed, or something that it needs is not as it must be.

    A command ends with exit code 1.
    """
