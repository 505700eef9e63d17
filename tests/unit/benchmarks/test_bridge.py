"""What devices of the benchmark say, as the bridge reads it, and what is said of the outcome."""

import pytest
from rich.console import Console

from benchmarks.bridge import Trial, bridge_file, content, table
from benchmarks.bridge_devices import KINDS, METERS
from services.bridge.mapping import Mapper
from services.bridge.routes import read_routes
from services.bridge.said import Message


@pytest.mark.parametrize("profile", KINDS)
def test_each_message_is_a_reading_unlike_all_others(profile: str) -> None:
    kind = KINDS[profile]
    known = Mapper(read_routes(bridge_file(kind)).route, {})
    found = set()
    for n in range(2 * METERS + 1):
        heard = known.heard(message := Message(*kind.number(n), 0, is_backlog=True))
        assert heard.is_timed
        (said,) = heard.said
        reading = known.reading(said, heard.route, message)
        assert reading is not None
        found.add((reading.meter_id, reading.ts))
    assert len(found) == 2 * METERS + 1
    assert len({meter for meter, _ in found}) == METERS


def test_it_is_told_on_80_columns_and_as_json() -> None:
    trials = [
        Trial(profile, 60_000, 141, 5_123.4, 151.2, 12.3, 34.5, right=profile != "tasmota")
        for profile in KINDS
    ]
    console = Console(width=80, record=True)
    console.print(table(trials))
    text = console.export_text()
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "5,123" in text
    assert text.count("NO") == 1
    said = content(trials, "wattstream bench bridge")["trials"]
    assert isinstance(said, list)
    assert [each["bridge_us"] for each in said] == [151.2] * len(KINDS)
