"""`wattstream bench bills`: from the archive to bills, for a hundred homes of London over a year,
and for a fleet of them over a month.

Each measures a process of its own, so that its memory is that of billing alone. What is billed must
add up, and of the fleet as it is described in `bills_fleet`, to numbers that others found.
"""

import resource
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import TypeVar

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from adapters.archive.readings import meters_of, readings_of
from benchmarks import bills_london
from benchmarks.bills_fleet import (
    NEWCOMERS,
    PLAN,
    SITE,
    Fleet,
    complete_homes,
    fleet,
    masters_of,
    write,
)
from benchmarks.errors import BenchmarkError
from billing.settlement.bills import Bill, bills, rates
from billing.settlement.identities import Difference, Plans, documents, of_settlement
from billing.settlement.ledger import deltas
from billing.settlement.settlement import Settlement
from billing.tariffs.plan import EXAMPLES, load
from contracts.billing import RunArguments
from contracts.masters import Masters
from contracts.settings import PROJECT
from infra.provenance import origin
from services.settlement.run import run

Outcome = TypeVar("Outcome")

SEED = 7
HOMES = 100_000
EVERYTHING = (2**62,)
"""Offsets of the one partition that the benchmarks' archives have."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What billing took."""

    wall_s: float
    cpu_s: float
    memory_mib: int
    """The most that was resident."""


@dataclass(frozen=True, slots=True)
class Month:
    """A fleet's month."""

    homes: int
    readings: int
    metered_mwh: int
    """Last registers less first ones, by who wrote them."""
    billed_mwh: int
    unassigned_mwh: int
    dynamic_pico: int
    """10^-12 GBP, of what is unassigned too."""
    customers: int
    cost: Cost


@dataclass(frozen=True, slots=True)
class Year:
    """London's homes, each month by itself."""

    homes: int
    half_hours: int
    bills: int
    exact_pico: int
    net_minor: int
    tax_minor: int
    gross_minor: int
    cost: Cost


def month(path: Path, homes: int, console: Console) -> Month:
    """Bill a fleet of so many homes for June of 2013.

    Raises:
        BenchmarkError: something does not add up.
        RequestError: the file is none of London's.
    """
    london = complete_homes(path)
    rng = np.random.default_rng(SEED)
    its = fleet(homes, len(london), rng)
    with TemporaryDirectory(prefix="wattstream-bills-") as name:
        folder = Path(name)
        with console.status(f"Writing the readings of {homes:,} homes"):
            readings, last_mwh = write(folder, its, london, rng)
        with console.status("Billing them"):
            found, cost = apart(_billed_month, folder, homes, len(london))
    metered_mwh = sum((last_mwh - its.opening_mwh).tolist())
    if found.billed_mwh + found.unassigned_mwh != metered_mwh:
        raise BenchmarkError(
            f"{found.billed_mwh} mWh billed and {found.unassigned_mwh} unassigned are not the "
            f"{metered_mwh} that registers counted"
        )
    return Month(
        homes=homes,
        readings=readings,
        metered_mwh=metered_mwh,
        billed_mwh=found.billed_mwh,
        unassigned_mwh=found.unassigned_mwh,
        dynamic_pico=found.dynamic_pico,
        customers=found.customers,
        cost=cost,
    )


@dataclass(frozen=True, slots=True)
class _Billed:
    billed_mwh: int
    unassigned_mwh: int
    dynamic_pico: int
    customers: int


def _billed_month(folder: Path, homes: int, kinds: int) -> tuple[_Billed, Cost]:
    its = fleet(homes, kinds, np.random.default_rng(SEED))
    masters = masters_of(its)
    with measured() as cost:
        found, _ = billed(folder, masters, "2013-06")
    (balance,) = found.balances
    exact = sum(charge.exact for charge in found.charges) + _cost_of_unassigned(folder, its)
    month = _Billed(
        balance.billed_mwh,
        balance.unassigned_mwh,
        exact // 100,
        len({(each.supply.customer_id, each.supply.premises_id) for each in found.supplied}),
    )
    return month, cost()


def _cost_of_unassigned(folder: Path, its: Fleet) -> int:
    """What newcomers that nobody knows would have had to pay, 10^-14 GBP."""
    numbers = np.flatnonzero(its.is_unknown).tolist()
    if not numbers:
        return 0
    found = _settled(folder, masters_of(its, everybody=True, only=numbers), "2013-06")
    return sum(each.exact for each in found.charges if each.key.customer_id > NEWCOMERS)


