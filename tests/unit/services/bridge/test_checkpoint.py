from pathlib import Path

import pytest

from contracts.settings import Settings
from services.bridge import checkpoint
from services.bridge.checkpoint import Checkpoint
from services.bridge.registers import Register

KEPT = Checkpoint(
    [3, 0, 7, 2**40],
    {"board:1": Register(170_000.125, 1_790_000_000_000, None), "m:2": Register(0.0, 1, -5.5)},
    ["meters/+/reading", "power/#"],
)


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    file = checkpoint.path(Settings(data_dir=tmp_path, namespace="town"), "home")
    file.parent.mkdir()

    checkpoint.write(file, Checkpoint([0], {}, []))
    checkpoint.write(file, KEPT)

    assert checkpoint.read(file) == KEPT
    assert file == tmp_path / "bridge" / "town-home.json"


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"offsets":[1],"registers":{"a":[1]},"filters":[]}', '{"offs']
)
def test_one_that_cannot_be_read_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "kept.json"
    assert checkpoint.read(file) is None
    file.write_text(text)

    assert checkpoint.read(file) is None
