"""Who may use whom: the floors of docs/design.md, read off the imports of Python and Java."""

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from contracts.settings import PROJECT

FLOORS: dict[str, tuple[str, ...]] = {
    "contracts": (),
    "adapters": ("contracts",),
    "detection": ("contracts", "adapters"),
    "exchange": ("contracts", "adapters"),
    "billing": ("contracts",),
    "jobs": ("contracts", "adapters", "detection"),
    "simulators": ("contracts", "adapters"),
    "infra": ("contracts", "adapters"),
    "services": ("contracts", "adapters", "detection", "billing"),
    "verification": ("contracts", "adapters", "infra", "billing"),
    "chaos": ("contracts", "adapters", "simulators", "infra", "verification", "billing"),
    "benchmarks": (
        *("contracts", "adapters", "jobs", "simulators", "infra", "services", "verification"),
        *("detection", "exchange", "billing"),
    ),
    "wattstream": (
        *("contracts", "adapters", "simulators", "infra", "services", "verification"),
        *("detection", "exchange", "billing", "chaos", "benchmarks"),
    ),
}
"""What each package may import, besides itself."""

OUTSIDE_OF_CONTRACTS = {"msgspec", "orjson", "pyarrow", "pydantic", "pydantic_settings"}
"""Libraries that contracts may use: they describe and encode, and open neither file nor socket."""

STANDARD_LIBRARY_WITH_IO = {
    *("asyncio", "http", "multiprocessing", "os", "shutil", "socket", "sqlite3", "ssl"),
    *("subprocess", "tempfile", "threading", "urllib.request"),
}

ORACLE = ("verification.billing", "verification.oracle", "verification.rows", "verification.errors")
"""What the oracle may use beside contracts: of the jobs and of what they are made of nothing."""

SCRIPTS = PROJECT / "benchmarks" / "peers"
"""Programs with dependencies of their own, run as files."""

JAVA = PROJECT / "jobs" / "java"
READINGS = "io.wattstream.readings"
JAVA_FLOORS: dict[str, tuple[str, ...]] = {
    f"{READINGS}.decoding": (),
    f"{READINGS}.records": (f"{READINGS}.decoding",),
    f"{READINGS}.windows": (),
    f"{READINGS}.ledger": (f"{READINGS}.windows",),
    READINGS: tuple(
        f"{READINGS}.{below}" for below in ("decoding", "records", "windows", "ledger")
    ),
    "io.wattstream.archive": (),
}
"""What each Java package may import, besides itself; none uses one that stands below it here."""


class Import(NamedTuple):
    """A file of a module, or of a Java package, uses another one."""

    file: Path
    user: str
    used: str


def modules() -> dict[str, Path]:
    """The project's Python files by their module's name."""
    paths = (
        path
        for package in FLOORS
        for path in (PROJECT / package).rglob("*.py")
        if not path.is_relative_to(SCRIPTS)
    )
    return {
        ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in paths
    }


def imported(path: Path) -> Iterator[str]:
    """Names of all that a file imports, wherever it does."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: import {node.module} by its whole name"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def imports(known: Mapping[str, Path]) -> list[Import]:
    """Every use of one of the project's modules by another."""
    found = []
    for user, path in known.items():
        for name in imported(path):
            used = name if name in known else name.rpartition(".")[0]
            if used in known and used != user:
                found.append(Import(path, user, used))
    return found


def java_imports() -> list[Import]:
    """Every use of a class of one of the project's Java packages by a file of another; `used` is
    the class with its package."""
    found = []
    for path in JAVA.rglob("src/*/java/**/*.java"):
        text = path.read_text()
        package = re.search(r"^package ([\w.]+);", text, re.MULTILINE)
        assert package is not None, f"{path} has no package"
        classes = re.findall(r"\b(io\.wattstream[a-z.]*\.(?:[A-Z]\w*|\*))", text)
        found += [
            Import(path, package[1], used)
            for used in classes
            if used.rpartition(".")[0] != package[1]
        ]
    return found


