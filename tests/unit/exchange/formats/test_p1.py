from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.formats.options import Options
from exchange.formats.p1 import crc16, is_p1, read
from exchange.values import UNSAID
from tests.unit.exchange.files import DATA, Outcome, content, outcome


def file(name: str) -> Outcome:
    return outcome(read(content(f"p1_telegram_{name}.txt")))


def of(text: bytes) -> Outcome:
    return outcome(read(BytesIO(text)))


def said(found: Outcome) -> dict[str, tuple[int, float, float | None]]:
    """Time, register and demand of each meter, by the end of its name."""
    return {
        block.meter_id.lstrip("3"): (
            int(block.ends_ms[0]),
            block.amounts[0] / 1000,
            None
            if block.demands is None or block.demands[0] == UNSAID
            else block.demands[0] / 1000,
        )
        for block in found.blocks
    }


def test_version_5() -> None:
    found = file("v5")
    assert said(found) == {
        "": (1_483_381_202_000, 6_825, 244),
        ":export": (1_483_381_202_000, 2_444, 0),
        ":gas": (1_483_369_805_000, 107, None),
    }
    assert found.blocks[0].voltages is not None
    assert found.blocks[0].voltages[0] == 230.0
    # A second meter of gas that never said its name, or a time.
    assert [reason for _, reason, _ in found.unusable] == ["bad_time"]


def test_version_4_2_whose_gas_is_ahead() -> None:
    assert said(file("v4_2")) == {
        "": (1_479_067_077_000, 3_016_829, 2_027),
        ":export": (1_479_067_077_000, 0, 0),
        ":gas": (1_480_446_000_000, 981_443, None),
    }


def test_belgium() -> None:
    found = said(file("fluvius_v171_alt"))
    assert found[""] == (1_698_923_748_000, 571_562, 338)
    assert found[":gas"] == (1_698_923_402_000, 92_287, None)
    assert found[":water"] == (1_698_923_732_000, 8_579, None)


def test_watt_hours_and_watts() -> None:
    text = (DATA / "p1_telegram_sagemcom_t210_d_r.txt").read_bytes()
    found = outcome(read(BytesIO(text)))
    # It does not say its meter.
    assert [reason for _, reason, _ in found.unusable] == ["unknown_meter", "unknown_meter"]

    (use, back) = outcome(read(BytesIO(text), Options(meter="home"))).blocks
    assert (use.meter_id, use.ends_ms[0], use.amounts[0]) == (
        "home",
        1_665_064_214_000,
        6_545_766_000,
    )
    assert use.demands is not None
    assert use.demands[0] == 286_000
    assert (back.meter_id, back.amounts[0]) == ("home:export", 58_000)


def test_a_checksum_without_leading_zeros_and_heat() -> None:
    found = file("unpadded_crc")
    assert found.unusable == []
    assert found.tally.not_imported == {"M-Bus device of type 4": 1}


@pytest.mark.parametrize("name", ["v2_2", "v3"])
def test_telegrams_without_a_time(name: str) -> None:
    found = file(name)
    assert {reason for _, reason, _ in found.unusable} <= {"bad_time", "unknown_meter"}
    assert found.blocks == []


def test_a_digit_that_flipped() -> None:
    text = (DATA / "p1_telegram_v5.txt").read_bytes().replace(b"000004.426", b"000004.427")
    found = of(text)
    assert found.unusable == [(1, "checksum", 4)]
    assert found.blocks == []


def test_a_row_of_telegrams_of_which_one_is_cut() -> None:
    text = (DATA / "p1_telegram_v4_2.txt").read_bytes()
    found = of(text + text[:300] + text + b"noise\n" + text[:50])
    assert [reason for _, reason, _ in found.unusable] == ["record_cut"] * 3
    assert (len(found.blocks), found.tally.same) == (3, 3)


def test_two_registers_of_one_time() -> None:
    text = (DATA / "p1_telegram_v5.txt").read_bytes()
    other = text.replace(b"00000.107", b"00000.108")
    body = other[: other.index(b"!") + 1]
    found = of(text + body + b"%04X\r\n" % crc16(body))
    assert ("conflict", 1) in [each[1:] for each in found.unusable]
    assert said(found)[":gas"][1] == 107


@pytest.mark.parametrize("time", ["632525252525W", "700101010000W", "231102121002", ""])
def test_times_of_dead_meters(time: str) -> None:
    text = (DATA / "p1_telegram_v5.txt").read_bytes().replace(b"170102161005W", time.encode())
    body = text[: text.index(b"!") + 1]
    found = of(body + b"%04X\r\n" % crc16(body))
    assert [reason for _, reason, _ in found.unusable] == ["bad_time", "bad_time"]
    assert len(found.blocks) == 2


def test_the_checksum_of_an_independent_table() -> None:
    # CRC-16/ARC of the nine digits, the check value of Rocksoft's catalogue.
    assert crc16(b"123456789") == 0xBB3D


def test_it_is_known_by_its_beginning() -> None:
    for path in DATA.glob("p1_*.txt"):
        assert is_p1(path.read_bytes()), path.name
    assert not is_p1(b"/usr/bin/env python\n")


@given(st.data())
def test_whatever_a_telegram_says_no_value_is_lost(data: st.DataObject) -> None:
    text = bytearray((DATA / "p1_telegram_v5.txt").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        # Without a checksum, all is taken as it stands.
        text = text[: text.rfind(b"!") + 1]
    assert np.isfinite(of(bytes(text)).tally.values)
