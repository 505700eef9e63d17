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
