"""The picture of `wattstream watch` on the smallest terminal, 80 columns by 24 lines."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from contracts.alerts import Alert
from contracts.live import LargeMeter, Largest, LiveGroup
from infra.flink.health import Health
from tests.support.alerts import OPENED_MS, an_alert
from tests.unit.infra.flink.test_health import CIRCLING, WELL
from tests.unit.wattstream.test_tables import AT_MS, SETTINGS, meter
from wattstream.watch import Live, Progress, drawn

OUTAGES = [
    an_alert(subject=f"sim-t-{n:06}", opened_at_ms=OPENED_MS + 1_000 * n, cause="power")
    for n in range(7)
]
AREA = LiveGroup(AT_MS, 12_345.0, 12, 3, 1, 123_456.0)
LARGE = Largest(AT_MS, [LargeMeter(f"sim-t-{n:06}", "gcpuy", 9_876.0 - n) for n in range(4)])
LIVE = Live(
    meters=100,
    areas={("electricity", f"gcpu{n}"): AREA for n in range(5)},
    areas_live=12,
    largest={commodity: {"power": LARGE, "energy": LARGE} for commodity in ("electricity", "gas")},
    shown=[(f"sim-e-{n:09}", meter("electricity", 1_234.0, 321.0)) for n in range(10)],
    slice_end_ms=AT_MS,
    alerts=[],
    notes={},
)


def lines_of(live: Live, *jobs: Health, height: int = 24) -> list[str]:
    """The picture on a terminal of 80 columns."""
    progress = Progress(123_456_789, 12_345, 9_876_543, 54_321, jobs, None)
    console = Console(
        width=80, height=height, force_terminal=True, record=True, file=io.StringIO(), markup=False
    )
    console.print(drawn(SETTINGS, progress, 123_456.7, live))
    lines = [line.rstrip() for line in console.export_text().splitlines()]
    assert len(lines) < height
    assert max(map(len, lines)) <= 80
    return lines


FOUR = tuple(replace(WELL, kind=kind) for kind in ("hot", "cold", "watch", "history"))


@pytest.mark.parametrize("alerts", [[], OUTAGES[:1], OUTAGES])
def test_each_part_has_its_first_line(alerts: list[Alert]) -> None:
    text = "\n".join(lines_of(replace(LIVE, alerts=alerts), *FOUR))

    for words in ("messages/s", "history", "gcpu0", "9,876 W", "sim-e-000000000"):
        assert words in text
    assert "meter  " in text
    left_out = [line for line in text.splitlines() if line.startswith("... and ")]
    assert len(left_out) == 3
    if not alerts:
        assert "no alert is open" in text
    else:
        assert OUTAGES[len(alerts) - 1].id in text


def test_what_is_wrong_is_told_before_what_is_right() -> None:
    circling = [replace(CIRCLING, kind=kind) for kind in ("hot", "cold", "watch", "history")]

    lines = lines_of(replace(LIVE, alerts=OUTAGES), *circling)

    text = "\n".join(lines)
    assert "restarts in a circle" in text
    assert "... and 3 more" in text
    assert "open: 7 major ... and 6 more" in text
    assert "meters ... and 100 more" in text


def test_a_high_terminal_shows_all_of_it() -> None:
    text = "\n".join(lines_of(replace(LIVE, alerts=OUTAGES), *FOUR, height=60))

    for words in ("gcpu4", "sim-e-000000009", "open: 7 major ... and 4 more", "... and 90 more"):
        assert words in text
    assert sum("9,874 W" in line for line in text.splitlines()) == 1
