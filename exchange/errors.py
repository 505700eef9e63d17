"""What keeps a whole file from being read."""

from contracts.errors import RequestError


class ExchangeError(RequestError):
    """A file, or what is asked of it, cannot be taken; the message says which and what to do."""


class FileRefused(ExchangeError):  # noqa: N818 - it says what became of the file
    """The file is of no format that is known, or is not safe to read. None of it is taken."""
