"""Redis: one process with an append-only file."""