def circle(edges: Iterable[tuple[str, str]]) -> list[str]:
    """A way along the edges that ends where it began; empty without one."""
    following: dict[str, set[str]] = {}
    for user, used in edges:
        following.setdefault(user, set()).add(used)
    done: set[str] = set()
    for start in sorted(following):
        way = [start]
        while way:
            left = sorted(following.get(way[-1], set()) - done)
            if not left:
                done.add(way.pop())
            elif left[0] in way:
                return [*way[way.index(left[0]) :], left[0]]
            else:
                way.append(left[0])
    return []


def told(each: Import, known: Mapping[str, Path]) -> str:
    """The names of both files."""
    return f"{each.file.relative_to(PROJECT)} uses {known[each.used].relative_to(PROJECT)}"


@pytest.fixture(scope="module")
def known() -> dict[str, Path]:
    return modules()


@pytest.fixture(scope="module")
def uses(known: dict[str, Path]) -> list[Import]:
    found = imports(known)
    assert len(found) > len(known)
    return found


def test_every_package_has_its_floor() -> None:
    packages = {path.parent.name for path in PROJECT.glob("*/__init__.py")} - {"tests"}
    assert packages == set(FLOORS)


def test_nobody_uses_what_stands_above(known: dict[str, Path], uses: list[Import]) -> None:
    wrong = [
        told(each, known)
        for each in uses
        for user, used in [(each.user.split(".")[0], each.used.split(".")[0])]
        if used != user and used not in FLOORS[user]
    ]
    assert not wrong, "\n".join(wrong)


def test_no_module_uses_itself_by_a_detour(known: dict[str, Path], uses: list[Import]) -> None:
    way = circle((each.user, each.used) for each in uses)
    assert not way, " uses ".join(str(known[each].relative_to(PROJECT)) for each in way)


def test_contracts_open_neither_files_nor_connections(known: dict[str, Path]) -> None:
    for module, path in known.items():
        if module.startswith("contracts"):
            used = set(imported(path))
            harmless = {"contracts"} | OUTSIDE_OF_CONTRACTS | sys.stdlib_module_names
            strange = {name for name in used if name.split(".")[0] not in harmless}
            strange |= {
                name
                for name in used
                for io in STANDARD_LIBRARY_WITH_IO
                if name == io or name.startswith(f"{io}.")
            }
            assert not strange, f"{path.relative_to(PROJECT)} uses {', '.join(sorted(strange))}"


def test_the_oracle_shares_nothing_with_the_jobs(
    known: dict[str, Path], uses: list[Import]
) -> None:
    wrong = [
        told(each, known)
        for each in uses
        if each.user.startswith(ORACLE) and not each.used.startswith(("contracts", *ORACLE))
    ]
    assert not wrong, "\n".join(wrong)


def test_java_packages_use_only_what_stands_below_them() -> None:
    found = java_imports()
    wrong = [
        f"{each.file.relative_to(PROJECT)} uses {java_file(each.used)}"
        for each in found
        if each.used.rpartition(".")[0] not in JAVA_FLOORS[each.user]
    ]
    assert not wrong, "\n".join(wrong)
    assert not circle((user, used) for user, may in JAVA_FLOORS.items() for used in may)
    # Nothing would be wrong if nothing were found.
    assert {each.user for each in found} == {user for user, may in JAVA_FLOORS.items() if may}


def java_file(used: str) -> Path:
    """Where a class is; its package's folder if it is a class of another file."""
    parts = used.split(".")
    (folder,) = JAVA.glob(f"*/src/main/java/{'/'.join(parts[:-1])}")
    path = folder / f"{parts[-1]}.java"
    return (path if path.exists() else folder).relative_to(PROJECT)


@pytest.mark.parametrize(
    ("edges", "way"),
    [
        ([], []),
        ([("a", "b"), ("b", "c"), ("a", "c")], []),
        ([("a", "b"), ("b", "a")], ["a", "b", "a"]),
        ([("a", "b"), ("b", "c"), ("c", "d"), ("d", "b")], ["b", "c", "d", "b"]),
    ],
)
def test_a_circle_is_found(edges: list[tuple[str, str]], way: list[str]) -> None:
    assert circle(edges) == way


def test_the_design_says_the_same() -> None:
    design = (PROJECT / "docs" / "design.md").read_text()
    rows = re.findall(r"^\| `(\w+)/` \|[^|]*\| (.*) \|$", design, re.MULTILINE)
    assert {name: tuple(re.findall(r"`(\w+)`", may)) for name, may in rows} == FLOORS
