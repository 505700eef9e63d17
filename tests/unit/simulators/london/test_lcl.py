import gzip
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from contracts.reading import Reading, encode
from contracts.settings import PROJECT
from simulators.errors import FileError, OptionError
from simulators.fleet import geohash
from simulators.fleet.london_grid import GRIDS, geohash_of, homes
from simulators.london.lcl import HALF_HOUR_MS, between, read_london
from simulators.london.replay import encoded

EXTRACT = PROJECT / "simulators" / "data" / "lcl_extract.csv.gz"
NEW_YEAR_MS = 1_356_998_400_000
HEADING = "LCLid,tstp,energy(kWh/hh)\n"


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    return tmp_path / "lcl.csv"


def rows(readings: pl.DataFrame) -> list[tuple[str, int, int, int, int]]:
    return readings.select("meter_id", "ts", "seq", "register_mwh", "demand_mw").rows()


TWO_ROWS = [
    ("MAC1", NEW_YEAR_MS + HALF_HOUR_MS, NEW_YEAR_MS // HALF_HOUR_MS + 1, 219_000, 438_000),
    ("MAC1", NEW_YEAR_MS + 2 * HALF_HOUR_MS, NEW_YEAR_MS // HALF_HOUR_MS + 2, 460_000, 482_000),
]


@pytest.mark.parametrize(
    "text",
    [
        "LCLid,tstp,energy(kWh/hh)\n"
        "MAC1,2013-01-01 00:00:00, 0.219 \nMAC1,2013-01-01 00:30:00, 0.241 \n",
        "LCLid,DateTime,KWH/hh\nMAC1,2013-01-01 00:00:00,0.219\nMAC1,2013-01-01 00:30:00,0.241\n",
        "LCLid,stdorToU,DateTime,KWH/hh (per half hour) ,Acorn,Acorn_grouped\n"
        "MAC1,Std,2013-01-01 00:30:00.0000000, 0.241 ,ACORN-A,Affluent\n"
        "MAC1,Std,2013-01-01 00:00:00.0000000, 0.219 ,ACORN-A,Affluent\n",
        "\ufeff LCLid , tstp, energy (kWh/hh) \r\n"
        " MAC1 , 2013-01-01 00:00:00 , 0.219 \r\n MAC1,2013-01-01 00:30:00,0.2410\r\n\r\n",
    ],
    ids=["tstp", "DateTime", "per half hour, unordered", "blanks everywhere"],
)
@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gzip"])
def test_reads_every_variant_of_the_file(csv: Path, text: str, compress: bool) -> None:
    csv.write_bytes(gzip.compress(text.encode()) if compress else text.encode())
    london = read_london(csv)
    assert rows(london.readings) == TWO_ROWS
    assert (london.rows, london.nulls, london.duplicates, london.off_grid) == (2, 0, 0, 0)


def test_counts_what_it_leaves_out(csv: Path) -> None:
    csv.write_text(
        HEADING + "MAC1,2013-01-01 00:00:00,0.219\n"
        "MAC1,2013-01-01 00:00:00, 0.2190 \n"
        "MAC1,2013-01-01 00:00:00,Null\n"
        "MAC1,2013-01-01 00:12:27,Null\n"
        "MAC1,2013-01-01 00:15:00,5\n"
        "MAC1,2013-01-01 00:30:00.0000000,0.241\n"
        "MAC1,2013-01-01 00:30:00.5000000,7\n"
    )
    london = read_london(csv)
    assert rows(london.readings) == TWO_ROWS
    assert (london.rows, london.nulls, london.duplicates, london.off_grid) == (7, 2, 1, 2)


def test_a_gap_shows_in_seq_and_costs_no_energy(csv: Path) -> None:
    csv.write_text(HEADING + "A,2013-01-01 00:00:00,1\nA,2013-01-01 02:00:00,2\n")
    first, second = rows(read_london(csv).readings)
    assert second[2] - first[2] == 4
    assert second[3] - first[3] == 2_000_000


def test_energy_is_rounded_half_up_to_thousandths_of_wh(csv: Path) -> None:
    csv.write_text(
        HEADING + "A,2013-01-01 00:00:00,1.1409999\nA,2013-01-01 00:30:00,0.0000005\n"
        "A,2013-01-01 01:00:00,0.0000004\n"
    )
    assert [row[3:] for row in rows(read_london(csv).readings)] == [
        (1_141_000, 2_282_000),
        (1_141_001, 2),
        (1_141_001, 0),
    ]


@pytest.mark.parametrize("day", [date(2013, 3, 31), date(2013, 10, 27)])
def test_clock_changes_have_48_half_hours(csv: Path, day: date) -> None:
    times = [f"{day} {half // 2:02}:{half % 2 * 30:02}:00" for half in range(48)]
    csv.write_text(HEADING + "".join(f"A,{time},0.5\n" for time in times))
    readings = read_london(csv).readings
    assert between(readings, day, None).height == 48
    assert readings["ts"].diff().drop_nulls().unique().to_list() == [HALF_HOUR_MS]


def test_a_range_is_half_open_and_registers_continue() -> None:
    readings = read_london(EXTRACT).readings
    middle = date(2013, 1, 15)
    before, after = between(readings, None, middle), between(readings, middle, None)
    assert before.height + after.height == readings.height == 14_111
    meter = pl.col("meter_id") == "MAC000011"
    last, first = before.filter(meter).row(-1, named=True), after.filter(meter).row(0, named=True)
    assert first["ts"] - HALF_HOUR_MS == NEW_YEAR_MS + 14 * 86_400_000 == last["ts"]
    assert first["register_mwh"] - last["register_mwh"] == first["demand_mw"] // 2 > 0
    assert between(readings, date(2013, 1, 1), date(2013, 1, 2)).height == 480


def test_a_range_without_half_hours_says_what_the_file_holds() -> None:
    readings = read_london(EXTRACT).readings
    with pytest.raises(OptionError, match="2013-01-01 00:00:00 to 2013-01-31 23:30:00"):
        between(readings, date(2014, 1, 1), None)


def test_the_extract_is_as_its_readme_says() -> None:
    readings = read_london(EXTRACT).readings
    assert readings["meter_id"].n_unique() == 10
    lengths = sorted(readings.group_by("meter_id").len()["len"])
    assert lengths == [721, 1487, 1487] + 7 * [1488]
    assert "UK Power Networks" in EXTRACT.with_name("README.md").read_text()
    assert EXTRACT.stat().st_size < 100_000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("LCLid,time,energy(kWh/hh)\n", "no column headed 'tstp' or 'DateTime'; .*'time'"),
        ("LCLid,tstp,DateTime,KWH/hh\n", "2 columns headed 'tstp' or 'DateTime'"),
        (HEADING + "A,2013-01-01 00:00:00,1\nA,yesterday,1\n", "line 3, column tstp.*'yesterday'"),
        (HEADING + "A,1066-10-14 00:00:00,1\n", "line 2.*'1066-10-14 00:00:00'.*after 1970"),
        (HEADING + "A,,1\n", "line 2, column tstp/DateTime: ''"),
        (HEADING + "\nA,2013-01-01 00:00:00,much\n", "line 3, column energy.*'much'"),
        (HEADING + "A,2013-01-01 00:00:00,-0.1\n", "line 2, column energy.*'-0.1'"),
        (HEADING + "A,2013-01-01 00:00:00,nan\n", "line 2, column energy.*'nan'"),
        (HEADING + "A,2013-01-01 00:00:00,1e9\n", "line 2, column energy.*0 to 500000"),
        (HEADING + "A B,2013-01-01 00:00:00,1\n", "line 2, column LCLid: 'A B'"),
        (
            HEADING + "A,2013-01-01 00:00:00,1\nB,2013-01-01 00:00:00,1\nA,2013-01-01 00:00:00,2\n",
            r"meter A has two values for the half-hour 2013-01-01 00:00:00: "
            r"1.0 \(line 2\) and 2.0 \(line 4\)",
        ),
        ("", "cannot be read as CSV"),
        (HEADING + "A,2013-01-01 00:00:00,1,2,3\n", "cannot be read as CSV"),
    ],
)
def test_a_bad_file_is_refused_with_place_and_value(csv: Path, text: str, message: str) -> None:
    csv.write_text(text)
    with pytest.raises(FileError, match=message) as error:
        read_london(csv)
    assert str(csv) in str(error.value)


