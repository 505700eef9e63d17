"""What a file of a utility says is what is billed, to the thousandth of a Wh."""

import gzip
from collections.abc import Iterable, Iterator, Sequence
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

METER, FLAT = "M1", "lcl-flat"
BEGIN_MS = 1_511_445_600_000
"""24 November 2017 at UTC+10; the file ends with 22 September 2020."""
MONTHS = [
    f"{year}-{month:02}"
    for year in range(2017, 2021)
    for month in range(1, 13)
    if "2017-11" <= f"{year}-{month:02}" <= "2020-09"
]
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


@pytest.fixture(scope="module")
def archive() -> Memory:
    """Of the readings that the importer makes of three years of a home."""
    log, packed = _Log(), (DATA / "nem12_meter01.csv.gz").read_bytes()
    with closing(Ledger(None)) as ledger:
        found = nem12.read(BytesIO(gzip.decompress(packed)))
        Importer(ledger, log, _anywhere).take(found, "sha", "nem12_meter01.csv", Report())
    said = log.readings
    return Memory(
        pl.DataFrame(
            {
                "meter_id": [each.meter_id for each in said],
                "commodity": [each.commodity for each in said],
                "ts": [each.ts for each in said],
                "seq": [each.seq for each in said],
                "register": [each.register for each in said],
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


def test_bills_of_three_years_are_of_what_the_file_says(archive: Memory) -> None:
    meter = replace(
        installed(METER), begin_ms=BEGIN_MS, opening_mwh=FIRST_REGISTER_MWH, max_w=100_000
    )
    its = masters([(A, BEGIN_MS, None)], plan_id=FLAT, registers=[meter])
    (site,) = its.sites
    its = replace(its, sites=(replace(site, time_zone="Australia/Brisbane"),))
    billed_mwh: dict[str, int] = {}
    for month in MONTHS:
        arguments = RunArguments("first", site.site_id, month, (2**62,), its.as_of_ms, "test")
        found = run(arguments, its, archive, estimate=False)
        assert not of_settlement(found.settlement, PLANS)
        lines = deltas(found.settlement.charges, [], RATE).lines
        billed_mwh[month] = sum(line.quantity for bill in bills(lines) for line in bill.lines)

    assert len(archive.rows) == 49_632
    assert sum(billed_mwh.values()) == 9_756_118_000
    assert sum(mwh for month, mwh in billed_mwh.items() if "2019" in month) == 2_703_560_000
