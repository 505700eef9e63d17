"""What became of readings that somebody sent."""

from services.api.answers.shapes import Answer


class Taken(Answer):
    """All readings of a body are in the log, each once."""

    readings: int
    """How many it has; the same when it is sent again."""
