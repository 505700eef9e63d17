"""What files of a utility say is what is billed, to the thousandth of a Wh, in whatever order they
come and their days are in."""

import gzip
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import polars as pl
import pytest

from billing.settlement.bills import bills
from billing.settlement.identities import of_settlement
from billing.settlement.ledger import deltas
from billing.tariffs.plan import EXAMPLES, load
from contracts.billing import RunArguments
from contracts.masters import Masters, Premises
from contracts.reading import Reading
from exchange.formats import nem12
from exchange.importing.importer import Importer, Place
from exchange.importing.ledger import FIRST_REGISTER_MWH, Ledger
from exchange.importing.report import Report
from exchange.values import Block
from services.settlement.run import run
from tests.unit.billing.settlement.homes import RATE, A, installed, masters
from tests.unit.exchange.files import DATA
from tests.unit.services.settlement.archives import Memory

METER, OTHER, FLAT = "M1", "M2", "lcl-flat"
BEGIN_MS = 1_511_445_600_000
"""24 November 2017 at UTC+10; the file ends with 22 September 2020."""
MONTHS = [
    f"{year}-{month:02}"
    for year in range(2017, 2021)
    for month in range(1, 13)
    if "2017-11" <= f"{year}-{month:02}" <= "2020-09"
]
SUMMER = MONTHS[:3]
PLANS = {(FLAT, 1): load((EXAMPLES / f"{FLAT}.toml").read_text(), FLAT)}


class _Log:
    """A log in memory."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []

    def ends(self) -> Sequence[int]:
        return [len(self.readings)]

    def send(self, readings: Iterable[tuple[str, Reading]]) -> None:
        self.readings += [reading for _, reading in readings]

    def ids_since(self, ends: Sequence[int], begin: str) -> Iterator[str]:  # noqa: ARG002
        return iter(())


def text() -> str:
    """Three years of a home."""
    return gzip.decompress((DATA / "nem12_meter01.csv.gz").read_bytes()).decode()


def archive(*files: str) -> Memory:
    """Of the readings that the importer makes of files, one after the other."""
    log = _Log()
    with closing(Ledger(None)) as ledger:
        importer = Importer(ledger, log, _anywhere)
        for number, file in enumerate(files):
            found = nem12.read(BytesIO(file.encode()))
            importer.take(found, f"{number}", f"{number}.csv", Report())
    said = log.readings
    return Memory(
        pl.DataFrame(
            {
                "meter_id": [each.meter_id for each in said],
                "commodity": [each.commodity for each in said],
                "ts": [each.ts for each in said],
                "seq": [each.seq for each in said],
                "register": [each.register for each in said],
                "energy": [each.energy for each in said],
                "revision": [each.revision or 0 for each in said],
                "kafka_offset": range(len(said)),
                "quality": [each.quality for each in said],
                "day": [datetime.fromtimestamp(each.ts / 1_000, UTC).date() for each in said],
            },
            schema_overrides={"quality": pl.String},
        )
    )


def _anywhere(block: Block) -> Place:
    return Place("r1r0f", block.commodity)


def homes(*meters: str) -> Masters:
    """A home in Queensland for each meter."""
    registers = [
        replace(installed(each), begin_ms=BEGIN_MS, opening_mwh=FIRST_REGISTER_MWH, max_w=100_000)
        for each in meters
    ]
    its = masters([(A, BEGIN_MS, None)], plan_id=FLAT, registers=registers)
    (site,) = its.sites
    return replace(its, sites=(replace(site, time_zone="Australia/Brisbane"),))


def billed_mwh(archive: Memory, months: Sequence[str], its: Masters) -> Mapping[str, int]:
    """What first runs bill of each month."""
    found = {}
    for month in months:
        arguments = RunArguments("first", "london", month, (2**62,), its.as_of_ms, "test")
        settled = run(arguments, its, archive, estimate=False).settlement
        assert not of_settlement(settled, PLANS)
        lines = deltas(settled.charges, [], RATE).lines
        found[month] = sum(line.quantity for bill in bills(lines) for line in bill.lines)
    return found


def test_bills_of_three_years_are_of_what_the_file_says() -> None:
    its = archive(text())

    found = billed_mwh(its, MONTHS, homes(METER))

    assert len(its.rows) == 49_632
    assert sum(found.values()) == 9_756_118_000
    assert sum(mwh for month, mwh in found.items() if "2019" in month) == 2_703_560_000


DAYS = [line for line in text().splitlines(keepends=True) if line.startswith("300,")][:80]
DAYS = [line for line in DAYS if ",A," in line]
"""Lines of November 2017 to February 2018 that say of no half-hour that it was not measured."""
HEAD, TAIL = "100,NEM12,201801010000,A,B\n200,M1,E1,E1,E1,,1,KWH,30,\n", "900\n"


def file(days: Sequence[str], meter: str = METER) -> str:
    return HEAD.replace(METER, meter) + "".join(days) + TAIL


def by_hand() -> dict[str, int]:
    """The sums of the file's own numbers, by month."""
    sums = dict.fromkeys(SUMMER, 0)
    for line in DAYS:
        date, *kwh = line.split(",")[1:50]
        month = f"{date[:4]}-{date[4:6]}"
        if month in sums:
            sums[month] += sum(round(float(each) * 10**6) for each in kwh)
    return sums


def doubled(day: str) -> str:
    """Twice of what was used on a day."""
    return ",".join(
        f"{2 * float(cell):.3f}" if 2 <= place < 50 else cell
        for place, cell in enumerate(day.split(","))
    )


@pytest.mark.parametrize(
    "files",
    [
        pytest.param([DAYS], id="in order"),
        pytest.param([[*DAYS[:10], DAYS[20], *DAYS[11:20], DAYS[10], *DAYS[21:]]], id="swapped"),
        pytest.param([DAYS[::-1]], id="backwards"),
        pytest.param([[*DAYS[:15], *DAYS[16:]], DAYS[15:16]], id="late"),
        pytest.param([[*map(doubled, DAYS[:30]), *DAYS[30:]], DAYS[6:7], DAYS], id="revised"),
        pytest.param([DAYS[40:], [doubled(DAYS[40])], DAYS[40:41], DAYS[:40]], id="all of it"),
    ],
)
def test_bills_do_not_depend_on_the_order_in_which_days_come(files: list[list[str]]) -> None:
    found = billed_mwh(archive(*map(file, files)), SUMMER, homes(METER))

    assert found == by_hand()
    assert sum(found.values()) == 1_230_442_000


def test_meters_that_are_imported_beside_one_another_have_sums_of_their_own() -> None:
    both = archive(
        *(file(DAYS[40:]), file(list(map(doubled, DAYS[:40])), OTHER)),
        *(file(DAYS[:40]), file(list(map(doubled, DAYS[40:])), OTHER)),
    )
    together = homes(METER, OTHER)
    one, other = together.installations
    (site,) = together.sites
    apart = replace(
        together,
        sites=(site, replace(site, site_id="elsewhere")),
        premises=(*together.premises, Premises(OTHER, "elsewhere")),
        installations=(one, replace(other, premises_id=OTHER)),
    )

    assert billed_mwh(both, SUMMER, together) == {
        month: 3 * mwh for month, mwh in by_hand().items()
    }
    assert billed_mwh(both, SUMMER, apart) == by_hand()
