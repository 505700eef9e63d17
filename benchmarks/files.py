"""`wattstream bench files`: how fast files are read and held against the ledger, and in how much
memory, without the stack.

A file of half-hours of so many meters is written, and taken as an import takes it but for Kafka:
read alone, then with a ledger that does not know it, then again with one that does. Rates are by
CPU time, since whoever imports is not alone on the machine.
"""

import random
import resource
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from rich.table import Table

from contracts.settings import PROJECT
from exchange.formats import espi, nem12
from exchange.formats.options import NONE
from exchange.importing.importer import Importer, Place
from exchange.importing.ledger import Ledger
from exchange.importing.report import Report
from exchange.opening import Source
from exchange.tally import Tally
from exchange.values import Block, Found
from infra.provenance import origin

FIRST_DAY = date(2024, 1, 1)
HALF_HOURS = 48
DRAWN = 997
"""Days that are unlike."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Values a CPU second, of a way through a file."""

    what: str
    values: int
    cpu_s: float

    @property
    def values_per_cpu_s(self) -> float:
        """The rate."""
        return self.values / self.cpu_s


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was measured."""

    meters: int
    days: int
    file_bytes: int
    rates: tuple[Rate, ...]
    peak_mib: float
    """Of the process, all that it has loaded included."""


def run(meters: int, days: int) -> Outcome:
    """Measure with so many meters and days."""
    with TemporaryDirectory(prefix="wattstream-imports-") as name:
        folder = Path(name)
        path = folder / "half-hours.csv"
        write_nem12(path, meters, days)
        feed = folder / "feed.xml"
        _write_espi(feed, meters * days * HALF_HOURS // 10)
        read = _measured("NEM12, read", lambda: _read(_nem12(path)))
        green = _measured("Green Button, read", lambda: _read(espi.read(Source(feed), NONE)))
        ledger = Ledger(folder / "ledger.sqlite")
        first, again = (
            _measured(what, lambda: _taken(ledger, path))
            for what in ("NEM12, readings made of it", "NEM12, again: all known")
        )
        ledger.close()
        size = path.stat().st_size
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Outcome(meters, days, size, (read, green, first, again), peak_mib)


def _measured(what: str, work: Callable[[], Tally]) -> Rate:
    began_s = process_time()
    tally = work()
    return Rate(what, tally.values, process_time() - began_s)


def _read(found: Iterator[Found]) -> Tally:
    tally = Tally()
    for each in found:
        tally.add(each)
    return tally


class _Nowhere:
    """A log that forgets."""

    def ends(self) -> tuple[int, ...]:
        return (0,)

    def send(self, readings: object) -> None:
        for _ in readings:  # type: ignore[attr-defined]
            pass

    def ids_since(self, ends: object, begin: str) -> Iterator[str]:  # noqa: ARG002
        return iter(())


def _taken(ledger: Ledger, path: Path) -> Tally:
    importer = Importer(ledger, _Nowhere(), _anywhere)
    return importer.take(_nem12(path), "the file", path.name, Report())


def _anywhere(block: Block) -> Place:
    return Place("r1r0f", block.commodity)


def _nem12(path: Path) -> Iterator[Found]:
    with path.open("rb") as content:
        yield from nem12.read(content)


def write_nem12(path: Path, meters: int, days: int) -> list[int]:
    """A file of half-hours of so many meters, and what each of them takes, in Wh. Days are drawn
    from a few, so that it is soon written."""
    chance = random.Random(1)
    drawn = [[chance.randrange(1_000) for _ in range(HALF_HOURS)] for _ in range(DRAWN)]
    texts = [",".join(f"0.{wh:03}" for wh in each) for each in drawn]
    totals = [sum(each) for each in drawn]
    dates = [f"{FIRST_DAY + timedelta(day):%Y%m%d}" for day in range(days)]
    taken = []
    with path.open("w") as file:
        file.write("100,NEM12,202401010000,A,B\n")
        for meter in range(meters):
            file.write(f"200,{nmi(meter)},E1,E1,E1,N1,S{meter},kWh,30,\n")
            which = [chance.randrange(DRAWN) for _ in dates]
            for date_, each in zip(dates, which, strict=True):
                file.write(f"300,{date_},{texts[each]},A,,,20250101000000,\n")
            taken.append(sum(totals[each] for each in which))
        file.write("900\n")
    return taken


def nmi(meter: int) -> str:
    """The name of a meter of `write_nem12`, by its number."""
    return f"NB{meter:08}"


def _write_espi(path: Path, count: int) -> None:
    entry = '<entry><link rel="self" href="{}"/>{}<content>{}</content></entry>\n'
    space = 'xmlns="http://naesb.org/espi"'
    kind = f"<UsagePoint {space}><ServiceCategory><kind>0</kind></ServiceCategory></UsagePoint>"
    unit = "<accumulationBehaviour>4</accumulationBehaviour><uom>72</uom>"
    link = '<link rel="{}" href="{}"/>'
    with path.open("w") as file:
        file.write('<feed xmlns="http://www.w3.org/2005/Atom">')
        file.write(entry.format("UsagePoint/1", "", kind))
        related = link.format("related", "ReadingType/1")
        file.write(entry.format("UsagePoint/1/MeterReading/1", related, f"<MeterReading {space}/>"))
        file.write(entry.format("ReadingType/1", "", f"<ReadingType {space}>{unit}</ReadingType>"))
        for begin in range(0, count, 1_000):
            readings = "".join(
                f"<IntervalReading><timePeriod><duration>1800</duration><start>{1800 * n}</start>"
                f"</timePeriod><value>{n % 997}</value></IntervalReading>"
                for n in range(begin, min(begin + 1_000, count))
            )
            up = link.format("up", "UsagePoint/1/MeterReading/1/IntervalBlock")
            block = f"<IntervalBlock {space}>{readings}</IntervalBlock>"
            file.write(entry.format(f"b/{begin}", up, block))
        file.write("</feed>")


def content(outcome: Outcome, command: str) -> dict[str, object]:
    """The outcome as JSON has it."""
    rates = [asdict(each) | {"values_per_cpu_s": each.values_per_cpu_s} for each in outcome.rates]
    return {**origin(command, PROJECT), **asdict(outcome), "rates": rates}


def table(outcome: Outcome) -> Table:
    """The outcome on a terminal of 80 columns."""
    table = Table(
        title=f"{outcome.days:,} days of {outcome.meters:,} meters, "
        f"{outcome.file_bytes / 2**20:,.1f} MiB",
        caption=f"at most {outcome.peak_mib:,.0f} MiB of memory",
        box=None,
        padding=(0, 2, 0, 0),
        header_style="dim",
    )
    table.add_column("way", no_wrap=True)
    for heading in ("values", "CPU s", "values a CPU s"):
        table.add_column(heading, justify="right", no_wrap=True)
    for each in outcome.rates:
        rate = f"{each.values_per_cpu_s:,.0f}"
        table.add_row(each.what, f"{each.values:,}", f"{each.cpu_s:.2f}", rate)
    return table
