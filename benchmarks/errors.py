"""What ends a benchmark, or a part of it, without a result."""

from contracts.errors import OperationError


class BenchmarkError(OperationError):
    """Something that is measured failed; the message says what it said last."""


class NotDrainedError(BenchmarkError):
    """A job failed, restarted or stood still before the end of the log."""
