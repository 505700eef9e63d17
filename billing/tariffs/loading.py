"""The next version of a plan: a later one takes over from its first day, and none ever changes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from billing.tariffs.errors import TariffError
from billing.tariffs.plan import load
from billing.tariffs.versions import plans_of
from contracts.masters import PlanVersion


def following(
    known: Sequence[PlanVersion], text: str, file: str, begin: date, end: date | None = None
) -> PlanVersion | None:
    """The version that a file is to be loaded as; None if the newest one says the same of the same
    days.

    Args:
        known: Versions as they were loaded.

    Raises:
        TariffError: the plan is none, it begins before the newest version does, or it changes what
            the plan's id means.
    """
    plan = load(text, file)
    if end is not None and end <= begin:
        raise TariffError(f"{file}: end is {end}, and begin {begin}: give a later end")
    own = sorted((each for each in known if each.plan_id == plan.id), key=lambda each: each.version)
    if not own:
        return PlanVersion(plan.id, 1, begin, end, text)
    newest = own[-1]
    same_days = (newest.begin, newest.end) == (begin, end)
    if same_days and load(newest.terms, f"plan {plan.id} version {newest.version}") == plan:
        return None
    if begin < newest.begin:
        raise TariffError(
            f"{file}: begin is {begin}, and version {newest.version} of plan {plan.id} begins on "
            f"{newest.begin}: give that day or a later one, since a later version takes over"
        )
    found = PlanVersion(plan.id, newest.version + 1, begin, end, text)
    # Whatever days they are of, their meaning has to be one.
    plans_of([replace(newest, begin=date.min, end=date.min.replace(day=2)), found])
    return found
