"""Plans from files into PostgreSQL, as versions that never change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg

from adapters.bills import plans
from billing.tariffs.errors import TariffError
from billing.tariffs.loading import following
from billing.tariffs.plan import load as load_plan
from contracts.masters import PlanVersion


@dataclass(frozen=True, slots=True)
class LoadedPlan:
    """What became of a file."""

    plan_id: str
    version: int
    is_same: bool
    """The newest version says the same, so nothing was loaded."""
    billed_until: str | None
    """The last month that was billed by the plan, if the new version changes what was billed."""


def load(
    connection: psycopg.Connection, files: Sequence[Path], begin: date, end: date | None
) -> list[LoadedPlan]:
    """Load plans, all or none.

    Raises:
        TariffError: as `following`; or a file cannot be read.
    """
    loaded = []
    with connection.transaction():
        for file in files:
            text = _text(file)
            known = plans.versions(connection)
            found = following(known, text, str(file), begin, end)
            if found is None:
                plan_id = load_plan(text, str(file)).id
                newest = max(each.version for each in known if each.plan_id == plan_id)
                loaded.append(LoadedPlan(plan_id, newest, True, None))
                continue
            plans.add(connection, found)
            until = plans.billed_until(connection, found.plan_id)
            changes = until is not None and until >= f"{begin:%Y-%m}"
            loaded.append(
                LoadedPlan(found.plan_id, found.version, False, until if changes else None)
            )
    return loaded


def version_of(
    connection: psycopg.Connection, plan_id: str, version: int | None = None
) -> PlanVersion:
    """A version of a plan; the newest if it is not said which.

    Raises:
        TariffError: there is none.
    """
    known = plans.versions(connection)
    own = [each for each in known if each.plan_id == plan_id]
    wanted = [each for each in own if version in (None, each.version)]
    if wanted:
        return wanted[-1]
    if own:
        raise TariffError(
            f"plan {plan_id} has versions 1 to {own[-1].version}, and version is {version}: give "
            "one of these"
        )
    names = ", ".join(dict.fromkeys(each.plan_id for each in known)) or "none at all"
    raise TariffError(f"there is no plan {plan_id!r}; known are {names}: give one of these")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise TariffError(f"{file} is not UTF-8: {error}") from None
