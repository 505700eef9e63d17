"""A register with the millisecond of its minute in one integer, so that SQL's MIN and MAX find the
first and the last register of a window together with their times (see 2_judged_readings.sql).
"""

import pandas as pd

UNIT = 2**47
"""One millisecond; what is below it is the register in thousandths."""


def register(stamped: "pd.Series[int]") -> "pd.Series[float]":
    """Register in Wh or litres."""
    return (stamped % UNIT) / 1000


def time_ms(stamped: "pd.Series[int]", minute_ms: "pd.Series[int]") -> "pd.Series[int]":
    """Event time of the register, epoch ms, given the start of its minute."""
    return minute_ms + stamped // UNIT
