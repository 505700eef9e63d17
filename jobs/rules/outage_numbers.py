"""The numbers of `jobs.rules.outage`: blocks `outage` and `silence` of the rules."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from jobs.rules.book import Count, Numbers, Part, Percent, Span


class CauseNumbers(Part):
    """What was counted in a silence, or drawn, says of its cause: shares of what was expected."""

    power_below: Annotated[float, Field(ge=0)]
    communication_above: Annotated[float, Field(ge=0)]

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.power_below > self.communication_above:
            raise ValueError(
                f"power_below is {self.power_below:g} and communication_above is "
                f"{self.communication_above:g}: a share could be both; set power_below to no more"
            )
        return self


class GaspNumbers(Part):
    """How many homes say that they lost power, and how long before something began, or after it may
    have, for it to be by that."""

    homes: Count
    within_ms: Span


class SupplyNumbers(CauseNumbers):
    """What goes into a dark feeder, as shares of what did before, unless that was less than can be
    compared with."""

    least_w: Annotated[float, Field(gt=0)]


class OutageNumbers(Numbers):
    """When homes of a feeder are out together, and until when."""

    block = "outage"

    due_homes: Count
    overdue_percent: Annotated[int, Field(ge=0)]
    living_homes: Count
    at_once_homes: Count
    at_once_percent: Percent
    back_after_ms: Span
    restored_percent: Percent
    restored_wait_cadences: Annotated[int, Field(ge=0)]
    restored_wait_ms: Span
    momentary_ms: Span
    critical_homes: Count
    gone_after_ms: Span
    cause_homes: Count
    cause: CauseNumbers
    supply: SupplyNumbers
    gasps: GaspNumbers


class SilenceNumbers(Numbers):
    """When a meter is silent by itself, and until when."""

    block = "silence"

    gone_after_ms: Span
    cause: CauseNumbers
    gasps: GaspNumbers
