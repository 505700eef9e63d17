from io import BytesIO

import pytest

from exchange.formats.nem12 import read
from exchange.formats.nem13 import checksum
from tests.unit.exchange.files import content, outcome

RECORD = (
    "250,VABC005890,11,1,11,11,METSER123,E,006342.8,20031005093055,A,,,"
    "007654.9,20040107100333,A,,,1312.1,kWh,20040407,20040108100333,20040108091133\n900\n"
)


@pytest.mark.parametrize(
    ("nmi", "digit"),
    [
        ("2001985732", 8),
        ("2001985733", 6),
        ("3075621875", 8),
        ("4316854005", 9),
        ("6305888444", 6),
        ("6350888444", 2),
        ("7001888333", 8),
        ("7102000001", 7),
        ("NAAAMYS582", 6),
        ("QAAAVZZZZZ", 3),
        ("VKTS876510", 8),
    ],
)
def test_checksums_of_the_standard(nmi: str, digit: int) -> None:
    assert checksum(nmi) == digit


def test_two_registers_of_a_record() -> None:
    found = outcome(read(content("Example_NEM13_consumption_data.csv")))
    (block,) = found.blocks
    assert block.is_register
    assert block.meter_id == "VABC005890:11:METSER123"
    assert block.ends_ms.tolist() == [1_065_310_255_000, 1_073_433_813_000]
    assert block.amounts.tolist() == [6_342_800_000, 7_654_900_000]
    assert block.amounts[1] - block.amounts[0] == 1_312_100_000
    assert found.remarks == []


def test_an_estimate_says_so() -> None:
    found = outcome(read(content("Example_NEM13_forward_estimate.csv")))
    assert found.marks() == {("measured", None): 2, ("estimated", "E64"): 2}


def test_export_is_another_meter() -> None:
    (block,) = outcome(read(BytesIO(RECORD.replace(",E,", ",I,").encode()))).blocks
    assert block.meter_id == "VABC005890:11:METSER123:export"


def test_a_quantity_that_disagrees_is_remarked() -> None:
    found = outcome(read(BytesIO(RECORD.replace(",1312.1,", ",1312.2,").encode())))
    assert found.tally.blocks == 2
    assert ["1312.2" in each.detail for each in found.remarks] == [True]


@pytest.mark.parametrize(
    ("what", "other", "reason"),
    [
        ("006342.8", "six", "bad_number"),
        ("006342.8", "-6", "negative"),
        ("20031005093055", "20031305093055", "bad_time"),
        ("20031005093055", "19691005093055", "too_old"),
        ("20031005093055", "21031005093055", "out_of_range"),
        (",A,,,0076", ",X,,,0076", "quality_range"),
    ],
)
def test_a_reading_that_cannot_be_used_leaves_the_other(what: str, other: str, reason: str) -> None:
    found = outcome(read(BytesIO(RECORD.replace(what, other, 1).encode())))
    assert found.unusable == [(1, reason, 1)]
    assert found.tally.blocks == 1


@pytest.mark.parametrize("quality", ["A", "E64"])
def test_two_readings_of_one_time(quality: str) -> None:
    text = RECORD.replace("20040107100333,A", f"20031005093055,{quality}")
    wrong = outcome(read(BytesIO(text.encode())))
    assert (wrong.blocks, wrong.unusable) == ([], [(1, "conflict", 2)])
    same = outcome(read(BytesIO(text.replace("007654.9", "006342.8").encode())))
    assert (same.tally.blocks, same.tally.same) == (1, 1)


def test_a_reading_that_is_not_there_is_missing() -> None:
    found = outcome(read(BytesIO(RECORD.replace("006342.8", "").encode())))
    assert (found.tally.missing, found.tally.blocks) == (1, 1)


def test_other_units_are_not_imported() -> None:
    found = outcome(read(BytesIO(RECORD.replace(",kWh,", ",kVArh,").encode())))
    assert found.tally.not_imported == {"VABC005890 11 kVArh": 2}
