"""Where readings come from: replays of real files and a simulated fleet, over an unkind network.

`replay` and `live` are the entry points; both write through `sender`, which keeps the contract of
one writer per partition and records what it sent.
"""
