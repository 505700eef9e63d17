"""What Prometheus is told of the data folder, and of files that are imported."""

from pathlib import Path

from contracts.reading import Reading
from contracts.settings import Settings
from exchange.importing.ledger import Ledger
from services.exporter.disk import Disk
from services.exporter.metrics import DISK_FREE, DISK_SIZE, FILES_IMPORTED, READINGS_UNSENT

READING = Reading("home", "gcpuy", "electricity", 1_357_000_200_000, 1, 5.0, 1.0)


def test_room_is_told_and_of_files_nothing_where_none_was_imported(tmp_path: Path) -> None:
    settings = Settings(namespace="demo", data_dir=tmp_path)

    found = {metric: value for metric, _, value in Disk(settings).look([settings])}

    assert found.keys() == {DISK_FREE, DISK_SIZE}
    assert 0 < found[DISK_FREE] <= found[DISK_SIZE]


def test_what_an_importer_knows_is_told_also_while_it_works(tmp_path: Path) -> None:
    settings = Settings(namespace="demo", data_dir=tmp_path)
    settings.imports_dir.mkdir(parents=True)
    ledger = Ledger(settings.imports_dir / "ledger.sqlite")
    ledger.file_of("a" * 64, "january.csv")
    ledger.file_of("b" * 64, "february.csv")
    ledger.put_chunk([0], [READING])
    ledger.keep()
    # Not kept yet, so nobody else knows of it.
    ledger.put_chunk([1], [READING])

    found = {each.metric: each for each in Disk(settings).look([settings])}
    ledger.close()

    assert found[FILES_IMPORTED] == FILES_IMPORTED.of(2, "demo")
    assert found[READINGS_UNSENT] == READINGS_UNSENT.of(1, "demo")
