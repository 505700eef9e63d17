"""Copies of the project that are broken on purpose, and which of their tests find it."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from contracts.settings import PROJECT, without_settings


class Break(NamedTuple):
    """A passage that is replaced, and the test that finds it."""

    name: str
    file: Path
    right: str
    wrong: str
    found_by: str
    """`path::name` of a test in Python, `Class#method` of one in Java."""


def of_name(breaks: Sequence[Break]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("given", breaks, ids=[each.name for each in breaks])


def is_there(given: Break, tests: Path) -> bool:
    """Whether the passage is there, once, and a file of tests has the one that finds it."""
    once = (PROJECT / given.file).read_text().count(given.right) == 1
    _, _, name = re.split("(::|#)", given.found_by)
    return once and re.search(rf"\b{name}\(", tests.read_text()) is not None


def break_in(folder: Path, given: Break) -> None:
    """Replace the passage in a copy."""
    path = folder / given.file
    path.write_text(path.read_text().replace(given.right, given.wrong))


def copy_of_python(folder: Path) -> Path:
    """Copy what is Python into a folder, with its tests."""
    about = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    packages = about["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    for package in (*packages, "tests"):
        shutil.copytree(
            PROJECT / package,
            folder / package,
            ignore=shutil.ignore_patterns("java", "__pycache__"),
        )
    shutil.copy(PROJECT / "pyproject.toml", folder)
    return folder


def failed(folder: Path, *tests: str) -> set[str]:
    """Names of those of the tests that fail in a copy, without parameters; all of them ran."""
    report = folder / "report.xml"
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("--hypothesis-profile", "all"),
            *(f"--junit-xml={report}", *tests),
        ],
        cwd=folder,
        env=without_settings(os.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    ran = list(ElementTree.parse(report).iter("testcase")) if report.exists() else []
    assert len(ran) >= len(set(tests)), run.stdout + run.stderr
    assert not any(each.find("error") is not None for each in ran), run.stdout
    return {
        str(each.get("name")).partition("[")[0] for each in ran if each.find("failure") is not None
    }
