"""What ends a benchmark without a result."""


class BenchmarkError(RuntimeError):
    """Something that is measured failed; the message says what it said last."""
