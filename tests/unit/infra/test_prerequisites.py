"""Installing packages starts no service, and leaves the system's policy as it was."""

from pathlib import Path

import pytest

from infra import prerequisites


@pytest.fixture
def policy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the policy is looked for in these tests."""
    path = tmp_path / "policy-rc.d"
    monkeypatch.setattr(prerequisites, "POLICY", path)
    return path


def test_the_policy_says_no_and_is_gone_even_after_a_failure(policy: Path) -> None:
    with pytest.raises(InterruptedError), prerequisites.services_kept_from_starting():
        text, mode = policy.read_text(), policy.stat().st_mode
        raise InterruptedError

    assert text == "#!/bin/sh\nexit 101\n"
    assert mode & 0o111 == 0o111
    assert not policy.exists()


def test_an_administrators_policy_stays(policy: Path) -> None:
    policy.write_text("theirs")

    with prerequisites.services_kept_from_starting():
        assert policy.read_text() == "theirs"

    assert policy.read_text() == "theirs"


def test_a_build_needs_no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    assert "redis-server" in prerequisites.missing(tuple(prerequisites.DEBIAN_PACKAGES))
    assert set(prerequisites.missing(prerequisites.BUILD)) - {"java"} == {"mvn"}


def _java(folder: Path, *programs: str) -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "release").write_text('JAVA_VERSION="17.0.15"\n')
    for program in programs:
        (folder / "bin" / program).touch()
    return folder


def test_a_java_without_its_compiler_runs_and_does_not_build(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = _java(tmp_path / "jre", "java")
    monkeypatch.setattr(prerequisites, "_homes", lambda program: _with(program, [home]))

    assert prerequisites.java_home() is None
    assert prerequisites.require_java_runtime() == home
    assert prerequisites.missing(prerequisites.JAVA_RUNTIME) == []
    assert prerequisites.missing(("java",)) == ["java"]


def test_a_java_with_its_compiler_goes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    jre, jdk = _java(tmp_path / "jre", "java"), _java(tmp_path / "jdk", "java", "javac")
    monkeypatch.setattr(prerequisites, "_homes", lambda program: _with(program, [jre, jdk]))

    assert prerequisites.require_java_runtime() == prerequisites.require_java_home() == jdk


def _with(program: str, homes: list[Path]) -> list[Path]:
    return [home for home in homes if (home / "bin" / program).exists()]
