"""PostgreSQL runs as somebody else than root, and says at once when it cannot."""

import os
import signal
from pathlib import Path

import pytest

from contracts.settings import Settings
from infra.errors import StackError
from infra.local.postgresql import service as postgresql
from infra.local.service import Service
from infra.settings import StackSettings


def made(folder: Path) -> Service:
    """The service with its data in this folder."""
    return postgresql.service(Settings(data_dir=folder / "data"), StackSettings(local_dir=folder))


def test_root_gives_way_to_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert made(tmp_path).command[:2] == ("setpriv", "--reuid=postgres")

    monkeypatch.setattr(os, "geteuid", lambda: 1_000)
    assert Path(made(tmp_path).command[0]).name == "postgres"


def test_clients_do_not_keep_it_from_ending(tmp_path: Path) -> None:
    assert made(tmp_path).ends_by == signal.SIGINT


def test_a_data_folder_that_cannot_be_made_is_told_and_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    initdb = programs / "initdb"
    initdb.write_text("#!/bin/sh\necho 'no room left'; exit 1\n")
    initdb.chmod(0o755)
    monkeypatch.setattr(postgresql, "require_postgres", lambda: programs)
    monkeypatch.setattr(os, "geteuid", lambda: 1_000)

    with pytest.raises(StackError, match=r"WATTSTREAM_DATA_DIR:\nno room left"):
        made(tmp_path).prepare()

    assert not (tmp_path / "data" / "stack" / "postgresql").exists()


def test_without_an_owner_root_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(postgresql, "OWNER", "nobody_of_that_name")

    with pytest.raises(StackError, match=r"there is no user nobody_of_that_name: make one"):
        made(tmp_path).prepare()
