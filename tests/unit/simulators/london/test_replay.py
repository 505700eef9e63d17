"""What a replay writes, without a broker."""

from datetime import date
from pathlib import Path

import orjson
import polars as pl
import pytest
from rich.console import Console

from contracts.reading import HEARTBEAT
from contracts.settings import Settings
from simulators.errors import OptionError
from simulators.london.lcl import HALF_HOUR_MS
from simulators.london.replay import (
    LONGEST_SILENCE_MS,
    LONGEST_SILENCE_WATCHED_MS,
    replay_london,
)
from simulators.run.summary import Summary
from simulators.sending.closing import pass_time
from simulators.sending.recorder import Record
from simulators.sending.unsent import Unsent
from tests.unit.simulators.london.homes import NEW_YEAR_MS, file_of

DAY = 48
HOMES: dict[str, list[float | None]] = {
    "stops": [0.2] * (DAY + 10),
    "lacks": [*[0.2] * (2 * DAY - 5), *[None] * 10, *[0.2] * DAY],
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(namespace="replayed", data_dir=tmp_path, readings_partitions=2)


def replay(settings: Settings, folder: Path, *, announce: bool) -> tuple[Summary, pl.DataFrame]:
    """The second day: what the replay says, and its recording."""
    summary = replay_london(
        settings,
        file_of(folder, HOMES),
        start=date(2013, 1, 2),
        end=date(2013, 1, 3),
        announce=announce,
        send=False,
        console=Console(quiet=True),
    )
    (recording,) = summary.recordings
    return summary, pl.read_parquet(recording)


def longest_pauses_ms(recording: pl.DataFrame) -> list[int]:
    """Of each partition, up to its closing heartbeat."""
    pauses = recording.group_by("partition").agg(pl.col("arrival_ms").sort().diff())
    return [max(each.to_list()[1:-1]) for each in pauses["arrival_ms"]]


def test_homes_that_are_announced_are_watched(settings: Settings, tmp_path: Path) -> None:
    summary, recording = replay(settings, tmp_path, announce=True)

    assert summary.announced == len(HOMES)
    messages = [orjson.loads(each) for each in recording["value"]]
    assert [each["meter"]["feeder"] for each in messages[:2]] == ["lcl-lacks", "lcl-stops"]
    assert {each["meter"]["kind"] for each in messages[:2]} == {"interval"}
    reading = next(each for each in messages if each.get("meter_id") == "stops")
    assert (reading["energy"], reading["interval_ms"]) == (200.0, HALF_HOUR_MS)
    assert all(each <= LONGEST_SILENCE_WATCHED_MS for each in longest_pauses_ms(recording))


def test_labels_end_with_the_replay(settings: Settings, tmp_path: Path) -> None:
    replay(settings, tmp_path, announce=True)

    (labels,) = settings.recordings_dir.glob("*-labels.parquet")
    (registry,) = settings.fleets_dir.glob("*.parquet")
    assert registry.stem == labels.stem.removesuffix("-labels")
    # Where the gap of the other home begins the replay ends.
    ends_ms = NEW_YEAR_MS + (2 * DAY - 5) * HALF_HOUR_MS
    assert pl.read_parquet(labels).select("kind", "meter_id", "start_ms", "end_ms").rows() == [
        ("meter_silent", "stops", NEW_YEAR_MS + (DAY + 10) * HALF_HOUR_MS, ends_ms),
    ]


def test_without_announcements_nothing_is_added(settings: Settings, tmp_path: Path) -> None:
    summary, recording = replay(settings, tmp_path, announce=False)

    assert summary.announced == 0
    readings = [
        orjson.loads(each) for each in recording.filter(pl.col("key").is_not_null())["value"]
    ]
    assert len(readings) == summary.sent == DAY - 5 + 10
    assert all("energy" not in each for each in readings)
    assert not [*settings.recordings_dir.glob("*-labels.parquet")]
    assert not settings.fleets_dir.exists()
    assert max(longest_pauses_ms(recording)) > LONGEST_SILENCE_WATCHED_MS
    assert max(longest_pauses_ms(recording)) <= LONGEST_SILENCE_MS


def test_offsets_are_those_of_an_empty_topic(settings: Settings) -> None:
    records = [Record(partition, 5, None, HEARTBEAT) for partition in (1, 0, 1, 1)]
    with Unsent(settings, "run") as unsent:
        unsent.send(records[:3])
        unsent.send(records[3:])
        assert pass_time(unsent, 5) == 2

    written = pl.read_parquet(unsent.recording)
    assert written.select("partition", "offset").rows() == [
        *((1, 0), (0, 0), (1, 1), (1, 2)),
        *((0, 1), (1, 3)),
    ]
    assert written["arrival_ms"].to_list() == [5] * 4 + [5 + settings.closing_ms] * 2
    with pytest.raises(OptionError, match="is there already"):
        Unsent(settings, "run")
