"""Runs of what is stored: of the archive on this machine, and of masters in PostgreSQL."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl
import psycopg

from adapters.archive.errors import ArchiveError
from adapters.archive.readings import Readings
from adapters.bills import runs
from adapters.master_rows import masters
from billing.settlement.errors import RunError
from billing.settlement.written import charges_text
from contracts.billing import RunArguments
from contracts.issued import StoredRun
from contracts.masters import Masters
from contracts.settings import Settings
from services.settlement.curve import Archive
from services.settlement.method import differences, method_of, method_of_now
from services.settlement.run import Heard, Run, rules_of_month, run

Told = Callable[[date], None]
"""Hears of each day that is read."""


@dataclass(frozen=True, slots=True)
class Computed:
    """A run and the masters that it is of."""

    run: Run
    masters: Masters


@dataclass(frozen=True, slots=True)
class Reproduced:
    """A run that was computed once more."""

    stored: StoredRun
    then: str
    """Its charges, as text: those that were kept, ..."""
    now: str
    """... and those that it has now."""
    others: tuple[str, ...]
    """What of how it is computed is another now."""

    @property
    def same(self) -> bool:
        """Whether it has the same charges, byte by byte."""
        return self.then == self.now


def computed(
    settings: Settings,
    connection: psycopg.Connection,
    arguments: RunArguments,
    told: Told = lambda _: None,
    heard: Heard | None = None,
    known: Masters | None = None,
) -> Computed:
    """What a run comes to.

    Args:
        known: The masters as of the run's instant, where they were read already.
        heard: As in `run`.

    Raises:
        RunError, MastersError, TariffError, CurveError: as `run`.
        ArchiveError: the archive cannot be read.
    """
    its = known or masters(connection, arguments.masters_as_of_ms)
    return computed_of(settings, arguments, its, told, heard)


def computed_of(
    settings: Settings,
    arguments: RunArguments,
    its: Masters,
    told: Told = lambda _: None,
    heard: Heard | None = None,
) -> Computed:
    """As `computed`, of masters that were read as of the run's instant."""
    method = method_of(arguments.rules)
    archive = archive_of(settings, arguments.readings_until, told)
    if not archive.days:
        raise RunError(
            f"the archive {settings.archive_address} has no readings: give the namespace that has "
            "them"
        )
    return Computed(
        run(
            arguments,
            its,
            archive,
            estimate=method.estimate,
            period_ms=method.period_ms,
            heard=heard,
        ),
        its,
    )


def archive_of(settings: Settings, until: Sequence[int], told: Told = lambda _: None) -> Archive:
    """The namespace's readings before these offsets."""
    return _Told(settings, until, told)


def archive_here(settings: Settings, until: Sequence[int], told: Told = lambda _: None) -> Archive:
    """As `archive_of`, for who takes what is not there for nothing used.

    Raises:
        ArchiveError: it has no readings, or is not on this machine.
    """
    found = archive_of(settings, until, told)
    if not found.days:
        raise ArchiveError(
            f"the archive {settings.archive_address} has no readings: give the data_dir that has "
            "them"
        )
    return found


class _Told(Readings):
    """Readings that tell of each day that is read."""

    def __init__(self, settings: Settings, until: Sequence[int], told: Told) -> None:
        super().__init__(settings, until)
        self._told = told

    def readings(
        self, days: Collection[date], meters: Collection[str] | None = None
    ) -> pl.DataFrame:
        for day in sorted(days):
            self._told(day)
        return super().readings(days, meters)


def reproduced(
    settings: Settings,
    connection: psycopg.Connection,
    run_id: int,
    told: Told = lambda _: None,
) -> Reproduced:
    """A run computed once more, from its arguments.

    Raises:
        RunError: there is no such run.
        Others as `computed`.
    """
    stored = runs.run_of(connection, run_id)
    if stored is None:
        raise RunError(f"there is no run {run_id}: `wattstream bill list` names those there are")
    then = charges_text(runs.charges(connection, run_id))
    its = stored.arguments
    found = computed(settings, connection, its, told)
    now = charges_text(found.run.settlement.charges)
    rules = rules_of_month(found.masters, its.site_id, its.month)
    others = differences(method_of(its.rules), method_of_now(rules=rules))
    return Reproduced(stored, then, now, tuple(others))
