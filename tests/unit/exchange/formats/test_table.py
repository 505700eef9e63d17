from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.errors import ExchangeError, FileRefused
from exchange.formats.mapping import Mapping, load, mappings, named
from exchange.formats.options import NONE, Options
from exchange.formats.table import read
from exchange.opening import Source
from exchange.recognising import format_of
from tests.unit.exchange.files import DATA, Outcome, outcome

HOME = Options(meter="home")
HOUR_MS = 3_600_000


def file(name: str, options: Options = HOME) -> Outcome:
    source = Source(DATA / f"{name}.csv")
    return outcome(format_of(source).read(source, options))


def of(folder: Path, mapping: Mapping, text: str, options: Options = HOME) -> Outcome:
    path = folder / "table.csv"
    path.write_text(text)
    return outcome(read(Source(path), mapping, options))


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 1000


SUMS = (
    'name = "sums"\nsource = "a test"\nheadings = ["t", "kWh"]\n{totals}[time]\nbegin = ["t"]\n'
    'length_min = 60\n[[values]]\ncolumns = ["kWh"]\nunit = "kWh"\n'
    '[[values]]\ncolumns = ["back"]\nunit = "kWh"\nexport = true\n'
)
SUMMED = """t,kWh,back
2024-01-01T00:00Z,1,2
,3,4
Total,4,6
,5,Total
,,
,by hand,
,8,
"""


def test_a_row_without_a_time_is_a_sum_or_told(tmp_path: Path) -> None:
    """What has no amount either is passed over."""
    found = of(tmp_path, load_text(tmp_path, SUMS.format(totals="")), SUMMED)
    assert found.unusable == [
        *((3, "bad_time", 2), (5, "bad_time", 1), (8, "bad_time", 1)),
        *((4, "bad_time", 1), (4, "bad_time", 1)),
    ]
    assert found.tally.values == 8
    summed = of(tmp_path, load_text(tmp_path, SUMS.format(totals='totals = ["Total"]\n')), SUMMED)
    assert summed.unusable == [(3, "bad_time", 2), (8, "bad_time", 1)]
    assert summed.tally.values == 5
    assert summed.amounts("home").tolist() == [1_000_000]


