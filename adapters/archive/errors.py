"""What is wrong with an archive."""

from contracts.errors import OperationError


class ArchiveError(OperationError):
    """The archive cannot be read or compacted; the message says what to do."""
