"""When a band applies: on which days, at which hours of the local clock, in which months."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from billing.tariffs.calendar import Places

DAY_MINUTES = 24 * 60
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DayKind = Literal[
    "workday", "free", "weekend", "holiday", "mon", "tue", "wed", "thu", "fri", "sat", "sun"
]
"""A workday is one from Monday to Friday that is no holiday; free is every other day."""


def _as_list(value: Any) -> Any:  # noqa: ANN401
    return [value] if isinstance(value, str) else value


def _minutes(value: Any) -> int:  # noqa: ANN401
    hours, colon, minutes = str(value).partition(":")
    if colon and len(hours) == len(minutes) == 2 and hours.isdecimal() and minutes.isdecimal():
        found = int(hours) * 60 + int(minutes)
        if int(minutes) < 60 and found <= DAY_MINUTES:
            return found
    raise ValueError('give a local time as hours and minutes, "00:00" to "24:00"')


class Part(BaseModel):
    """A piece of a plan; what it does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)


class When(Part):
    """Conditions, of which those that are not given always hold.

    Hours from 22:00 to 06:00 are the early and the late ones of each day: whether it is a workday
    is asked of the day in which an hour is, not of the evening before it.
    """

    days: Annotated[tuple[DayKind, ...] | None, BeforeValidator(_as_list), Field(min_length=1)] = (
        None
    )
    from_minute: Annotated[int, BeforeValidator(_minutes), Field(alias="from")] = 0
    to_minute: Annotated[int, BeforeValidator(_minutes), Field(alias="to")] = DAY_MINUTES
    months: (
        Annotated[tuple[Annotated[int, Field(ge=1, le=12)], ...], Field(min_length=1)] | None
    ) = None

    @model_validator(mode="after")
    def _has_some_time(self) -> "When":
        if self.from_minute % DAY_MINUTES == self.to_minute % DAY_MINUTES and (
            (self.from_minute, self.to_minute) != (0, DAY_MINUTES)
        ):
            raise ValueError("from and to are the same time: leave both out for the whole day")
        return self

    @property
    def always(self) -> bool:
        """It has no condition."""
        return (
            self.days is None
            and self.months is None
            and (self.from_minute, self.to_minute) == (0, DAY_MINUTES)
        )

    def holds(self, places: Places) -> NDArray[np.bool_]:
        """Whether it applies; an element a period."""
        begin, end = self.from_minute, self.to_minute
        if begin < end:
            found = (places.minute >= begin) & (places.minute < end)
        else:
            found = (places.minute >= begin) | (places.minute < end)
        if self.days is not None:
            found &= np.logical_or.reduce([_is_kind(kind, places) for kind in self.days])
        if self.months is not None:
            found &= np.isin(places.month, self.months)
        return found


def _is_kind(kind: DayKind, places: Places) -> NDArray[np.bool_]:
    weekend = places.weekday >= WEEKDAYS.index("sat")
    if kind == "weekend":
        return weekend
    if kind == "holiday":
        return places.holiday
    if kind == "free":
        return weekend | places.holiday
    if kind == "workday":
        return ~(weekend | places.holiday)
    found: NDArray[np.bool_] = places.weekday == WEEKDAYS.index(kind)
    return found


def chosen(whens: Sequence[When], places: Places) -> NDArray[np.int64]:
    """Which of several applies first, by its place among them; -1 where none does."""
    found = np.full(len(places.minute), -1, dtype=np.int64)
    for number, when in reversed(list(enumerate(whens))):
        found[when.holds(places)] = number
    return found


def any_time(whens: Sequence[When]) -> Places:
    """One of every kind of time that conditions can tell apart: days, months, and hours between the
    times that they name."""
    minutes = sorted(
        {0} | {edge % DAY_MINUTES for when in whens for edge in (when.from_minute, when.to_minute)}
    )
    minute, weekday, month, holiday = np.meshgrid(
        minutes, np.arange(7), np.arange(1, 13), [False, True], indexing="ij"
    )
    return Places(minute.ravel(), weekday.ravel(), month.ravel(), holiday.ravel())
