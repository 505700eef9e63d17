"""The disk: how much room is left, and what of files is not in the log yet."""

import shutil
from collections.abc import Iterator, Sequence

from adapters.imported import imported
from contracts.settings import Settings
from services.exporter.metrics import (
    DISK_FREE,
    DISK_SIZE,
    FILES_IMPORTED,
    READINGS_UNSENT,
    Sample,
)


class Disk:
    """The data folder of this machine."""

    name = "disk"

    def __init__(self, settings: Settings) -> None:
        self._data_dir = settings.data_dir

    def look(self, served: Sequence[Settings]) -> Iterator[Sample]:
        """What is there.

        Raises:
            OSError: there is no such folder.
            sqlite3.Error: an importer's memory cannot be read.
        """
        disk = shutil.disk_usage(self._data_dir)
        yield DISK_FREE.of(disk.free)
        yield DISK_SIZE.of(disk.total)
        for settings in served:
            if (found := imported(settings)) is not None:
                yield FILES_IMPORTED.of(found.files, settings.namespace)
                yield READINGS_UNSENT.of(found.unsent_chunks, settings.namespace)
