"""Options that people write as text."""

import math
import re
from datetime import timedelta

from simulators.errors import OptionError

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_speed(text: str) -> float:
    """Simulated seconds per second: `real` is 1, `max` is infinity, else a factor like `600`.

    Raises:
        OptionError: none of these.
    """
    if text in ("real", "max"):
        return 1.0 if text == "real" else math.inf
    try:
        factor = float(text)
    except ValueError:
        factor = math.nan
    if not 0 < factor < math.inf:
        raise OptionError(f"--speed is {text!r}: give `real`, `max` or a factor like 600")
    return factor


def parse_duration(option: str, text: str) -> timedelta:
    """A duration such as `90s`, `20m`, `6h` or `3d`; `option` is named if it is none.

    Raises:
        OptionError: not a duration.
    """
    match = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)\s*([smhd])", text.strip())
    if match is None:
        raise OptionError(f"{option} is {text!r}: give a duration like 90s, 20m, 6h or 3d")
    return timedelta(**{_UNITS[match[2]]: float(match[1])})
