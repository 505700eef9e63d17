from pathlib import Path

import pytest

from adapters.durable import alone, replace
from contracts.errors import OperationError


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    replace(path, b"one")
    replace(path, b"two")

    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_one_at_a_time(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with (
        alone(lock, OperationError("first")),
        pytest.raises(OperationError, match="second"),
        alone(lock, OperationError("second")),
    ):
        pass
    with alone(lock, OperationError("third")):
        pass
