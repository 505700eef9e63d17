import gzip
import re
from datetime import timedelta, timezone
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.formats.nem12 import is_nem12, read
from exchange.formats.options import Options
from tests.unit.exchange.files import DATA, Outcome, content, outcome

HALF_HOUR_MS = 1_800_000
DAY = "300,20240115," + ",".join(str(number) for number in range(1, 49))
CHANNEL = "200,NCDE001111,E1,1,E1,N1,S1,Wh,30,\n"
MIDNIGHT_MS = 1_705_240_800_000
"""15 January 2024 at UTC+10."""


def of(text: str, options: Options | None = None) -> Outcome:
    return outcome(read(BytesIO(text.encode()), options or Options()))


def file(name: str) -> Outcome:
    return outcome(read(content(name)))


def test_a_month_of_a_home_with_panels() -> None:
    found = file("Example_NEM12_month_solar.csv")
    for meter, energy_wh, largest_w in (
        ("NMI1234567", 270_738, 5_988),
        ("NMI1234567:export", 589_172, 4_812),
    ):
        ends, amounts = found.ends(meter), found.amounts(meter)
        assert (len(ends), ends[0], ends[-1]) == (8_928, 1_677_593_100_000, 1_680_271_200_000)
        assert ends[0] // 300_000 == 5_591_977
        assert ends[-1] // 300_000 == 5_600_904
        assert amounts.sum() == energy_wh * 1_000
        assert amounts.max() * 12 == largest_w * 1_000
    assert found.tally.unusable.total() == 0


