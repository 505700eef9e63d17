"""Faults with ground truth: what goes wrong at meters, feeders and areas, and when.

`kinds` says what each fault does, `choice` whom it hits and when, `effects` applies it to readings
and `labels` writes it down.
"""
