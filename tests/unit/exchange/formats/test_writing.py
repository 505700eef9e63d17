"""What is written is read back equal: NEM12, Green Button and CSV."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.reading import Commodity
from exchange.errors import ExchangeError
from exchange.formats import espi_writing, nem12, nem12_writing, table_writing
from exchange.formats.options import Options
from exchange.opening import Source
from exchange.recognising import format_of
from exchange.values import MEASURED, Block, Mark
from tests.unit.exchange.files import Outcome, content, outcome

CREATED = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
HOUR_MS = 3_600_000
NET = Options(net=True)
Values = dict[tuple[str, int, int], tuple[int, str]]


def values(blocks: Iterable[Block]) -> Values:
    """Amount and quality of each value, by meter, length and end."""
    found: Values = {}
    for block in blocks:
        for place, end_ms in enumerate(block.ends_ms.tolist()):
            mark = block.marks[0 if block.mark_of is None else block.mark_of[place]]
            amount = int(block.amounts[place])
            found[block.meter_id, block.interval_ms, end_ms] = (amount, mark.quality)
    return found


def nem12_again(blocks: list[Block], _: Path) -> Outcome:
    text = "".join(nem12_writing.write(blocks, CREATED))
    return outcome(nem12.read(BytesIO(text.encode()), NET))


def espi_again(blocks: list[Block], folder: Path) -> Outcome:
    return again("".join(espi_writing.write(blocks, CREATED)), folder / "feed.xml")


def csv_again(blocks: list[Block], folder: Path) -> Outcome:
    return again("".join(table_writing.write(blocks)), folder / "table.csv")


def again(text: str, path: Path) -> Outcome:
    path.write_bytes(text.encode())
    source = Source(path)
    return outcome(format_of(source).read(source, NET))


Again = Callable[[list[Block], Path], Outcome]
ALL: tuple[Again, ...] = (nem12_again, espi_again, csv_again)


@pytest.mark.parametrize("written", ALL)
def test_a_month_of_a_home_with_panels(written: Again, tmp_path: Path) -> None:
    found = outcome(nem12.read(content("Example_NEM12_month_solar.csv")))
    back = written(found.blocks, tmp_path)
    assert values(back.blocks) == values(found.blocks)
    assert len(values(found.blocks)) == 2 * 8_928
    assert back.unusable == []


@pytest.mark.parametrize("name", ["substituted_interval", "multiple_meters", "15min_200_30min_400"])
def test_nem12_keeps_qualities_with_their_code_and_gaps(name: str, tmp_path: Path) -> None:
    found = outcome(nem12.read(content(f"Example_NEM12_{name}.csv")))
    back = nem12_again(found.blocks, tmp_path)
    assert values(back.blocks) == values(found.blocks)
    assert back.marks() == found.marks()


@st.composite
def blocks(draw: st.DrawFn) -> list[Block]:
    length_ms = draw(st.sampled_from([5, 15, 30, 60])) * 60_000
    made = []
    for meter_id in draw(st.sampled_from([("NCDE001111",), ("NCDE001111", "NCDE001111:export")])):
        places = sorted(draw(st.sets(st.integers(1, 600), min_size=1, max_size=12)))
        count = len(places)
        marks = (MEASURED, Mark("estimated", "E52"), Mark("substituted", "S14/76"), Mark("final"))
        amounts = st.lists(st.integers(-(10**9), 10**12), min_size=count, max_size=count)
        which = st.lists(st.integers(0, 3), min_size=count, max_size=count)
        made.append(
            Block(
                meter_id,
                "electricity",
                length_ms,
                1_704_000_000_000 // length_ms * length_ms + np.array(places, np.int64) * length_ms,
                np.array(draw(amounts), np.int64),
                np.arange(count, dtype=np.int64),
                marks,
                np.array(draw(which), np.uint16),
            )
        )
    return made


@given(blocks())
def test_nem12_of_anything_is_read_back(made: list[Block]) -> None:
    back = nem12_again(made, Path())
    assert values(back.blocks) == values(made)
    assert back.unusable == []


@given(blocks())
def test_csv_of_anything_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, made: list[Block]
) -> None:
    assert values(csv_again(made, tmp_path_factory.mktemp("csv")).blocks) == values(made)


def registers(commodity: Commodity = "electricity", length_ms: int = 0) -> Block:
    ends_ms = np.array([1_704_067_200_000, 1_704_070_800_000], np.int64)
    amounts = np.array([1_234_567, 1_234_568], np.int64)
    return Block("m:7", commodity, length_ms, ends_ms, amounts, ends_ms)


@pytest.mark.parametrize("commodity", ["electricity", "gas", "water"])
@pytest.mark.parametrize("length_ms", [0, 3_600_000])
@pytest.mark.parametrize("written", ALL[1:])
def test_all_that_is_counted(
    written: Again, commodity: Commodity, length_ms: int, tmp_path: Path
) -> None:
    block = registers(commodity, length_ms)
    back = written([block], tmp_path)
    assert values(back.blocks) == values([block])
    assert {each.commodity for each in back.blocks} == {commodity}


def test_registers_beside_intervals_are_read_back_beside_them(tmp_path: Path) -> None:
    """In whatever order the archive has them."""
    flows = ("m:7", "m:7:export")
    said = [
        replace(registers(length_ms=length_ms), meter_id=meter_id)
        for meter_id in flows
        for length_ms in (0, 3_600_000)
    ]
    for made in (said, said[::-1]):
        back = espi_again(made, tmp_path)
        assert {(each.meter_id, each.interval_ms) for each in back.blocks} == {
            ("m:7", 3_600_000),
            ("m:7:export", 3_600_000),
            ("m:7:register", 0),
            ("m:7:register:export", 0),
        }


@pytest.mark.parametrize(
    ("block", "fault"),
    [
        (registers(), "registers"),
        (registers("gas", 3_600_000), "gas"),
        (registers(length_ms=7 * 60_000), "do not divide a day"),
    ],
)
def test_what_nem12_has_no_place_for(block: Block, fault: str) -> None:
    with pytest.raises(ExchangeError, match=fault):
        list(nem12_writing.write([replace(block, meter_id="NCDE001111")], CREATED))
    with pytest.raises(ExchangeError, match="an NMI has"):
        list(nem12_writing.write([replace(block, meter_id="a-b", interval_ms=HOUR_MS)], CREATED))


def test_csv_is_of_one_kind() -> None:
    with pytest.raises(ExchangeError, match="a file for each"):
        list(table_writing.write([registers(), registers("gas")]))