def test_three_years_of_a_home() -> None:
    packed = (DATA / "nem12_meter01.csv.gz").read_bytes()
    found = outcome(read(BytesIO(gzip.decompress(packed))))
    ends, amounts = found.ends("M1"), found.amounts("M1")
    assert (len(ends), ends[0], ends[-1]) == (49_632, 1_511_447_400_000, 1_600_783_200_000)
    assert (ends[0] // HALF_HOUR_MS, ends[-1] // HALF_HOUR_MS) == (839_693, 889_324)
    assert amounts.sum() == 9_756_118_000
    first = np.flatnonzero(amounts)[0]
    # 6 Wh in half an hour are 12 W.
    assert (ends[first], amounts[first]) == (1_511_933_400_000, 6_000)
    begin, end = (np.datetime64(f"{year}-01-01", "ms").astype(int) for year in (2019, 2020))
    at_utc_10 = ends + 10 * 3_600_000
    assert amounts[(at_utc_10 > begin) & (at_utc_10 <= end)].sum() == 2_703_560_000
    reasons = [code.partition("/")[2] for _, code in found.marks().elements() if code]
    assert (reasons.count("89"), reasons.count("79")) == (27, 9)
    assert found.unusable == []


def test_several_meters_and_channels() -> None:
    found = file("Example_NEM12_multiple_meters.csv")
    assert {
        meter: (len(found.ends(meter)), found.amounts(meter).sum() / 1_000)
        for meter in ("NCDE001111", "NCDE001111:export", "NCDE001111:E2", "NDDD001888:export")
    } == {
        "NCDE001111": (192, 1_920),
        "NCDE001111:export": (192, 1_920),
        "NCDE001111:E2": (192, 19_200),
        "NDDD001888:export": (192, 3_840),
    }
    assert found.tally.not_imported == {"NCDE001111 Q1 VArh": 192, "NDDD001888 K2 VArh": 192}


@pytest.mark.parametrize(
    "name", ["Example_NEM12_powercor.csv", "Example_NEM12_powercor_missing_fields.csv"]
)
def test_a_day_that_comes_twice_is_two_blocks_in_their_order(name: str) -> None:
    blocks = file(name).of("VABD000163")
    assert [block.amounts.sum() / 1_000 for block in blocks] == [53_328, 159_984]
    assert np.array_equal(blocks[0].ends_ms, blocks[1].ends_ms)
    assert blocks[0].versions is not None
    assert blocks[1].versions is not None
    assert np.array_equal(blocks[0].versions, blocks[1].versions)
    assert blocks[0].lines[0] < blocks[1].lines[0]


def test_a_day_without_values_harms_no_other() -> None:
    found = file("Example_NEM12_incomplete_interval.csv")
    assert found.unusable == [(3, "interval_count", 0)]
    assert found.amounts("VABD000163").sum() == 53_328_000
    assert len(found.ends("VABD000163")) == 48


@pytest.mark.parametrize(
    ("name", "values"),
    [("15min_200_30min_300", 48), ("30min_200_15min_300", 96), ("30min_200_15min_400", 96)],
)
def test_qualities_behind_a_day_that_cannot_be_used_are_of_no_other(name: str, values: int) -> None:
    found = file(f"Example_NEM12_{name}.csv")
    assert found.blocks == []
    assert found.unusable == [
        (3, "interval_count", values),
        (4, "quality_range", 0),
        (5, "quality_range", 0),
    ]


def test_intervals_of_which_no_quality_is_said_are_not_used() -> None:
    found = file("Example_NEM12_15min_200_30min_400.csv")
    assert (found.tally.blocks, found.tally.missing) == (24, 24)
    assert found.unusable == [(3, "quality_range", 48)]


def test_qualities_say_method_and_reason() -> None:
    assert file("Example_NEM12_substituted_interval.csv").marks() == {("final", "F14/32"): 48}
    text = f"{CHANNEL}{DAY},V,,,,\n400,1,40,A,,\n400,41,47,S14,76,\n400,48,48,E52,,\n900\n"
    assert of(text).marks() == {
        ("measured", None): 40,
        ("substituted", "S14/76"): 7,
        ("estimated", "E52"): 1,
    }


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("400,0,48,A,,", "quality_range"),
        ("400,1,49,A,,", "quality_range"),
        ("400,5,4,A,,", "quality_range"),
        ("400,1,48,X,,", "quality_range"),
        ("400,one,48,A,,", "quality_range"),
        (f"400,{'9' * 5_000},48,A,,", "quality_range"),
    ],
)
def test_a_range_of_no_intervals(line: str, reason: str) -> None:
    found = of(f"{CHANNEL}{DAY},V,,,,\n{line}\n900\n")
    assert found.unusable == [(3, reason, 0), (2, "quality_range", 48)]


def test_a_quality_for_a_day_that_has_one() -> None:
    found = of(f"{CHANNEL}{DAY},A,,,,\n400,1,48,N,,\n900\n")
    assert found.unusable == [(3, "quality_range", 0)]
    assert found.tally.blocks == 48


def test_times_are_the_markets_all_year_or_as_told() -> None:
    block = of(f"{CHANNEL}{DAY},A,,,20240116120000,\n900\n").blocks[0]
    assert block.ends_ms[0] == MIDNIGHT_MS + HALF_HOUR_MS
    assert block.versions is not None
    assert block.versions[0] == 20_240_116_120_000
    assert block.amounts[0] == 1_000
    ahead = Options(zone=timezone(timedelta(hours=8)))
    western = of(f"{CHANNEL}{DAY},A,,,,\n900\n", ahead).blocks[0]
    assert western.ends_ms[0] - block.ends_ms[0] == 2 * 3_600_000


def test_values_that_cannot_be_read_leave_the_others() -> None:
    day = DAY.replace(",3,", ",-3,").replace(",4,", ",four,").replace(",5,", ",,")
    found = of(f"{CHANNEL}{day.replace(',6,', ',nan,')},A,,,,\n900\n")
    assert sorted(found.unusable) == [
        (2, "bad_number", 1),
        (2, "bad_number", 1),
        (2, "negative", 1),
    ]
    assert (found.tally.blocks, found.tally.missing) == (44, 1)
    assert found.amounts("NCDE001111").sum() == (sum(range(1, 49)) - 3 - 4 - 5 - 6) * 1_000


