"""What a bridge needs before it takes readings."""

import threading
from pathlib import Path

import pytest

from adapters.durable import alone
from contracts.errors import OperationError
from contracts.settings import Settings
from services.bridge import checkpoint
from services.bridge.bridge import _serve
from services.bridge.routes import read_routes

FILE = read_routes('name = "home"\n[[route]]\ntopic = "a/+"\nprofile = "native"\n')
NOBODY = "127.0.0.1:1"


def test_two_bridges_of_one_name_do_not_run_on_one_machine(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, namespace="town", kafka_bootstrap=NOBODY)
    lock = checkpoint.path(settings, "home").with_suffix(".lock")
    lock.parent.mkdir()

    with (
        alone(lock, OperationError("it is locked")),
        pytest.raises(OperationError, match="another bridge named home"),
    ):
        _serve(settings, FILE, 1, threading.Event())
