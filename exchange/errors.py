"""What keeps a file from being read, or a value of it from being used."""

from typing import TYPE_CHECKING

from contracts.errors import RequestError

if TYPE_CHECKING:
    # It brings numpy, for which no command is to wait that reads no file.
    from exchange.values import Reason


class ExchangeError(RequestError):
    """A file, or what is asked of it, cannot be taken; the message says which and what to do."""


class FileRefused(ExchangeError):  # noqa: N818 - it says what became of the file
    """The file is of no format that is known, or is not safe to read. None of it is taken."""


class UnusableError(RequestError):
    """A value cannot be used, for a reason; the message says what is wrong, and what to do."""

    def __init__(self, reason: "Reason", detail: str) -> None:
        super().__init__(detail)
        self.reason: Reason = reason
