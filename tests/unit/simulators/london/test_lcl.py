import gzip
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from contracts.reading import Reading, encode
from contracts.settings import PROJECT
from simulators.errors import FileError, OptionError
from simulators.fleet import geohash
from simulators.fleet.london_grid import GRIDS, geohash_of, homes
from simulators.london import table
from simulators.london.lcl import HALF_HOUR_MS, between, read_london
from simulators.london.problems import LONGEST_VALUE, SHOWN
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
        "LCLid,tstp,energy_kWh\nMAC1,2013-01-01 00:00:00,0.219\nMAC1,2013-01-01 00:30:00,0.241",
        "lclid,date_time,ENERGY (KWH)\nMAC1,2013-01-01 00:30:00,.241\n"
        "MAC1,2013-01-01 00:00:00,2.19e-1\n",
        "LCLid,tstp,energy_Wh\nMAC1,2013-01-01 00:00:00,219\nMAC1,2013-01-01 00:30:00,241.0\n",
        '"LCLid","note","tstp","kWh"\r\n"MAC1","a, ""b""","2013-01-01 00:00:00","0.219"\r\n'
        'MAC1,,2013-01-01 00:30:00,"0.241"\r\n',
    ],
    ids=[
        *("tstp", "DateTime", "per half hour, unordered", "blanks everywhere"),
        *("energy_kWh, no last newline", "case and signs", "Wh", "quotes"),
    ],
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
        (
            HEADING + "A,2013-01-01 00:00:00,1,2,3\n",
            "line 2: 5 fields, and the heading has 3: 'A,2013-01-01 00:00:00,1,2,3'; .*commas",
        ),
        (
            HEADING + "A,2013-01-01 00:00:00,0,176\n",
            "line 2: 4 fields, .*'A,2013-01-01 00:00:00,0,176'; .*decimals have a point",
        ),
        (
            HEADING + 'A,2013-01-01 00:00:00,"0,176"\n',
            "line 2, column energy.*: '0,176'; .*decimals have a point",
        ),
        (HEADING + "\r\nA,2013-01-01 00:00:00\r\n", "line 3: 2 fields, and the heading has 3"),
        (HEADING + "A,2013-01-01 00:00:00,1,\n", "line 2: 4 fields, and the heading has 3"),
        ("LCLid;tstp;energy_kWh\nA;2013-01-01 00:00:00;0,1\n", "separated by commas, are 'LCLid;"),
        ("LCLid,tstp,energy_MWh\n", "no column headed .*'energy_kWh'; .*'energy_MWh'"),
        ("LCLid,tstp,energy(Wh/hh)\nA,2013-01-01 00:00:00,6e8\n", "a number from 0 to 5e[+]08"),
        ("\n\n", "cannot be read as CSV: it has no heading"),
        (HEADING + 'A,2013-01-01\r00:00:00,"1"\n', "line 2: 1 fields, and the heading has 3"),
    ],
)
def test_a_bad_file_is_refused_with_place_and_value(csv: Path, text: str, message: str) -> None:
    csv.write_text(text)
    with pytest.raises(FileError, match=message) as error:
        read_london(csv)
    assert str(csv) in str(error.value)


def test_the_same_energy_in_other_digits_is_no_conflict(csv: Path) -> None:
    csv.write_text(
        HEADING + "A,2013-01-01 00:00:00,0.176\nA,2013-01-01 00:00:00,0.17600001\n"
        "A,2013-01-01 00:00:00,1.76E-1\n"
    )
    london = read_london(csv)
    assert [row[3:] for row in rows(london.readings)] == [(176_000, 352_000)]
    assert london.duplicates == 2
    csv.write_text(HEADING + "A,2013-01-01 00:00:00,0.176\nA,2013-01-01 00:00:00,0.176001\n")
    with pytest.raises(FileError, match=r"0.176 \(line 2\) and 0.176001 \(line 3\)"):
        read_london(csv)


BAD = (
    HEADING + "A,2013-01-01 00:00:00,0,176\n"
    "A,2013-01-01 00:30:00,0.5\n"
    "A B,yesterday,much\n"
    "A,2013-01-01 01:00:00,much\n"
    "A,2013-01-01 01:30:00,1\n"
    "A,2013-01-01 01:30:00,2\n"
    "A,2013-01-01 01:30:00,3\n"
    "A,2013-01-01 02:00:00,Null\n"
    "A,2013-01-01 02:30:00,0.25\n"
)


def test_all_bad_rows_are_told_at_once(csv: Path) -> None:
    csv.write_text(BAD)
    with pytest.raises(FileError) as error:
        read_london(csv)
    first, *lines = str(error.value).splitlines()
    assert first.startswith("4 problems; ") and "--leave-out-bad" in first
    assert [line.split(": ")[0] for line in lines] == [
        f"{csv}, line 2",
        f"{csv}, line 4, column LCLid",
        f"{csv}, line 5, column energy(kWh/hh)/KWH/hh/KWH/hh (per half hour)/energy_kWh",
        f"{csv}, line 6",
    ]
    assert "three values" in lines[3] or "3 values" in lines[3]


