"""In the place of a sender, without a broker: a recording of what an empty topic would get."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from contracts.settings import Settings
from simulators.sending.recorder import Record, Recorder


class Unsent:
    """Takes what a `Sender` of all partitions takes, in a namespace without recordings, and writes
    it to `<recordings_dir>/<run>-0.parquet` alone. Use it as a context manager.

    Raises:
        OptionError: the recording exists.
    """

    def __init__(self, settings: Settings, run: str) -> None:
        self.settings = settings
        self.partition_count = settings.readings_partitions
        self.partitions = tuple(range(self.partition_count))
        self._next_offset = dict.fromkeys(self.partitions, 0)
        self._recorder = Recorder(settings.recordings_dir / f"{run}-0.parquet")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._recorder.close()

    @property
    def recording(self) -> Path:
        """The Parquet file of this run, there once it is closed."""
        return self._recorder.path

    def send(self, records: Sequence[Record]) -> None:
        """Write records down, each partition's in the order of arrival."""
        offsets = []
        for record in records:
            offsets.append(self._next_offset[record.partition])
            self._next_offset[record.partition] += 1
        self._recorder.add(records, offsets)
