"""Why nothing could be recomputed."""


class SpanError(Exception):
    """The span that was asked for is none; the message says what to give."""


class RecomputeError(Exception):
    """The span cannot be recomputed as things stand; the message says what is in the way."""