def test_bad_rows_are_left_out_if_asked(csv: Path) -> None:
    csv.write_text(BAD)
    london = read_london(csv, leave_out_bad=True)
    assert [row[3:] for row in rows(london.readings)] == [(500_000, 1_000_000), (750_000, 500_000)]
    assert [(problem.line, problem.rows) for problem in london.problems] == [
        (2, 1),
        (4, 1),
        (5, 1),
        (6, 3),
    ]
    assert (london.rows, london.nulls, london.duplicates, london.off_grid) == (9, 1, 0, 0)


def test_of_very_many_bad_rows_the_first_are_told(csv: Path) -> None:
    csv.write_text(HEADING + "A,2013-01-01 00:00:00,0,1\n" * 1_000)
    with pytest.raises(FileError) as error:
        read_london(csv)
    lines = str(error.value).splitlines()
    assert lines[0].startswith("1,000 problems")
    assert lines[-2].startswith(f"{csv}, line {SHOWN + 1}: ")
    assert lines[-1] == f"... and {1_000 - SHOWN} more"
    csv.write_text(HEADING + "A," + 1_000 * "x" + ",1\n")
    with pytest.raises(FileError, match=rf"'{LONGEST_VALUE * 'x'}\.\.\.'; a time looks"):
        read_london(csv)


def test_a_register_goes_on_through_files_in_any_order(tmp_path: Path) -> None:
    january, february = tmp_path / "a.csv", tmp_path / "b.csv"
    february.write_text(
        HEADING + "A,2013-01-31 23:30:00,2\nA,2013-02-01 00:00:00,4\nB,2013-02-01 00:00:00,8\n"
    )
    january.write_text(HEADING + "A,2013-01-31 23:00:00,1\nA,2013-01-31 23:30:00,2.0\n")
    for files in ((january, february), (february, january), (february, january, february)):
        london = read_london(*files)
        registers = [(row[0], row[3]) for row in rows(london.readings)]
        assert registers == [("A", 1_000_000), ("A", 3_000_000), ("A", 7_000_000), ("B", 8_000_000)]
        assert (london.rows, london.duplicates) == (5, 1)


def test_files_that_differ_on_a_half_hour_are_both_named(tmp_path: Path) -> None:
    one, other = tmp_path / "a.csv", tmp_path / "b.csv"
    one.write_text(HEADING + "A,2013-01-31 23:30:00,2\n")
    other.write_text("LCLid,tstp,energy_Wh\n\nA,2013-01-31 23:30:00,2500\n")
    with pytest.raises(FileError) as error:
        read_london(one, other)
    for part in (f"{one}, line 2: meter A", "2.0 (line 2)", f"2500.0 ({other}, line 3)"):
        assert part in str(error.value)


@pytest.mark.parametrize("chunk_bytes", [1, 7, 30, 64])
def test_where_a_file_is_cut_while_reading_changes_nothing(
    csv: Path, monkeypatch: pytest.MonkeyPatch, chunk_bytes: int
) -> None:
    monkeypatch.setattr(table, "CHUNK_BYTES", chunk_bytes)
    csv.write_text(
        "\ufeff\r\n LCLid,tstp,energy_kWh,näme\r\nMAC1,2013-01-01 00:00:00,0.219,ζ\r\n\r\n"
        "MAC1,2013-01-01 00:30:00,0.241,ü\r\nMAC1,2013-01-01 01:00:00,bad,"
    )
    london = read_london(csv, leave_out_bad=True)
    assert rows(london.readings) == TWO_ROWS
    assert [problem.line for problem in london.problems] == [6]


def test_bytes_that_are_no_text_are_a_bad_row(csv: Path) -> None:
    csv.write_bytes(
        HEADING.encode() + b"A,2013-01-01 00:00:00,1\nM\xfcller,2013-01-01 00:00:00,1\n"
    )
    with pytest.raises(FileError, match="line 3, column LCLid: 'M\ufffdller'"):
        read_london(csv)


@pytest.mark.parametrize(
    ("begin", "message"),
    [
        (b"PK\x03\x04...", "zip archive; unpack it first"),
        ((HEADING + "A,2013-01-01 00:00:00,1\n").encode("utf-16"), "UTF-16; save it as UTF-8"),
    ],
    ids=["zip", "UTF-16"],
)
def test_other_kinds_of_files_are_named(csv: Path, begin: bytes, message: str) -> None:
    csv.write_bytes(begin)
    with pytest.raises(FileError, match=message):
        read_london(csv)


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
    alone = [
        Reading(
            row["meter_id"],
            row["geohash"],
            "electricity",
            row["ts"],
            row["seq"],
            row["register_mwh"] / 1_000,
            row["demand_mw"] / 1_000,
        )
        for row in readings.iter_rows(named=True)
    ]
    assert encoded(readings).to_list() == [encode(each) for each in alone]
    energies = [demand_mw // 2 / 1_000 for demand_mw in readings["demand_mw"]]
    assert encoded(readings, intervals=True).to_list() == [
        encode(replace(each, energy=energy, interval_ms=HALF_HOUR_MS))
        for each, energy in zip(alone, energies, strict=True)
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
