"""What is needed of the system: Java 17 with its compiler, Maven, Redis, PostgreSQL and Mosquitto;
of a stack that is watched, and of tests, Prometheus; of tests Chromium."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from contracts.settings import without_settings
from infra.errors import StackError

JAVA_MAJOR = 17
"""Cassandra 5.0 runs on Java 11 and 17 only, Flink 2 on 17 and later."""

DEBIAN_POSTGRES = Path("/usr/lib/postgresql/15/bin")

APT_LOCK_S = 300
"""How long apt-get waits for another one: a fresh machine's own updates take minutes."""

POLICY = Path("/usr/sbin/policy-rc.d")
"""What Debian asks whether an installed service may start; 101 means no."""

DEBIAN_PACKAGES = {
    "java": "openjdk-17-jdk-headless",
    "mvn": "maven",
    "redis-server": "redis-server",
    "postgres": "postgresql-15",
    "mosquitto": "mosquitto",
    "prometheus": "prometheus",
    "chromium": "chromium",
    "java-runtime": "openjdk-17-jre-headless",
}
RUNS = ("java", "mvn", "redis-server", "postgres", "mosquitto")
"""What the stack needs."""
WATCHES = ("prometheus",)
"""What a stack that is watched needs besides."""
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

BUILD = ("java", "mvn")
"""What is enough to build what jobs have in Java."""

JAVA_RUNTIME = ("java-runtime",)
"""What is enough to run what was built: Java without its compiler."""


def ensure(console: Console, needed: Sequence[str] = RUNS) -> None:
    """Find all that is needed, or as root on Debian install what is missing.

    Raises:
        StackError: something is missing and cannot be installed from here.
    """
    absent = missing(needed)
    if not absent:
        return
    packages = [DEBIAN_PACKAGES[name] for name in absent]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        console.print(f"Installing {' '.join(packages)}")
        _install(packages)
        absent = missing(needed)
    if absent:
        raise StackError(
            f"missing: {', '.join(absent)}; install {' '.join(packages)} (the Debian names), "
            f"with java and javac {JAVA_MAJOR} on PATH or in JAVA_HOME, and a Chromium, which only "
            "tests need, on PATH or in CHROMIUM"
        )


def _install(packages: Sequence[str]) -> None:
    # An index that cannot be refreshed may still do.
    _apt_get("update")
    # The stack runs its own Redis, PostgreSQL and Mosquitto on its own ports.
    with services_kept_from_starting():
        exit_code = _apt_get("install", "--no-install-recommends", *packages)
    if exit_code != 0:
        raise StackError(
            f"`apt-get install {' '.join(packages)}` failed with exit code {exit_code}, see above; "
            "mend that, or install the packages yourself"
        )


def _apt_get(*arguments: str) -> int:
    options = ("-y", "-q", "-o", "Dpkg::Use-Pty=0", "-o", f"DPkg::Lock::Timeout={APT_LOCK_S}")
    outcome = subprocess.run(
        ["apt-get", *options, *arguments],
        check=False,
        env={**without_settings(os.environ), "DEBIAN_FRONTEND": "noninteractive"},
        stdout=subprocess.DEVNULL,
    )
    return outcome.returncode


@contextmanager
def services_kept_from_starting() -> Iterator[None]:
    """Have Debian start no service that is installed meanwhile; an administrator's own policy
    stays in force."""
    if POLICY.exists():
        yield
        return
    try:
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
        yield
    finally:
        POLICY.unlink(missing_ok=True)


def missing(needed: Sequence[str]) -> list[str]:
    """What of it is not there, each by the name of its program."""
    return [name for name in needed if not _is_there(name)]


def _is_there(name: str) -> bool:
    match name:
        case "java":
            return java_home() is not None
        case "java-runtime":
            return java_runtime() is not None
        case "postgres":
            return postgres_programs() is not None
        case "chromium":
            return chromium() is not None
        case "mosquitto":
            return mosquitto() is not None
        case _:
            return shutil.which(name) is not None


def chromium() -> str | None:
    """A Chromium for the tests of the page: CHROMIUM, or of that name on PATH."""
    if given := os.environ.get("CHROMIUM"):
        return given
    return next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)


def mosquitto() -> str | None:
    """The MQTT broker: on PATH, or in Debian's folder, which is on root's alone."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")


def postgres_programs() -> Path | None:
    """Where `postgres` and `initdb` are: in Debian's folder, else on PATH."""
    if (DEBIAN_POSTGRES / "postgres").exists():
        return DEBIAN_POSTGRES
    found = shutil.which("postgres")
    return None if found is None else Path(found).resolve().parent


def require_postgres() -> Path:
    """As `postgres_programs`.

    Raises:
        StackError: they are not there.
    """
    programs = postgres_programs()
    if programs is None:
        raise StackError("missing: postgres; run `make setup`")
    return programs


def java_home() -> Path | None:
    """Home of a Java 17 that has a compiler: JAVA_HOME, else PATH, else Debian's folder."""
    return next((home for home in _homes("javac") if _major(home) == JAVA_MAJOR), None)


def require_java_home() -> Path:
    """As `java_home`.

    Raises:
        StackError: there is none.
    """
    home = java_home()
    if home is None:
        raise StackError(f"missing: java {JAVA_MAJOR} with javac; run `make setup`")
    return home


def java_runtime() -> Path | None:
    """Home of a Java 17, with a compiler or without one, as images have it."""
    return java_home() or next(
        (home for home in _homes("java") if _major(home) == JAVA_MAJOR), None
    )


def require_java_runtime() -> Path:
    """As `java_runtime`.

    Raises:
        StackError: there is none.
    """
    home = java_runtime()
    if home is None:
        raise StackError(f"missing: java {JAVA_MAJOR}; run `make setup`")
    return home


def _homes(program: str) -> Iterator[Path]:
    """Those that have the program."""
    candidates = [Path(home)] if (home := os.environ.get("JAVA_HOME")) else []
    if found := shutil.which(program):
        candidates.append(Path(found).resolve().parent.parent)
    candidates += sorted(Path("/usr/lib/jvm").glob(f"*{JAVA_MAJOR}*"))
    yield from (home for home in candidates if (home / "bin" / program).exists())


def _major(home: Path) -> int | None:
    release = home / "release"
    if not release.is_file():
        return None
    version = re.search(r'^JAVA_VERSION="(\d+)', release.read_text(), re.MULTILINE)
    return int(version[1]) if version else None
