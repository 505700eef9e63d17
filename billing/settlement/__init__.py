"""Whose energy it was, what it costs them, and what of that is still to be issued."""
