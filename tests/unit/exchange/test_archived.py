from pathlib import Path

import polars as pl

from contracts.reading import Reading
from contracts.settings import Settings
from exchange.archived import COLUMNS, archived, blocks_of
from exchange.formats import nem12
from exchange.importing.importer import Importer
from exchange.importing.ledger import Ledger
from exchange.importing.report import Report
from tests.unit.exchange.files import content
from tests.unit.exchange.importing.test_importer import MemoryLog, anywhere

HOUR_MS = 3_600_000


def rows(*readings: Reading) -> pl.DataFrame:
    names = [name for name in COLUMNS if name != "kafka_offset"]
    return pl.DataFrame(
        [
            {name: getattr(each, name) for name in names} | {"kafka_offset": offset}
            for offset, each in enumerate(readings)
        ],
        schema=COLUMNS,
    )


def interval(energy: float, revision: int | None = None, hour: int = 1) -> Reading:
    return Reading(
        "m",
        "r1r0f",
        "electricity",
        hour * HOUR_MS,
        hour,
        10.0**9,
        None,
        energy=energy,
        interval_ms=HOUR_MS,
        revision=revision,
        quality="estimated" if revision is None else "final",
        quality_code=None if revision is None else "F",
    )


def test_what_was_imported_and_revised_comes_out() -> None:
    ledger, log = Ledger(None), MemoryLog()
    found = nem12.read(content("Example_NEM12_powercor.csv"))
    Importer(ledger, log, anywhere).take(found, "a", "a", Report())
    ledger.close()
    (block,) = blocks_of(rows(*log.readings))
    assert block.meter_id == "VABD000163"
    assert block.amounts.tolist() == [3_333_000] * 48


def test_revisions_are_added_once_and_repeats_not_at_all() -> None:
    said = (interval(10.5), interval(2, 1), interval(10.5), interval(2, 1), interval(-1.25, 2))
    (block,) = blocks_of(rows(*said))
    assert block.amounts.tolist() == [11_250]
    assert [(mark.quality, mark.code) for mark in block.marks] == [("final", "F")]


def test_of_registers_the_last_word_holds() -> None:
    def register(value: float, revision: int | None = None, hour: int = 1) -> Reading:
        ts = hour * HOUR_MS
        return Reading("m", "r1r0f", "gas", ts, hour, value, None, revision=revision)

    (block,) = blocks_of(rows(register(7), register(9, 1), register(8), register(10, hour=2)))
    assert block.is_register
    assert block.amounts.tolist() == [9_000, 10_000]


def test_lengths_and_meters_stand_apart() -> None:
    assert blocks_of(rows()) == []
    found = blocks_of(rows(interval(1, hour=3), interval(2, hour=1)))
    assert [block.amounts.tolist() for block in found] == [[2_000, 1_000]]


def test_the_archive_is_read_after_an_instant_and_up_to_another(tmp_path: Path) -> None:
    settings = Settings(namespace="exported", data_dir=tmp_path)
    folder = settings.archive_dir / "event_date=1970-01-01"
    folder.mkdir(parents=True)
    said = rows(*(interval(hour, hour=hour) for hour in range(1, 6)))
    said.write_parquet(folder / "part-0.parquet")
    (block,) = archived(settings, ["m"], 2 * HOUR_MS, 4 * HOUR_MS)
    assert block.amounts.tolist() == [3_000, 4_000]
    assert archived(settings, ["n"], 0, 9 * HOUR_MS) == []
