"""Every error of the project is of one of the two kinds, and its kind decides the exit code."""

import ast
import builtins
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from contracts import errors
from contracts.errors import OperationError, RequestError, WattStreamError
from contracts.settings import PROJECT
from wattstream import main

PEERS = PROJECT / "benchmarks" / "peers"
"""Programs with dependencies of their own, which know nothing of the project."""


def error_classes() -> Iterator[tuple[str, str]]:
    """Module and name of every class whose base is an exception, in all packages."""
    built = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    for package in built["targets"]["wheel"]["packages"]:
        for file in sorted((PROJECT / package).rglob("*.py")):
            if PEERS in file.parents:
                continue
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.ClassDef) and any(map(_is_error, node.bases)):
                    yield _module(file), node.name


def _is_error(base: ast.expr) -> bool:
    name = ast.unparse(base).rpartition(".")[2]
    known = getattr(builtins, name, None)
    return name.endswith("Error") or (isinstance(known, type) and issubclass(known, BaseException))


def _module(file: Path) -> str:
    parts = file.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_every_error_is_a_request_or_an_operation_that_failed() -> None:
    found = [(module, name) for module, name in error_classes() if module != errors.__name__]
    assert ("adapters.flink", "FlinkError") in found
    assert ("simulators.errors", "OptionError") in found
    for module, name in found:
        kind = getattr(import_module(module), name)
        assert issubclass(kind, RequestError) != issubclass(kind, OperationError), (module, name)


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [(RequestError("ask [for] less"), 2), (OperationError("it [is] down"), 1)],
)
def test_the_kind_of_an_error_decides_the_exit_code(
    error: WattStreamError,
    exit_code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(main, "app", fail)
    with pytest.raises(SystemExit) as exit_:
        main.main()

    assert exit_.value.code == exit_code
    assert capsys.readouterr().err == f"error: {error}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("simulate --meters 0", "--meters is 0"),
        ("simulate --scenario nowhere", "there is no scenario nowhere"),
        ("recompute --from 2026-01-02 --to 2026-01-01", "give a --to after --from"),
        ("reset --all --keep-readings", "give one"),
        ("chaos --fault bad-luck", "--fault is 'bad-luck'"),
        ("chaos --resume --fault upgraded", "--resume goes on with --all"),
        ("bench sustained --lowest 20000 --highest 10000", "--highest is 10000"),
    ],
)
def test_what_cannot_be_carried_out_ends_with_two(
    arguments: str,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["wattstream", *arguments.split()])
    with pytest.raises(SystemExit) as exit_:
        main.main()

    assert exit_.value.code == 2
    assert message in capsys.readouterr().err


def test_a_service_that_is_down_ends_with_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WATTSTREAM_FLINK_REST_URL", "http://127.0.0.1:1")
    monkeypatch.setattr(sys, "argv", ["wattstream", "stop"])
    with pytest.raises(SystemExit) as exit_:
        main.main()

    assert exit_.value.code == 1
    assert "Flink does not answer at http://127.0.0.1:1" in capsys.readouterr().err
