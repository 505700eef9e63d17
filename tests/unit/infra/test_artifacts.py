"""JVM parts that are built anew, by a Maven that notes in `target` what it has unpacked once."""

import os
from pathlib import Path

import pytest
from rich.console import Console

from infra import artifacts
from infra.settings import StackSettings

MAVEN = """#!/bin/sh
for argument in "$@"; do
  case $argument in
    -Dclass.paths=*) to=${argument#*=} ;;
    */pom.xml) from=${argument%/*} ;;
  esac
done
mkdir -p "$to/plugins" "$from/connect/target"
[ -e "$from/connect/target/unpacked" ] || touch "$to/plugins/connector.jar"
touch "$from/connect/target/unpacked"
"""


def test_parts_that_are_built_again_are_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stack = StackSettings(local_dir=tmp_path / "local", mqtt_broker="mosquitto")
    maven = tmp_path / "bin" / "mvn"
    module = tmp_path / "stack" / "connect"
    for folder in (maven.parent, module, tmp_path / "jobs"):
        folder.mkdir(parents=True)
    maven.write_text(MAVEN)
    maven.chmod(0o755)
    pom = module / "pom.xml"
    (module.parent / "pom.xml").touch()
    monkeypatch.setattr(artifacts, "PROJECT", tmp_path)
    monkeypatch.setattr(artifacts, "POM", module.parent / "pom.xml")
    monkeypatch.setattr(artifacts, "JOBS_POM", tmp_path / "jobs" / "pom.xml")
    monkeypatch.setattr(artifacts, "MODULES", ("connect",))
    monkeypatch.setattr(artifacts, "HIVEMQ_POM", module.parent / "hivemq" / "pom.xml")
    monkeypatch.setenv("PATH", f"{maven.parent}{os.pathsep}{os.environ['PATH']}")
    for version in ("<version>1</version>", "<version>2</version>"):
        pom.write_text(version)
        artifacts.ensure(stack, Console(quiet=True))
        assert [each.name for each in stack.jvm_dir("plugins").iterdir()] == ["connector.jar"]

    # Which is fetched where it is chosen, and beside the others.
    assert not stack.hivemq_dir.exists()
    (module.parent / "hivemq").mkdir()
    for each in (artifacts.HIVEMQ_POM, artifacts.JOBS_POM):
        each.touch()
    jars = {path: path.stat().st_mtime_ns for path in stack.jvm_dir("").rglob("*")}
    artifacts.ensure(stack.model_copy(update={"mqtt_broker": "hivemq"}), Console(quiet=True))
    assert (stack.hivemq_dir / "stamp").exists()
    assert jars == {path: path.stat().st_mtime_ns for path in stack.jvm_dir("").rglob("*")}
