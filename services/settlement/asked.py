"""A run as a person asks for it: which kind is due, as of what, and whether it may be."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import psycopg

from adapters.bills import runs
from billing.settlement.due import check_closed, check_due, check_grace, due_ms
from billing.settlement.errors import RunError
from billing.tariffs.calendar import calendar_of
from contracts.billing import RunArguments, RunKind
from contracts.masters import Masters, Site


def sites_of(masters: Masters, site_id: str | None) -> tuple[Site, ...]:
    """The site that is asked for, or all.

    Raises:
        RunError: there is none.
    """
    found = tuple(each for each in masters.sites if site_id in (None, each.site_id))
    if not found and site_id is None:
        as_of = datetime.fromtimestamp(masters.as_of_ms / 1_000, UTC)
        raise RunError(
            f"masters had no site at {as_of:%Y-%m-%d %H:%M:%S} UTC: load them with `wattstream "
            "masters load`; what was loaded since counts from a minute later on"
        )
    if not found:
        known = ", ".join(each.site_id for each in masters.sites) or "none"
        raise RunError(f"site is {site_id!r}, and masters have {known}: give one, or load it")
    return found


def arguments_of(
    connection: psycopg.Connection,
    masters: Masters,
    site: Site,
    month: str,
    *,
    kind: RunKind | None,
    readings_until: Sequence[int],
    rules: str,
    horizon_ms: int,
    came_from: Callable[[int], Sequence[int]],
) -> RunArguments:
    """The arguments of a run. Without a kind it is the one that is due: interim until the month and
    its grace are over, first if none was issued, reconciliation after it.

    Args:
        horizon_ms: How long after a period the stream has closed it.
        came_from: By partition, the first reading that came at an instant, epoch ms, or later.

    Raises:
        RunError: the kind is not due yet, or readings of the month are left out.
        TariffError: there is no such month.
    """
    calendar = calendar_of(site, masters.holidays)
    if kind is None:
        if masters.as_of_ms < due_ms(calendar, month):
            kind = "interim"
        elif runs.latest_issued(connection, site.site_id, month) is None:
            kind = "first"
        else:
            kind = "reconciliation"
    check_due(kind, calendar, month, masters.as_of_ms)
    if kind != "interim":
        check_grace(calendar, month, horizon_ms)
        closed_ms = calendar.local_month(month).end_ms + horizon_ms
        check_closed(kind, month, readings_until, came_from(closed_ms))
    return RunArguments(kind, site.site_id, month, tuple(readings_until), masters.as_of_ms, rules)