def year(path: Path) -> Year:
    """Bill London's homes for each month of 2013, for what was measured.

    Raises:
        BenchmarkError: something does not add up.
        RequestError: the file is none of London's.
    """
    with TemporaryDirectory(prefix="wattstream-bills-") as name:
        half_hours, begins_ms = bills_london.archive(Path(name), path)
        found, cost = apart(_billed_year, Path(name), bills_london.masters(begins_ms))
    return Year(
        homes=len(begins_ms),
        half_hours=half_hours,
        bills=found.bills,
        exact_pico=found.exact_pico,
        net_minor=found.net_minor,
        tax_minor=found.tax_minor,
        gross_minor=found.net_minor + found.tax_minor,
        cost=cost,
    )


@dataclass(frozen=True, slots=True)
class _Year:
    bills: int
    exact_pico: int
    net_minor: int
    tax_minor: int


def _billed_year(folder: Path, masters: Masters) -> tuple[_Year, Cost]:
    count = exact = net = tax = 0
    with measured() as cost:
        for number in range(1, 13):
            found, issued = billed(folder, masters, f"2013-{number:02}")
            count += len(issued)
            exact += sum(charge.exact for charge in found.charges)
            net += sum(bill.totals.net for bill in issued)
            tax += sum(bill.totals.tax for bill in issued)
    return _Year(count, exact // 100, net, tax), cost()


@dataclass(frozen=True, slots=True)
class _Folder:
    """An archive that nobody else writes to."""

    path: Path

    @property
    def days(self) -> list[date]:
        names = (path.name for path in self.path.glob("event_date=*"))
        return [date.fromisoformat(name.removeprefix("event_date=")) for name in names]

    def readings(
        self, days: Collection[date], meters: Collection[str] | None = None
    ) -> pl.DataFrame:
        return readings_of(self._files(days), EVERYTHING, meters)

    def meters(self, days: Collection[date]) -> pl.DataFrame:
        return meters_of(self._files(days), EVERYTHING)

    def _files(self, days: Collection[date]) -> list[Path]:
        return [
            path
            for day in sorted(days)
            for path in sorted((self.path / f"event_date={day}").glob("*.parquet"))
        ]


def billed(folder: Path, masters: Masters, name: str) -> tuple[Settlement, tuple[Bill, ...]]:
    """What a month of the only site comes to, and the bills that would be issued of it.

    Raises:
        BenchmarkError: something does not add up.
    """
    found = _settled(folder, masters, name)
    lines = deltas(found.charges, [], rates(SITE.tax_region, masters.tax_rates)).lines
    issued = bills(lines)
    _check([*of_settlement(found, _plans()), *documents(issued, lines)])
    return found, issued


def _settled(folder: Path, masters: Masters, name: str) -> Settlement:
    """A month of the only site, as it was measured."""
    (site,) = masters.sites
    arguments = RunArguments("first", site.site_id, name, EVERYTHING, masters.as_of_ms, "benchmark")
    return run(arguments, masters, _Folder(folder), estimate=False).settlement


def _plans() -> Plans:
    return {(PLAN, 1): load((EXAMPLES / f"{PLAN}.toml").read_text(), PLAN)}


def _check(wrong: list[Difference]) -> None:
    if wrong:
        raise BenchmarkError("; ".join(map(str, wrong[:5])))


@contextmanager
def measured() -> Iterator[Callable[[], Cost]]:
    """Measure what is done meanwhile; what is given tells the cost, once it is over."""
    wall_s, cpu_s = perf_counter(), process_time()
    took: list[Cost] = []
    yield lambda: took[0]
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took.append(Cost(perf_counter() - wall_s, process_time() - cpu_s, peak_kib // 1024))


def apart(
    function: Callable[..., tuple[Outcome, Cost]], *arguments: object
) -> tuple[Outcome, Cost]:
    """What a function returns in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def content(its_month: Month, its_year: Year, command: str) -> dict[str, object]:
    """Both as JSON has them."""
    return {**origin(command, PROJECT), "month": asdict(its_month), "year": asdict(its_year)}


def table(its_month: Month, its_year: Year) -> Table:
    """Both on a terminal of 80 columns."""
    table = Table("", "homes", "half-hours", "bills", "s", "CPU s", "MiB")
    for name, homes, half_hours, count, cost in (
        ("a year", its_year.homes, its_year.half_hours, its_year.bills, its_year.cost),
        ("a month", its_month.homes, its_month.readings, its_month.customers, its_month.cost),
    ):
        table.add_row(
            name,
            f"{homes:,}",
            f"{half_hours:,}",
            f"{count:,}",
            f"{cost.wall_s:.1f}",
            f"{cost.cpu_s:.1f}",
            f"{cost.memory_mib:,}",
        )
    return table
