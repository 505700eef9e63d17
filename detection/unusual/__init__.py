"""Unusual use of electricity: a home against its own last eight weeks (docs/detection.md)."""
