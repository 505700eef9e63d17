"""Options that people write as text."""

import math
import re
from datetime import timedelta

from contracts.settings import Settings
from simulators.errors import OptionError
from simulators.network.conditions import Network
from simulators.validation import checked

LARGEST_SHARE_OF_LIMIT = 7 / 8
"""On-time readings need at most this share of the on-time limit: 3.5 s of 4 s."""

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


def parse_rate(text: str) -> float:
    """Readings a second; `max` is infinity.

    Raises:
        OptionError: neither.
    """
    if text == "max":
        return math.inf
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not 0 < rate < math.inf:
        raise OptionError(f"--rate is {text!r}: give `max` or readings a second, above 0")
    return rate


def parse_duration(option: str, text: str) -> timedelta:
    """A duration such as `90s`, `20m`, `6h` or `3d`; `option` is named if it is none.

    Raises:
        OptionError: not a duration.
    """
    match = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)\s*([smhd])", text.strip())
    if match is None:
        raise OptionError(f"{option} is {text!r}: give a duration like 90s, 20m, 6h or 3d")
    return timedelta(**{_UNITS[match[2]]: float(match[1])})


def network_of(
    rules: Settings,
    *,
    seed: int,
    late: float,
    repeat: float,
    malformed: float,
    late_min_s: float = 60.0,
    late_max_s: float,
) -> Network:
    """A network in which only the readings that were to be late are late, whatever the rules.

    Raises:
        OptionError: a share outside 0 to 1, or a lateness that is none.
    """
    if late_min_s * 1_000 <= rules.on_time_limit_ms:
        raise OptionError(
            f"late readings would need {late_min_s:g} s or more, but up to "
            f"{rules.on_time_limit_ms} ms is on time: lower WATTSTREAM_ON_TIME_MS"
        )
    longest = int(rules.on_time_limit_ms * LARGEST_SHARE_OF_LIMIT)
    fields = {
        "seed": seed,
        "delay_min_ms": min(200, longest),
        "delay_max_ms": longest,
        "late_share": late,
        "repeat_share": repeat,
        "malformed_share": malformed,
        "late_min_s": late_min_s,
        "late_max_s": late_max_s,
    }
    names = {
        "late_share": "--late",
        "repeat_share": "--repeat",
        "malformed_share": "--malformed",
        "late_max_s": "--late-max",
    }
    return checked(Network, fields, names)
