"""What the stack needs from the system: Java 17 with its compiler, Maven, Redis."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from infra.errors import StackError

JAVA_MAJOR = 17
"""Cassandra 5.0 runs on Java 11 and 17 only, Flink 2 on 17 and later."""

DEBIAN_PACKAGES = {
    "java": "openjdk-17-jdk-headless",
    "mvn": "maven",
    "redis-server": "redis-server",
}


def ensure(console: Console) -> None:
    """Find everything, or as root on Debian install what is missing.

    Raises:
        StackError: something is missing and cannot be installed from here.
    """
    absent = missing()
    if not absent:
        return
    packages = [DEBIAN_PACKAGES[name] for name in absent]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        console.print(f"Installing {' '.join(packages)}")
        apt = ["apt-get", "-y", "-q", "-o", "Dpkg::Use-Pty=0"]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run([*apt, "update"], check=False, env=environment, stdout=subprocess.DEVNULL)
        subprocess.run(
            [*apt, "install", "--no-install-recommends", *packages],
            check=False,
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        absent = missing()
    if absent:
        raise StackError(
            f"missing: {', '.join(absent)}; install {' '.join(packages)} (the Debian names), "
            f"with java and javac {JAVA_MAJOR} on PATH or in JAVA_HOME"
        )


def missing() -> list[str]:
    """What is not there, each by the name of its program."""
    absent = [] if java_home() else ["java"]
    return absent + [name for name in ("mvn", "redis-server") if shutil.which(name) is None]


def java_home() -> Path | None:
    """Home of a Java 17 that has a compiler: JAVA_HOME, else PATH, else Debian's folder."""
    return next((home for home in _homes() if _major(home) == JAVA_MAJOR), None)


def require_java_home() -> Path:
    """As `java_home`.

    Raises:
        StackError: there is none.
    """
    home = java_home()
    if home is None:
        raise StackError(f"missing: java {JAVA_MAJOR} with javac; run `make setup`")
    return home


def _homes() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home)
    if compiler := shutil.which("javac"):
        yield Path(compiler).resolve().parent.parent
    yield from sorted(Path("/usr/lib/jvm").glob(f"*{JAVA_MAJOR}*"))


def _major(home: Path) -> int | None:
    release = home / "release"
    if not release.is_file() or not (home / "bin" / "javac").exists():
        return None
    version = re.search(r'^JAVA_VERSION="(\d+)', release.read_text(), re.MULTILINE)
    return int(version[1]) if version else None
