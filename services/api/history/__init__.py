"""Answers from history, which a process of its own makes: whoever asks about now waits for none of
it."""
