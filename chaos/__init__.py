"""Faults in the running stack under load, and whether the stores hold what was sent."""
