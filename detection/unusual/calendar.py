"""Days as people live them: working days and free ones, on the clock of their time zone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from detection.errors import DataError

WORKING_DAY, FREE_DAY = 0, 1
DAY_TYPES = 2
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Places:
    """Where hours are in people's days; one element an hour."""

    day_type: NDArray[np.int64]
    """WORKING_DAY (Monday to Friday) or FREE_DAY (Saturday, Sunday, holidays)."""
    hour: NDArray[np.int64]
    """Of the day, 0 to 23."""
    day: NDArray[np.int64]
    """Number of the date (`datetime.date.toordinal`)."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """A time zone and the holidays there.

    Raises:
        DataError: there is no such zone.
    """

    time_zone: str = "UTC"
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise DataError(
                f"time zone is {self.time_zone!r}: give a name of the IANA, such as Europe/London"
            ) from error

    def places(self, hours_ms: NDArray[np.int64]) -> Places:
        """Where hours are that start at these times, epoch ms."""
        known, inverse = np.unique(hours_ms, return_inverse=True)
        zone = ZoneInfo(self.time_zone)
        times = [datetime.fromtimestamp(ms / 1_000, UTC).astimezone(zone) for ms in known.tolist()]
        free = [each.weekday() >= SATURDAY or each.date() in self.holidays for each in times]
        return Places(
            np.array(free, dtype=np.int64)[inverse],
            np.array([each.hour for each in times], dtype=np.int64)[inverse],
            np.array([each.toordinal() for each in times], dtype=np.int64)[inverse],
        )


def public_holidays(region: str, years: Iterable[int]) -> frozenset[date]:
    """The public holidays of a country, such as `US`, or of a part of one, such as `GB-ENG`.

    Raises:
        DataError: there is no such region.
    """
    from holidays import country_holidays

    country, _, part = region.partition("-")
    try:
        return frozenset(country_holidays(country, subdiv=part or None, years=years))
    except NotImplementedError as error:
        raise DataError(
            f"region is {region!r}: give a country by ISO 3166, such as US, or a part of one, such "
            "as GB-ENG"
        ) from error