def test_damaged_and_absent_files_are_refused(csv: Path) -> None:
    with pytest.raises(FileError, match="no such file"):
        read_london(csv)
    csv.write_bytes(gzip.compress(EXTRACT.read_bytes() * 10)[:5_000])
    with pytest.raises(FileError, match="cannot be read as CSV"):
        read_london(csv)
    with pytest.raises(FileError, match="cannot be read as CSV"):
        read_london(csv.parent)


def test_many_readings_are_encoded_like_one() -> None:
    registers_mwh = [0, 1, 999, *range(438_001, 4_000_000_000, 12_345_678), 100_000_000_000_000]
    readings = pl.DataFrame(
        {
            "meter_id": f"MAC{row}",
            "geohash": geohash_of(f"MAC{row}"),
            "ts": NEW_YEAR_MS + row,
            "seq": row,
            "register_mwh": register_mwh,
            "demand_mw": min(2 * register_mwh, 1_000_000_000_000),
        }
        for row, register_mwh in enumerate(registers_mwh)
    )
    assert encoded(readings).to_list() == [
        encode(
            Reading(
                row["meter_id"],
                row["geohash"],
                "electricity",
                row["ts"],
                row["seq"],
                row["register_mwh"] / 1_000,
                row["demand_mw"] / 1_000,
            )
        )
        for row in readings.iter_rows(named=True)
    ]


def test_homes_are_those_of_the_london_grids() -> None:
    geohashes = [geohash.encode(*grid.points()).astype(str).tolist() for grid in GRIDS]
    corners = [(each[0], each[-1]) for each in geohashes]
    assert corners == [
        ("gcpuwk4mcmdy", "gcputyshbegz"),
        ("gcpuwwx7qz78", "gcpuy314qjsb"),
        ("gcpuy2fk1mdy", "gcpuvg7u83nf"),
    ]
    assert len(homes()) == len(set(homes())) == 9_862
    assert "gcpuy8f1gwg5" in homes()


def test_a_meter_keeps_its_home() -> None:
    assert geohash_of("MAC000018") == "gcpuwjt0npp4"
    assert len({geohash_of(f"MAC{number:06}") for number in range(100)}) > 90
