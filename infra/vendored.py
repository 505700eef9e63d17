"""What others wrote and the API's page needs: packages of npm, a few files of each, in the project.

Users need no Node: only who makes the files again does (`python -m infra vendor`).
"""

import hashlib
import re
import shutil
import subprocess
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from contracts.settings import PROJECT
from infra.errors import StackError

VENDOR = PROJECT / "services" / "api" / "web" / "vendor"
SUMS = "SHA256SUMS"

_MAP = re.compile(rb"//# sourceMappingURL=\S*\n?$")
"""The address of a source map, which is not among the files."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package of npm, and which of its files become which of ours."""

    name: str
    version: str
    licence: str
    files: dict[str, str]
    ends: dict[str, str] = field(default_factory=dict)
    """What is added to one of ours: what a script that knows no modules exports."""


def packages() -> list[Package]:
    """All of them, as `vendor.toml` lists them."""
    with (VENDOR / "vendor.toml").open("rb") as file:
        return [Package(**each) for each in tomllib.load(file)["package"]]


def fetch() -> None:
    """Fetch every package from npm, lay out its files, and write what they must add up to.

    Raises:
        StackError: npm is not there, a package cannot be had, or one has no such file.
    """
    if shutil.which("npm") is None:
        raise StackError("npm is not there; install Node, which only `vendor` needs")
    for package in packages():
        _fetch(package)
    lines = [f"{digest(name)}  {name}\n" for each in packages() for name in sorted(each.files)]
    (VENDOR / SUMS).write_text("".join(lines))


def expected() -> dict[str, str]:
    """The SHA-256 of every file, as it was when it was fetched."""
    pairs = [line.split("  ") for line in (VENDOR / SUMS).read_text().splitlines()]
    return {name: found for found, name in pairs}


def digest(name: str) -> str:
    """The SHA-256 of a file as it is."""
    return hashlib.sha256((VENDOR / name).read_bytes()).hexdigest()


def _fetch(package: Package) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = ("npm", "pack", "--silent", f"{package.name}@{package.version}")
        packed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if packed.returncode != 0:
            said = packed.stderr.strip()
            raise StackError(f"npm has no {package.name}@{package.version}: {said}")
        with tarfile.open(Path(folder) / packed.stdout.strip().splitlines()[-1]) as archive:
            for ours, theirs in package.files.items():
                try:
                    file = archive.extractfile(f"package/{theirs}")
                except KeyError:
                    file = None
                if file is None:
                    raise StackError(f"{package.name}@{package.version} has no file {theirs}")
                target = VENDOR / ours
                target.parent.mkdir(parents=True, exist_ok=True)
                content = _MAP.sub(b"", file.read())
                target.write_bytes(content + package.ends.get(ours, "").encode())