def test_net_channels_may_be_below_zero() -> None:
    day = DAY.replace(",3,", ",-3,")
    found = of(f"{CHANNEL}{day},A,,,,\n900\n", Options(net=True))
    assert found.amounts("NCDE001111").min() == -3_000


@pytest.mark.parametrize("date", ["20240230", "2024-01-15", "19691231", "", "99991231"])
def test_a_day_of_no_calendar(date: str) -> None:
    found = of(f"{CHANNEL}{DAY.replace('20240115', date)},A,,,,\n900\n")
    assert found.unusable == [(2, "bad_time", 48)]


def test_the_checksum_of_an_nmi_is_verified_and_dropped() -> None:
    right = of(f"{CHANNEL.replace('NCDE001111', 'NAAAMYS5826')}{DAY},A,,,,\n900\n")
    assert [block.meter_id for block in right.blocks] == ["NAAAMYS582"]
    wrong = of(f"{CHANNEL.replace('NCDE001111', 'NAAAMYS5827')}{DAY},A,,,,\n900\n")
    assert wrong.unusable == [(1, "checksum", 0), (2, "checksum", 48)]


def test_a_record_that_was_broken_into_lines_harms_no_other() -> None:
    head, _, tail = f"{DAY},A,,,,".partition(",20,")
    found = of(f"{CHANNEL}{head}\n20,{tail}\n{DAY.replace('15,', '16,', 1)},A,,,,\n900\n")
    assert found.unusable == [(2, "interval_count", 19), (3, "record_cut", 29)]
    assert found.tally.blocks == 48


def test_a_day_of_nobody() -> None:
    assert of(f"100,NEM12,1,,\n{DAY},A,,,,\n900\n").unusable == [(2, "record_cut", 48)]


def test_a_file_that_ends_too_early_is_remarked() -> None:
    assert [each.record for each in of(f"{CHANNEL}{DAY},A,,,,\n").remarks] == ["900"]
    assert of(f"{CHANNEL}{DAY},A,,,,\n900\n").remarks == []


@pytest.mark.parametrize("length", ["7", "0", "-5", "", "hourly"])
def test_a_length_that_makes_no_day(length: str) -> None:
    found = of(f"{CHANNEL.replace(',30,', f',{length},')}{DAY},A,,,,\n900\n")
    assert found.unusable[0] == (1, "interval_count", 0)
    assert found.blocks == []


def test_it_is_known_by_its_beginning() -> None:
    for path in DATA.glob("*NEM1*.csv"):
        assert is_nem12(path.read_bytes()), path.name
    assert not is_nem12(b"time,kWh\n2024-01-01,1\n")
    assert not is_nem12(b"")


LINES = st.sampled_from(
    [
        *(CHANNEL.strip(), f"{DAY},A,,,,", f"{DAY},V,,,,", "400,1,20,A,,", "400,21,48,S14,76,"),
        *("900", "100,NEM12,202401,A,B", "300,20240115,V,,,", "300", "400", "200", "250", ""),
        "250,VABC005890,11,1,11,11,M1,E,1,20240101000000,A,,,2,20240201000000,A,,,1,kWh,,,",
    ]
)


@given(st.lists(st.one_of(LINES, st.text(max_size=40)), max_size=12), st.data())
def test_whatever_a_file_says_no_value_is_lost(lines: list[str], data: st.DataObject) -> None:
    text = "\n".join(lines)
    if text and data.draw(st.booleans()):
        text = text[: data.draw(st.integers(0, len(text)))]
    found = of(text)
    whole = [line for line in lines if re.fullmatch(re.escape(DAY) + ",[AV],,,,", line)]
    assert found.tally.values <= 48 * len(whole) + 48 * 2 * len(lines)
