"""The JVM parts: Maven resolves them, compiles the project's own and lays out class paths."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from contracts.settings import PROJECT, without_settings
from infra.errors import StackError
from infra.prerequisites import require_java_home
from infra.settings import StackSettings

POM = PROJECT / "infra" / "local" / "pom.xml"
JOBS_POM = PROJECT / "jobs" / "java" / "pom.xml"
"""What jobs have in Java."""
MODULES = ("kafka", "zookeeper", "cassandra", "connect", "s3", "flink")
HIVEMQ_POM = POM.parent / "hivemq" / "pom.xml"
"""Of the MQTT broker that is fetched where it is chosen."""
LOG_LINES = 20
WARNINGS_ONLY = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
"""To Maven; its own -q hides what the compiler warns of."""


def ensure(stack: StackSettings, console: Console) -> None:
    """Fill the class path folders, unless nothing that they are made of changed; that of HiveMQ if
    it is chosen.

    They are replaced at once when all of them are complete. A service that runs goes on with the
    jars that it has opened and finds new ones for the rest: `up` and `status` call it outdated,
    restart it.

    Raises:
        StackError: Maven failed; the message has the log's path and its last lines.
    """
    modules = (*_modules_of_jobs(), *(POM.parent / each for each in MODULES))
    parts = [path for each in MODULES for path in inputs(each)]
    _lay_out(POM, modules, parts, stack.jvm_dir(""), stack, console)
    if stack.mqtt_broker == "hivemq":
        modules = (HIVEMQ_POM.parent,)
        _lay_out(HIVEMQ_POM, modules, inputs_of_hivemq(), stack.hivemq_dir, stack, console)


def _lay_out(
    pom: Path,
    modules: Iterable[Path],
    made_of: Iterable[Path],
    folder: Path,
    stack: StackSettings,
    console: Console,
) -> None:
    """Put in the place of a folder what Maven makes of a pom, unless it is made of the same."""
    stamp, expected = folder / "stamp", _fingerprint(made_of)
    if stamp.exists() and stamp.read_text() == expected:
        return
    fresh = folder.with_name(f"{folder.name}.fresh")
    shutil.rmtree(fresh, ignore_errors=True)
    for module in modules:
        # Maven keeps there, and packs, what the sources had before, and notes that it has unpacked
        # an archive, which it does not do again, into whatever folder.
        shutil.rmtree(module / "target", ignore_errors=True)
    log = stack.log_dir / "maven.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    console.print(f"Maven resolves and builds the JVM parts; its log is {log}", soft_wrap=True)
    with console.status("Maven runs"), log.open("wb") as output:
        outcome = subprocess.run(
            [
                *("mvn", "-B", "-ntp", "-DskipTests", "-f", str(pom)),
                *(f"-Dclass.paths={fresh}", "package"),
            ],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if outcome.returncode != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES:])
        raise StackError(f"mvn failed, see {log}; its last lines:\n{tail}")
    (fresh / stamp.name).write_text(expected)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def test() -> None:
    """Run the tests of what jobs have in Java, with the Java that builds it.

    Raises:
        StackError: a test failed; Maven said which.
    """
    if exit_code := _maven(JOBS_POM, "-T", "2", "test"):
        raise StackError(f"mvn ended with exit code {exit_code}, see above")


def check() -> None:
    """Formatting of what is in Java, and lint of what jobs have of it.

    Raises:
        StackError: something is to be mended; Maven said what.
    """
    if any(_maven(pom, "spotless:check") for pom in (JOBS_POM, HIVEMQ_POM)):
        raise StackError("Java is not formatted as above; run `make format`")
    if _maven(JOBS_POM, "-Plint", "test-compile"):
        raise StackError("mend what the compiler or Error Prone warns of above")


def reformat() -> None:
    """Lay out what is in Java.

    Raises:
        StackError: a file is not Java; Maven said which.
    """
    for pom in (JOBS_POM, HIVEMQ_POM):
        if exit_code := _maven(pom, "spotless:apply"):
            raise StackError(f"mvn ended with exit code {exit_code}, see above")


def inputs(module: str) -> tuple[Path, ...]:
    """The files that decide what is in the class path of a module."""
    poms = (POM, POM.parent / module / "pom.xml")
    if module != "flink":
        return poms
    modules = _modules_of_jobs()
    return (*poms, JOBS_POM, *(own / "pom.xml" for own in modules), *_sources(modules))


def inputs_of_hivemq() -> tuple[Path, ...]:
    """The files that decide what is in the class path of HiveMQ."""
    return (JOBS_POM, HIVEMQ_POM, *_sources([HIVEMQ_POM.parent]))


def _sources(modules: Iterable[Path]) -> list[Path]:
    """What is compiled into what runs."""
    paths = (path for own in modules for path in (own / "src" / "main").rglob("*"))
    return sorted(path for path in paths if path.is_file())


def _modules_of_jobs() -> list[Path]:
    return sorted(pom.parent for pom in JOBS_POM.parent.glob("*/pom.xml"))


def _maven(pom: Path, *arguments: str) -> int:
    return subprocess.run(
        ["mvn", "-B", "-ntp", WARNINGS_ONLY, "-f", str(pom), *arguments],
        env=_environment(),
        stdin=subprocess.DEVNULL,
        check=False,
    ).returncode


def _environment() -> dict[str, str]:
    return {**without_settings(os.environ), "JAVA_HOME": str(require_java_home())}


def _fingerprint(made_of: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in made_of:
        digest.update(f"{path.relative_to(PROJECT)}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
