"""Why verification could not come to a verdict."""


class VerificationError(Exception):
    """Nothing was compared, or not all; the message says what is in the way and what to do."""
