"""Versions of plans: which terms applied when, and that terms stay what they were."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby, pairwise

from billing.tariffs.errors import TariffError
from billing.tariffs.plan import Plan, load
from contracts.masters import PlanVersion

MEANING = ("commodity", "currency", "unit", "prices_include_tax")
"""What a plan's id stands for; another is another plan."""


def plans_of(
    versions: Sequence[PlanVersion], used: Mapping[tuple[str, int], str] | None = None
) -> dict[tuple[str, int], Plan]:
    """Plans by id and version.

    Args:
        used: Terms, by id and version, of those that something was billed by.

    Raises:
        TariffError: terms that cannot be read or are of another id, that changed after they were
            used or change what the id means, and versions of one plan that overlap.
    """
    plans: dict[tuple[str, int], Plan] = {}
    for each in versions:
        plan = _read(each)
        terms = (used or {}).get((each.plan_id, each.version))
        if terms is not None and load(terms, _told(each)) != plan:
            raise TariffError(
                f"{_told(each)} was billed by, and its terms are others now: leave them as they "
                "were, and give the new ones as another version"
            )
        plans[each.plan_id, each.version] = plan
    _check_dates(versions)
    for (_, one), (_, other) in pairwise(sorted(plans.items())):
        if one.id == other.id:
            _check_meaning(one, other)
    return plans


def version_on(versions: Sequence[PlanVersion], plan_id: str, day: date) -> PlanVersion:
    """The version of a plan on a local day.

    Raises:
        TariffError: there is none.
    """
    for each in versions:
        if each.plan_id == plan_id and each.begin <= day and (each.end is None or day < each.end):
            return each
    known = ", ".join(sorted({each.plan_id for each in versions})) or "none at all"
    raise TariffError(
        f"plan {plan_id!r} has no version on {day}; known plans are {known}: load one that begins "
        "then or before"
    )


def on_offer(
    versions: Iterable[PlanVersion], day: date, heard: Callable[[TariffError], None]
) -> frozenset[str]:
    """Plans that anybody may choose on a local day, as the last version of each that has begun
    says.

    Args:
        versions: As they were loaded.
        heard: Hears why versions of a plan cannot be used: it is not on offer.
    """
    offered = set()
    ordered = sorted(versions, key=lambda each: (each.plan_id, each.version))
    for plan_id, same in groupby(ordered, key=lambda each: each.plan_id):
        its = list(same)
        try:
            # One that has not begun is read as well by whoever uses the plan.
            plans = [_read(each) for each in its]
            for one, other in pairwise(plans):
                _check_meaning(one, other)
        except TariffError as error:
            heard(error)
            continue
        begun = [pair for pair in zip(its, plans, strict=True) if pair[0].begin <= day]
        if not begun:
            continue
        last, plan = begun[-1]
        if plan.on_offer and (last.end is None or day < last.end):
            offered.add(plan_id)
    return frozenset(offered)


def _read(version: PlanVersion) -> Plan:
    plan = load(version.terms, _told(version))
    if plan.id != version.plan_id:
        raise TariffError(
            f"{_told(version)}: id is {plan.id!r}: give terms of {version.plan_id!r}, or load them "
            "as what they are"
        )
    return plan


def _check_dates(versions: Sequence[PlanVersion]) -> None:
    ordered = sorted(versions, key=lambda each: (each.plan_id, each.begin))
    for each in ordered:
        if each.end is not None and each.end <= each.begin:
            raise TariffError(
                f"{_told(each)}: end is {each.end}, and begin {each.begin}: give a later end"
            )
    for _, same in groupby(ordered, key=lambda each: each.plan_id):
        for one, other in pairwise(same):
            if one.end is None or one.end > other.begin:
                raise TariffError(
                    f"{_told(one)}: end is {one.end}, and version {other.version} begins on "
                    f"{other.begin}: end it then or before"
                )


def _check_meaning(one: Plan, other: Plan) -> None:
    for field in MEANING:
        if getattr(one, field) != getattr(other, field):
            raise TariffError(
                f"plan {one.id}: {field} is {getattr(one, field)!r} in one version and "
                f"{getattr(other, field)!r} in another: give the other an id of its own"
            )


def _told(version: PlanVersion) -> str:
    return f"plan {version.plan_id} version {version.version}"
