"""Live state in a terminal of 80 columns."""

from io import StringIO

import pytest
from rich.console import Console, RenderableType

from contracts.live import LargeMeter, Largest, LiveGroup, LiveMeter, Measure
from wattstream.live_tables import (
    areas_table,
    largest_rows,
    largest_table,
    meters_table,
    state_of,
)

E_MS = 1_799_539_200_000


def a_meter(last_ms: int, demand: float | None = 12_345.4) -> LiveMeter:
    return LiveMeter(
        slice_end_ms=E_MS,
        readings=3,
        last_ms=last_ms,
        holds_until_ms=last_ms + 30_000,
        late=False,
        geohash="gcpuyj2k41vd",
        commodity="electricity",
        register=99_999_998.7,
        demand=demand,
        energy_today=9.0,
    )


def text_of(table: RenderableType) -> str:
    out = StringIO()
    Console(file=out, width=80).print(table)
    return out.getvalue()


@pytest.mark.parametrize(
    ("last_ms", "state"),
    [
        (E_MS - 1, "reporting"),
        (E_MS - 5_000, "reporting"),
        (E_MS - 5_001, "holding"),
        (E_MS - 30_000, "holding"),
        (E_MS - 30_001, "silent"),
    ],
)
def test_a_meter_reports_then_its_value_holds_then_it_is_silent(last_ms: int, state: str) -> None:
    assert state_of(a_meter(last_ms), E_MS, 5_000) == state


def test_nothing_of_the_meters_is_cut_off() -> None:
    shown = [(f"sim-e-{n:09}", a_meter(E_MS - n * 6_000)) for n in range(9)]
    shown.append(("unsaid", a_meter(E_MS, None)))

    text = text_of(meters_table(shown, 10, E_MS, 5_000, 10))

    assert "…" not in text
    for words in ("sim-e-000000008", "12,345 W", "99,999,999 Wh", "unknown"):
        assert words in text
    for state in ("reporting", "holding", "silent"):
        assert state in text
    assert "01-09 23:59:54" in text


def test_nothing_of_the_areas_is_cut_off() -> None:
    total = LiveGroup(E_MS, 123_456_789.0, 1_000_000, 1_000_001, 1_000_002, 0.0)

    text = text_of(areas_table({("electricity", "gcpuy"): total}, 1, 1))

    assert "…" not in text
    for words in ("123,456,789 W", "1,000,000", "1,000,001", "1,000,002", "01-10 00:00:00"):
        assert words in text


def test_the_largest_stand_side_by_side_by_power_and_by_energy() -> None:
    power = [LargeMeter(f"sim-e-{n:09}", "gcpuy", 99_999_999.0 - n) for n in range(4)]
    energy = [LargeMeter("m" * 64, "gcpuv", 123_456_789.4)]
    shown: dict[str, dict[Measure, Largest]] = {
        "electricity": {"power": Largest(E_MS, power), "energy": Largest(E_MS, energy)},
        "gas": {"energy": Largest(E_MS, [LargeMeter("g", "gcpuy", 0.6)])},
    }

    text = text_of(largest_table(shown, 3, 4))

    assert "…" not in text
    lines = text.splitlines()
    first = next(line for line in lines if "electricity" in line)
    assert "99,999,999 W" in first
    assert "123,456,789 Wh" in first
    assert sum("99,999,99" in line for line in lines) == 3
    assert lines[-1].split() == ["gas", "g", "1", "l"]
    # The longest id is folded.
    assert sum(line[40:64].count("m") for line in lines[1:]) == 64


def test_of_what_is_left_out_it_is_said_how_much_it_is() -> None:
    total = LiveGroup(E_MS, 1.0, 1, 1, 1, 0.0)
    areas = {("electricity", f"gcpu{n}"): total for n in range(5)}
    meters = [(f"m{n}", a_meter(E_MS)) for n in range(5)]
    power = [LargeMeter(f"m{n}", "gcpuy", 9.0 - n) for n in range(4)]
    large: dict[str, dict[Measure, Largest]] = {
        "electricity": {"power": Largest(E_MS, power)},
        "gas": {"power": Largest(E_MS, power[:1])},
    }

    def lines(part: RenderableType) -> list[str]:
        return [line.rstrip() for line in text_of(part).splitlines()]

    assert lines(areas_table(areas, 9, 2))[-1] == "... and 7 more"
    assert len(lines(areas_table(areas, 5, 5))) == 6
    assert lines(areas_table(areas, 9, 0)) == ["areas ... and 9 more"]
    assert lines(areas_table({}, 0, 0)) == ["no areas"]
    assert lines(meters_table(meters, 1_000, E_MS, 5_000, 3))[-1] == "... and 997 more"
    assert largest_rows(large, 3) == 4
    assert lines(largest_table(large, 3, 2))[-1] == "... and 2 more"
    assert len(lines(largest_table(large, 3, 4))) == 5
