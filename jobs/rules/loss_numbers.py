"""The numbers of `jobs.rules.feeder_loss`: block `feeder_loss` of the rules."""

from typing import Annotated

from pydantic import Field

from jobs.rules.book import Count, Numbers, Part, Percent

Amount = Annotated[float, Field(ge=0)]
"""Of what the names say."""


class FitNumbers(Part):
    """How strongly terms of what a feeder loses are held to 0."""

    load: Amount
    load_squared: Amount
    night: Amount


class SuspectNumbers(Part):
    """When a home is suspected."""

    from_days: Count
    until_days: Count
    jump: Amount
    coefficient: Amount
    percent: Amount
    shrink: Amount


class LossNumbers(Numbers):
    """When a feeder loses more than it used to, and until when."""

    block = "feeder_loss"

    covered_percent: Percent
    half_hours: Annotated[int, Field(ge=1, le=48)]
    usual_days: Count
    learned_days: Count
    again_after_days: Count
    drift_percent: Amount
    open_percent: Amount
    close_percent: Amount
    close_days: Count
    unlearned_percent: Amount
    unlearned_days: Count
    major_kwh: Amount
    critical_kwh: Amount
    given_up_after_days: Count
    dropped_percent: Amount
    fit: FitNumbers
    suspects: SuspectNumbers
