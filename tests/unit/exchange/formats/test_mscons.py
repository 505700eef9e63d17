import gzip
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.formats.mscons import is_mscons, read
from exchange.formats.options import NONE, Options
from tests.unit.exchange.files import DATA, Outcome, outcome

SAMPLE = DATA / "MSCONS_TL_Multiple_LOC_SAMPLE.txt.gz"
HEAD = "UNH+1+MSCONS:D:04B:UN:2.4c'LOC+172+DE001'LIN+1'PIA+5+1-1?:1.29.0:SRW'"


def interval(begin: str, end: str, quantity: str) -> str:
    return f"QTY+{quantity}'DTM+163:{begin}?+00:303'DTM+164:{end}?+00:303'"


ONE = interval("202401010000", "202401010015", "220:1.5:KWH")
TWO = interval("202401010015", "202401010030", "220:2.5:KWH")


def of(text: str, una: str = "", options: Options = NONE) -> Outcome:
    segments = text.count("'") + 1
    whole = f"{una}UNB+UNOC:3'{text}UNT+{segments}+1'UNZ+1'"
    return outcome(read(BytesIO(whole.encode()), options))


def test_two_meters_in_two_messages() -> None:
    with gzip.open(SAMPLE) as file:
        text = file.read()
    # As many segments as each message says; a wrong number would be unusable.
    assert text.count(b"UNT+8931+") == 2
    found = outcome(read(BytesIO(text)))
    for meter, energy_wh, largest_w in (
        ("51481308448", 709_500, 196_160),
        ("51481308456", 1_117_900, 314_960),
    ):
        ends, amounts = found.ends(meter), found.amounts(meter)
        assert (len(ends), ends[0], ends[-1]) == (2_972, 1_646_090_100_000, 1_648_764_000_000)
        assert (ends[0] // 900_000, ends[-1] // 900_000) == (1_828_989, 1_831_960)
        assert amounts.sum() == energy_wh * 1000
        assert amounts.max() * 4 == largest_w * 1000
    assert found.unusable == []


def test_meters_that_are_named_stay_what_they_are_called() -> None:
    """One name for all that has none, and never for two meters."""
    other = HEAD.replace("DE001", "DE002")
    nameless = HEAD.replace("DE001", "")
    home = Options(meter="home")
    assert of(HEAD + ONE, options=home).amounts("DE001").tolist() == [1_500_000]
    assert of(other + ONE, options=home).amounts("DE002").tolist() == [1_500_000]
    assert of(nameless + ONE, options=home).amounts("home").tolist() == [1_500_000]
    assert [reason for _, reason, _ in of(nameless + ONE).unusable] == ["unknown_meter"]


def test_a_decimal_comma_is_said_by_una() -> None:
    text = (HEAD + ONE + TWO).replace("1.5:KWH", "1,5:KWH").replace("2.5:KWH", "2,5:KWH")
    assert of(text, "UNA:+,? '").amounts("DE001").tolist() == [1_500_000, 2_500_000]
    assert [reason for _, reason, _ in of(text).unusable] == ["bad_number", "bad_number"]


def test_other_signs() -> None:
    text = (HEAD + ONE).replace("+", "|").replace("?|", "+").replace("'", "~").replace("?:", ":")
    text = text.replace("1-1:1", "1-1!:1")
    segments = text.count("~") + 1
    whole = f"UNA:|.! ~{text}UNT|{segments}|1~"
    assert outcome(read(BytesIO(whole.encode()))).amounts("DE001").tolist() == [1_500_000]


def test_a_message_of_another_length_is_not_used() -> None:
    cut = outcome(read(BytesIO(f"{HEAD}{ONE}{TWO}UNT+9+1'".encode())))
    assert [each[1:] for each in cut.unusable] == [("record_cut", 2)]
    end = outcome(read(BytesIO(f"{HEAD}{ONE}".encode())))
    assert [each[1:] for each in end.unusable] == [("record_cut", 1)]
    both = outcome(read(BytesIO(f"{HEAD}{ONE}{HEAD}{ONE}UNT+8+1'".encode())))
    assert [each[1:] for each in both.unusable] == [("record_cut", 1)]
    assert both.amounts("DE001").tolist() == [1_500_000]


def of_signs(text: str, shift: int = 0) -> Outcome:
    """With other signs than the usual ones, behind empty lines."""
    segments = text.count("'") + 1
    whole = "\n" * shift + f"UNA:|,? 'UNB|UNOC:3'{text}UNT|{segments}|1'UNZ|1'"
    return outcome(read(BytesIO(whole.encode())))


@pytest.mark.parametrize("size", [*range(1, 20), 64])
def test_where_a_piece_of_a_file_ends_changes_nothing(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind the sign that releases the next one, for instance."""
    text = HEAD.replace("DE001", "DE?+001??") + ONE + TWO
    text = text.replace("+", "|").replace("?|", "?+").replace(".5:KWH", ",5:KWH")
    whole = of_signs(text)
    monkeypatch.setattr("exchange.formats.mscons.PIECE", size)
    for shift in range(12):
        padded = of_signs(text, shift)
        assert padded.amounts("DE_001_").tolist() == [1_500_000, 2_500_000]
        assert padded.tally == whole.tally
        assert padded.unusable == whole.unusable == []


def test_qualities_and_reasons() -> None:
    text = HEAD + ONE.replace("220", "67") + "STS+Z33++Z84'" + TWO.replace("220", "201")
    assert of(text).marks() == {("substituted", "67/Z84"): 1, ("estimated", "201"): 1}
    strange = HEAD + ONE.replace("220", "67") + "STS+Z33++Z\x07\xe4 84'"
    assert of(strange).marks() == {("substituted", "67/Z84"): 1}
    assert of(HEAD + ONE.replace("220", "20") + TWO).tally.missing == 1
    assert [reason for _, reason, _ in of(HEAD + ONE.replace("220", "999")).unusable] == [
        "quality_range"
    ]


def test_flows() -> None:
    assert of(HEAD.replace(":1.29.0", ":2.29.0") + ONE).blocks[0].meter_id == "DE001:export"
    assert of(HEAD.replace(":1.29.0", ":3.29.0") + ONE).tally.not_imported.total() == 1


NEW_YEAR_MS = 1_704_067_200_000


def channel(code: str, *quantities: str) -> str:
    return f"LIN+1'PIA+5+{code.replace(':', '?:')}:SRW'" + "".join(quantities)


def register(kwh: object, day: int = 1) -> str:
    return f"QTY+220:{kwh}:KWH'DTM+9:202401{day:02}0000?+00:303'"


POINT = "UNH+1+MSCONS:D:04B:UN:2.4c'LOC+172+DE001'"


def test_registers() -> None:
    (block,) = of(POINT + channel("1-1:1.8.0", register("1234.5"))).blocks
    assert block.is_register
    assert block.meter_id == "DE001:register"
    assert (block.ends_ms[0], block.amounts[0]) == (NEW_YEAR_MS, 1_234_500_000)


def test_registers_of_all_tariffs_are_the_whole() -> None:
    both = of(
        POINT
        + channel("1-1:1.8.1", register(1000), register(1010, 2), register(1010, 2))
        + channel("1-1:1.8.2", register(500), register(507, 2))
    )
    assert both.ends("DE001:register").tolist() == [NEW_YEAR_MS, NEW_YEAR_MS + 86_400_000]
    assert both.amounts("DE001:register").tolist() == [1_500_000_000, 1_517_000_000]
    assert (both.tally.same, both.unusable) == (1, [])
    whole = of(
        POINT
        + channel("1-1:1.8.1", register(1000))
        + channel("1-1:1.8.2", register(500))
        + channel("1-1:1.8.0", register(1500.5))
    )
    assert whole.amounts("DE001:register").tolist() == [1_500_500_000]
    assert whole.tally.not_imported == {
        "DE001:register tariff 1": 1,
        "DE001:register tariff 2": 1,
    }


def test_no_tariff_stands_for_a_whole_that_cannot_be_used() -> None:
    found = of(POINT + channel("1-1:1.8.1", register(1000)) + channel("1-1:1.8.0", register("x")))
    assert found.blocks == []
    assert [reason for _, reason, _ in found.unusable] == ["bad_number"]
    assert found.tally.not_imported == {"DE001:register tariff 1": 1}


def test_one_tariff_is_not_the_whole() -> None:
    alone = of(POINT + channel("1-1:2.8.1", register(1000)))
    assert alone.amounts("DE001:register:tariff-1:export").tolist() == [1_000_000_000]
    some = of(
        POINT
        + channel("1-1:1.8.1", register(1000), register(1010, 2))
        + channel("1-1:1.8.2", register("x", 1), register(507, 2))
    )
    assert some.amounts("DE001:register").tolist() == [1_517_000_000]
    assert [reason for _, reason, _ in some.unusable] == ["bad_number", "record_cut"]
    two = of(
        POINT
        + channel("1-1:1.8.1", register(1000), register(1001))
        + channel("1-1:1.8.2", register(500))
    )
    assert two.blocks == []
    assert [reason for _, reason, _ in two.unusable] == ["conflict"] * 3


def test_a_load_profile_and_registers_are_two_meters() -> None:
    found = of(
        POINT
        + channel("1-1:1.29.0", ONE, TWO)
        + channel("1-1:1.8.0", register(1000), ONE)
        + channel("1-1:1.9.0", TWO)
    )
    assert {(each.meter_id, each.is_register): each.amounts.tolist() for each in found.blocks} == {
        ("DE001", False): [1_500_000, 2_500_000],
        ("DE001:register", True): [1_000_000_000],
        ("DE001:advance", False): [1_500_000, 2_500_000],
    }
    timeless = of(POINT + channel("1-1:1.29.0", register(1000)))
    assert [reason for _, reason, _ in timeless.unusable] == ["bad_time"]


@pytest.mark.parametrize("code", ["6-0:1.8.0", "7-0:1.8.0", "8-0:1.8.0", "1-1:1.6.0", "1-1:1.8"])
def test_what_is_no_energy_of_electricity(code: str) -> None:
    found = of(POINT + channel(code, register(1000)))
    assert found.blocks == []
    assert found.tally.not_imported.total() == 1


def test_a_unit_that_is_not_said() -> None:
    text = HEAD + ONE.replace(":KWH", "")
    assert [reason for _, reason, _ in of(text).unusable] == ["unknown_unit"]
    assert of(text, options=Options(unit="kWh")).amounts("DE001").tolist() == [1_500_000]
    assert [reason for _, reason, _ in of(HEAD + ONE.replace("KWH", "KVR")).unusable] == [
        "unknown_unit"
    ]


@pytest.mark.parametrize(
    ("begin", "end", "reason"),
    [
        ("202401010015", "202401010000", "zero_length"),
        ("202401010000", "202401010000", "zero_length"),
        ("202413010000", "202401010000", "bad_time"),
        ("2024010100", "202401010000", "bad_time"),
    ],
)
def test_intervals_that_are_none(begin: str, end: str, reason: str) -> None:
    found = of(HEAD + interval(begin, end, "220:1:KWH") + TWO)
    assert [each for _, each, _ in found.unusable] == [reason]
    assert found.amounts("DE001").tolist() == [2_500_000]


def test_lengths_stand_apart() -> None:
    odd = interval("202401010030", "202401010044", "220:3:KWH")
    found = of(HEAD + ONE + TWO + odd + ONE)
    assert [block.interval_ms // 60_000 for block in found.blocks] == [14, 15]
    assert found.tally.same == 1


def test_it_is_known_by_its_beginning() -> None:
    assert is_mscons(gzip.decompress(SAMPLE.read_bytes())[:1000])
    assert not is_mscons(b"UNA:+.? 'UNB+UNOC:3'UNH+1+UTILMD:D'")


PIECES = st.sampled_from(
    [HEAD, ONE, TWO, "QTY'", "DTM+163'", "LIN'", "PIA'", "UNH'", "?", "'", "+"]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=10))
def test_whatever_a_message_says_no_value_is_lost(pieces: list[str]) -> None:
    found = of("".join(pieces))
    assert all(np.diff(block.ends_ms).min(initial=1) > 0 for block in found.blocks)