def test_an_hour_that_is_there_twice_says_its_offset() -> None:
    found = file("octopus_download_dst")
    ends = found.ends("home").tolist()
    assert ends == [ms("2025-10-25T23:30:00Z") + n * HOUR_MS // 2 for n in range(6)]
    assert found.amounts("home").tolist() == [211_000, 198_000, 174_000, 169_000, 171_000, 0]


PGE = """Name,A. Customer
Address,1 Main St
Account Number,1234567890
Service,Service 1

TYPE,DATE,START TIME,END TIME,USAGE (kWh),COST,NOTES
"""


def pge(date: str, hours: list[int]) -> str:
    rows = (
        f"Electric usage,{date},{hour:02}:00,{hour:02}:59,{number}.5,$0.10,"
        for number, hour in enumerate(hours)
    )
    return PGE + "\n".join(rows) + "\n"


def test_an_hour_that_is_there_twice_is_told_by_the_order(tmp_path: Path) -> None:
    found = of(tmp_path, named("pge"), pge("2025-11-02", [0, 1, 1, 2, 3]))
    first = ms("2025-11-02T00:00:00-07:00")
    assert found.ends("home").tolist() == [first + n * HOUR_MS for n in (1, 2, 3, 4, 5)]
    assert found.amounts("home").tolist() == [500_000 + n * 1_000_000 for n in range(5)]
    back = of(tmp_path, named("pge"), pge("2025-11-02", [3, 2, 1, 1, 0]))
    assert back.ends("home").tolist() == found.ends("home").tolist()
    assert back.amounts("home").tolist() == found.amounts("home").tolist()[::-1]


def test_an_hour_that_is_not_there(tmp_path: Path) -> None:
    found = of(tmp_path, named("pge"), pge("2025-03-09", [0, 1, 3]))
    first = ms("2025-03-09T00:00:00-08:00")
    assert found.ends("home").tolist() == [first + n * HOUR_MS for n in (1, 2, 3)]
    wrong = of(tmp_path, named("pge"), pge("2025-03-09", [0, 1, 2, 3]))
    assert [reason for _, reason, _ in wrong.unusable] == ["no_such_time"]
    assert wrong.unusable[0][0] == 9


def test_quarters_of_hours_in_rows_of_two_tariffs() -> None:
    found = file("fluvius_kwartier", NONE)
    meter = "871000000000000000"
    assert found.tally.values == 299
    assert (len(found.ends(meter)), found.amounts(meter).sum()) == (62, 3_915_000)
    export = f"{meter}:export"
    assert (len(found.ends(export)), found.amounts(export).sum()) == (60, 0)
    assert found.tally.missing == 177
    assert found.marks()["estimated", "Geschat"] == 1


def test_the_first_quarter_of_an_hour_of_a_day(tmp_path: Path) -> None:
    head, row, *_ = (DATA / "fluvius_kwartier.csv").read_text("utf-8-sig").splitlines()
    used = row.replace(";;kWh;Geen verbruik", ";0,1;kWh;Gevalideerd")
    found = of(tmp_path, named("fluvius"), f"{head}\n{used}\n", NONE)
    assert found.ends("871000000000000000").tolist() == [1_633_990_500_000]


def test_parts_of_one_interval_are_added(tmp_path: Path) -> None:
    head, *rows = (DATA / "fluvius_kwartier.csv").read_text("utf-8-sig").splitlines()
    row = next(row for row in rows if "Afname Dag" in row and "Gevalideerd" in row)
    cells = row.split(";")
    cells[7], cells[8] = "Afname Nacht", "0,100"
    both = of(tmp_path, named("fluvius"), "\n".join([head, row, ";".join(cells)]), NONE)
    alone = of(tmp_path, named("fluvius"), "\n".join([head, row]), NONE)
    assert both.blocks[0].amounts[0] == alone.blocks[0].amounts[0] + 100_000


HEADS = "Van datum;Van tijdstip;Tot datum;Tot tijdstip;EAN;Register;Volume;Eenheid;Validatiestatus"


def quarters(*volumes: tuple[str, str]) -> str:
    """A row for each tariff of each quarter of an hour, with the volume it has."""
    rows = [HEADS]
    for number, pair in enumerate(volumes):
        begin, end = (f"{n // 4:02}:{n % 4 * 15:02}:00" for n in (number, number + 1))
        rows += [
            f"01-03-2024;{begin};01-03-2024;{end};54;Afname {tariff};{volume};kWh;Gevalideerd"
            for tariff, volume in zip(("Dag", "Nacht"), pair, strict=True)
        ]
    return "\n".join(rows) + "\n"


@pytest.mark.parametrize("window", range(1, 12))
@pytest.mark.parametrize("backwards", [False, True])
def test_parts_of_one_interval_are_added_wherever_a_window_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int, backwards: bool
) -> None:
    """A cell without an amount before them, so that an odd number of amounts comes."""
    text = quarters(("0,5", ""), *[("0,5", f"1,{n:03}") for n in range(20)])
    if backwards:
        head, *rows = text.splitlines()
        text = "\n".join([head, *reversed(rows)])
    monkeypatch.setattr("exchange.formats.table.WINDOW", window)
    found = of(tmp_path, named("fluvius"), text, NONE)
    first = ms("2024-03-01T00:15+01:00")
    sums = dict(zip(found.ends("54").tolist(), found.amounts("54").tolist(), strict=True))
    assert sums == {
        first: 500_000,
        **{first + (n + 1) * HOUR_MS // 4: 1_500_000 + n * 1_000 for n in range(20)},
    }
    assert found.tally.missing == 1


def test_mean_powers_of_an_interval_that_ends() -> None:
    found = file("enedis_courbe", NONE)
    meter = "00000000000000"
    assert found.ends(meter).tolist() == [
        ms("2023-03-26T01:30+01:00"),
        ms("2023-03-26T03:00+02:00"),
    ]
    assert found.amounts(meter).tolist() == [692_000 // 2, 1_284_000 // 2]
    assert found.tally.missing == 1


def test_registers_of_two_tariffs_are_added() -> None:
    found = file("homewizard_2022")
    (use,), (export,) = found.of("home"), found.of("home:export")
    assert use.is_register
    assert use.ends_ms[0] == ms("2022-09-01T00:00+02:00")
    assert use.amounts[0] == 8_350_274_000 + 4_650_277_000
    assert export.amounts[0] == 3_095_077_000 + 7_450_128_000


def test_registers_of_which_the_newest_is_first() -> None:
    found = file("greenchoice_registers")
    (use,) = found.of("home")
    assert use.ends_ms[-1] == ms("2023-08-02T00:00+02:00")
    assert use.amounts[-1] == (874 + 824) * 1_000_000
    assert (use.ends_ms[1:] > use.ends_ms[:-1]).all()


def test_a_register_that_falls_is_passed_on() -> None:
    found = file("home_assistant_history", NONE)
    (block,) = found.blocks
    assert block.meter_id == "sensor.energy_import_tariff_1"
    assert block.amounts.tolist() == [8_350_274_000, 0, 8_350_385_000]
    assert found.tally.missing == 1


def test_hours_of_two_commodities() -> None:
    found = file("dsmrreader_hour")
    assert {block.meter_id: block.commodity for block in found.blocks} == {
        "home": "electricity",
        "home:export": "electricity",
        "home:gas": "gas",
    }
    assert found.ends("home")[0] == ms("2024-01-01T01:00+01:00")
    assert found.amounts("home")[0] == 196_000
    assert found.amounts("home:gas")[0] == 32_000


@pytest.mark.parametrize(
    ("name", "meter", "first", "energy"),
    [
        ("ameren", "10000001", "2024-03-30T00:15-05:00", 560_000),
        ("engie", "871000000000000000", "2021-12-25T01:00+01:00", 742_000),
        ("enphase", "home:export", "2024-01-01T01:00-08:00", 0),
        ("homewizard_p1", "home", None, 0),
        ("liander", "871000000000000000", "2023-06-05T00:00+02:00", 33_398_100_000),
    ],
)
def test_other_suppliers(name: str, meter: str, first: str | None, energy: int) -> None:
    options = Options(
        meter=None if meter[0] in "18" else "home", zone=ZoneInfo("America/Los_Angeles")
    )
    found = file(name, options)
    assert found.unusable == []
    if first is None:
        assert found.tally.missing > 0
        return
    assert found.ends(meter)[0] == ms(first)
    assert found.amounts(meter)[0] == energy


def test_hours_by_their_number(tmp_path: Path) -> None:
    head = "CUPS;Fecha;Hora;Consumo_kWh;Metodo_obtencion\n"
    autumn = "".join(f"ES1;2024/10/27;{n:02}:00;0,{n:03};R\n" for n in range(1, 26))
    found = of(tmp_path, named("datadis"), head + autumn, NONE)
    first = ms("2024-10-27T00:00+02:00")
    assert found.ends("ES1").tolist() == [first + n * HOUR_MS for n in range(1, 26)]
    assert found.amounts("ES1").sum() == sum(range(1, 26)) * 1000
    assert ms("2024-10-28T00:00+01:00") == first + 25 * HOUR_MS


def test_stamps_of_both_generations(tmp_path: Path) -> None:
    text = "timestamp (UTC),energyConsumption (kWh)\n2024-01-01 00:30,0.1\n"
    assert of(tmp_path, named("n3rgy-smets1"), text).ends("home")[0] == ms("2024-01-01T01:00Z")
    assert of(tmp_path, named("n3rgy-smets2"), text).ends("home")[0] == ms("2024-01-01T00:30Z")
    with pytest.raises(FileRefused, match="SMETS1 or n3rgy, SMETS2"):
        format_of(Source(tmp_path / "table.csv"))


@pytest.mark.parametrize(
    ("cell", "reason"),
    [("1,5", "bad_number"), ("one", "bad_number"), ("-1", "negative"), ("1_0", "bad_number")],
)
def test_amounts_that_are_none(tmp_path: Path, cell: str, reason: str) -> None:
    text = f'Consumption (kWh), Start, End\n"{cell}",2024-01-01T00:00Z,2024-01-01T00:30Z\n'
    assert [each for _, each, _ in of(tmp_path, named("octopus"), text).unusable] == [reason]


WORDS = """name = "words"
source = "a test"
headings = ["Zeit", "kWh"]
delimiter = ";"
[time]
begin = ["Zeit"]
length_min = 60
[[values]]
columns = ["kWh"]
unit = "kWh"
[flow]
column = "Fluß"
use = ["für"]
[quality]
column = "Güte"
words = { "gültig" = "measured", "geschätzt" = "estimated" }
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "iso-8859-15", "utf-16"])
def test_words_are_read_in_the_encoding_of_the_file(tmp_path: Path, encoding: str) -> None:
    """Though its headings are plain."""
    mapping, path = load_text(tmp_path, WORDS), tmp_path / "table.csv"
    text = "Zeit;kWh;Fluß;Güte\n2024-01-01T00:00Z;1;für;gültig\n2024-01-01T01:00Z;2;für;geschätzt\n"
    path.write_bytes(text.encode(encoding))
    found = outcome(read(Source(path), mapping, HOME))
    assert found.amounts("home").tolist() == [1_000_000, 2_000_000]
    assert found.marks() == {("measured", None): 1, ("estimated", "geschtzt"): 1}


def test_a_table_of_enedis_as_windows_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes((DATA / "enedis_courbe.csv").read_text("utf-8").encode("cp1252"))
    found = outcome(format_of(Source(path)).read(Source(path), NONE))
    assert found.amounts("00000000000000").tolist() == [692_000 // 2, 1_284_000 // 2]


def test_bytes_that_are_no_text_do_not_hide_the_headings(tmp_path: Path) -> None:
    """Whose only sign beyond ASCII is outnumbered by them."""
    path = tmp_path / "table.csv"
    head = "Consumption (m³), Start, End\n".encode()
    rows = b"1,2024-01-01T00:00Z,2024-01-01T00:30Z\n\xff\xff,\xff,\xff\n"
    path.write_bytes(head + rows)
    found = outcome(format_of(Source(path)).read(Source(path), HOME))
    assert found.amounts("home").tolist() == [1_000_000]


@pytest.mark.parametrize("cell", ["", "-", "null", "NaN", "unavailable"])
def test_no_amount_is_no_zero(tmp_path: Path, cell: str) -> None:
    text = f"Consumption (kWh), Start, End\n{cell},2024-01-01T00:00Z,2024-01-01T00:30Z\n"
    assert of(tmp_path, named("octopus"), text).tally.missing == 1


def octopus(folder: Path, *rows: str) -> Outcome:
    return of(folder, named("octopus"), "\n".join(["Consumption (kWh), Start, End", *rows]))


def test_a_quote_that_nothing_closes_takes_no_other_row_with_it(tmp_path: Path) -> None:
    rows = [f"{n}.5,2024-01-01T{n:02}:00Z,2024-01-01T{n + 1:02}:00Z" for n in range(20)]
    rows[3] = '"' + rows[3]
    rows[9] = rows[9].replace(",", ',"', 1)
    found = octopus(tmp_path, *rows)
    assert found.unusable == [(5, "record_cut", 1), (11, "record_cut", 1)]
    assert found.amounts("home").tolist() == [
        n * 1_000_000 + 500_000 for n in range(20) if n not in (3, 9)
    ]


def test_a_cell_of_several_lines_is_one(tmp_path: Path) -> None:
    head = 'Consumption (kWh), Start, End,"Notes\nof yours"'
    row = '0.5,2024-01-01T00:00Z,2024-01-01T00:30Z,"one\n\ntwo, ""three"""'
    other = "0.6,2024-01-01T00:30Z,2024-01-01T01:00Z,0"
    found = of(tmp_path, named("octopus"), "\n".join([head, row, other, row.replace("T00", "T02")]))
    (block,) = found.blocks
    assert block.amounts.tolist() == [500_000, 600_000, 500_000]
    assert block.lines.tolist() == [3, 6, 7]


def test_a_row_that_is_cut_is_no_gap(tmp_path: Path) -> None:
    row = "0.5,2024-01-01T00:00Z,2024-01-01T00:30Z"
    found = octopus(tmp_path, row, "0.6,2024-01-01T00:30Z", "0.7")
    assert found.unusable == [(3, "record_cut", 1), (4, "bad_time", 1)]
    assert found.amounts("home").tolist() == [500_000]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_headings_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    text = "Consumption (m³), Start, End\n0.5,2024-01-01T00:00Z,2024-01-01T00:30Z\n"
    path = tmp_path / "gas.csv"
    path.write_bytes((b"\xff\xfe" if encoding == "utf-16-le" else b"") + text.encode(encoding))
    source = Source(path)
    found = outcome(format_of(source).read(source, HOME))
    assert found.amounts("home").tolist() == [500_000]


def test_a_byte_of_no_encoding_harms_its_own_cell_only(tmp_path: Path) -> None:
    text = "Consumption (m³), Start, End\n" + "".join(
        f"0.{n},2024-01-01T0{n}:00Z,2024-01-01T0{n}:30Z\n" for n in range(1, 5)
    )
    path = tmp_path / "gas.csv"
    path.write_bytes(text.encode().replace(b"0.3", b"0.\xe9"))
    source = Source(path)
    found = outcome(format_of(source).read(source, HOME))
    assert found.unusable == [(4, "bad_number", 1)]
    assert found.amounts("home").tolist() == [100_000, 200_000, 400_000]


@pytest.mark.parametrize("cell", ["9e30", "-9e30", "1" * 30, "9" * 5_000])
def test_amounts_beyond_all_bounds(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(f"Consumption (kWh), Start, End\n{cell},2024-01-01T00:00Z,2024-01-01T00:30Z\n")
    found = outcome(read(Source(path), named("octopus"), Options(meter="home", net=True)))
    assert found.unusable[0][1] in ("out_of_range", "bad_number")
    assert found.blocks == []


NUMBERS = """name = "n"
source = "a test"
headings = ["t", "kWh"]
decimal = "{decimal}"
{thousands}
delimiter = ";"
[time]
begin = ["t"]
length_min = 60
[[values]]
columns = ["kWh"]
unit = "kWh"
"""


def number(folder: Path, cell: str, decimal: str, *, thousands: bool) -> int | str:
    """The Wh of a cell, or the reason why there are none."""
    said = "thousands = true" if thousands else ""
    mapping = load_text(folder, NUMBERS.format(decimal=decimal, thousands=said))
    found = of(folder, mapping, f"t;kWh\n2024-01-01T00:00Z;{cell}\n")
    if found.unusable:
        return found.unusable[0][1]
    amount, rest = divmod(int(found.amounts("home")[0]), 1000)
    assert not rest
    return amount


@pytest.mark.parametrize(
    ("cell", "decimal", "unsaid", "thousands"),
    [
        ("0,123", ".", "bad_number", "bad_number"),
        ("1,234", ".", "bad_number", 1_234_000),
        ("0.123", ",", "bad_number", "bad_number"),
        ("1.234", ",", "bad_number", 1_234_000),
        ("1,234.5", ".", "bad_number", 1_234_500),
        ("1.234,5", ",", "bad_number", 1_234_500),
        ("1,234,567.8", ".", "bad_number", 1_234_567_800),
        ("12,34.5", ".", "bad_number", "bad_number"),
        ("0,123", ",", 123, 123),
        ("1.234", ".", 1_234, 1_234),
        ("€ 1 234,5", ",", 1_234_500, 1_234_500),
    ],
)
def test_thousands_are_never_guessed(
    tmp_path: Path, cell: str, decimal: str, unsaid: int | str, thousands: int | str
) -> None:
    assert number(tmp_path, cell, decimal, thousands=False) == unsaid
    assert number(tmp_path, cell, decimal, thousands=True) == thousands


def test_what_has_to_be_told() -> None:
    with pytest.raises(FileRefused, match="--meter"):
        file("octopus_download_dst", NONE)
    with pytest.raises(FileRefused, match="--zone"):
        file("enphase")


def test_local_times_of_a_clock_that_is_never_changed() -> None:
    ahead = timezone(-timedelta(hours=3, minutes=30))
    found = file("enphase", Options(meter="home", zone=ahead))
    assert found.ends("home:export")[0] == ms("2024-01-01T01:00-03:30")


def test_gas_in_kilowatt_hours_needs_a_calorific_value(tmp_path: Path) -> None:
    mapping = load_text(
        tmp_path,
        'name = "gas"\nsource = "a test"\nheadings = ["t", "kWh"]\n[time]\nbegin = ["t"]\n'
        'length_min = 60\n[[values]]\ncolumns = ["kWh"]\nunit = "kWh"\ncommodity = "gas"\n',
    )
    found = of(tmp_path, mapping, "t,kWh\n2024-01-01T00:00Z,10\n")
    assert [reason for _, reason, _ in found.unusable] == ["unit_needs_conversion"]


TIME = '[[values]]\ncolumns=["v"]\nunit="kWh"\n[time]\nbegin=["t"]\nend=["u"]\n'


def load_text(folder: Path, text: str) -> Mapping:
    path = folder / "mapping.toml"
    path.write_text(text)
    return load(path)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "name: Field required"),
        ("name", "cannot be read as TOML"),
        (
            'name="a"\nsource="b"\nheadings=["t"]\n[time]\nbegin=["t"]\n[[values]]\ncolumns=["v"]\n',
            "unit",
        ),
        (
            'name="a"\nsource="b"\nheadings=["t"]\n[time]\nbegin=["t"]\n'
            '[[values]]\ncolumns=["v"]\nunit="kWh"\n',
            "time.length",
        ),
        *(
            (f'name="a"\nsource="b"\nheadings=["t"]\n{text}\n{TIME}', fault)
            for text, fault in (
                ('encoding="nobody\'s"', "encoding: .*no encoding of text"),
                ('encoding="hex"', "encoding: .*no encoding of text"),
                ('delimiter=";;"', "delimiter"),
                ("delimiter='\"'", "delimiter"),
            )
        ),
        *(
            (f'name="a"\nsource="b"\nheadings=["t"]\n{TIME}{text}\n', fault)
            for text, fault in (
                ('zone="Europe/Nowhere"', "time.zone: .*is no zone"),
                ('zone="../../etc/passwd"', "time.zone"),
                ('format="%Q"', "time.format"),
                ('format="%d %d"', "time.format: .*says something twice"),
                ("length_min=0", "time.length_min"),
                ("length_min=inf", "time.length_min"),
            )
        ),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(ExchangeError, match=fault):
        load_text(tmp_path, text)
    with pytest.raises(ExchangeError, match=r"no such mapping.*octopus"):
        named("nobody")


def test_our_mappings_say_where_they_are_from() -> None:
    assert len({each.name for each in mappings()}) == len(mappings()) > 10
    assert all(len(each.source) > 20 for each in mappings())


CELLS = st.one_of(
    st.sampled_from(["2024-01-01T00:00Z", "2024-01-01T00:30Z", "2024-01-01 00:00", "1", "0.5", ""]),
    st.text(max_size=6),
)


@given(st.lists(st.lists(CELLS, max_size=4), max_size=8))
def test_whatever_a_table_says_no_value_is_lost(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    text = "Consumption (kWh), Start, End\n" + "\n".join(",".join(row) for row in rows)
    path = tmp_path_factory.mktemp("table") / "table.csv"
    path.write_text(text, errors="replace")
    outcome(read(Source(path), named("octopus"), HOME))
