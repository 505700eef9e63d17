"""The images: linted, of few things, nobody's root, and of the lists that the local stack has."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from contracts.settings import PROJECT
from infra.deploy.dockerfile import Copy, Run, stages
from infra.deploy.try_images import DOCKERFILE, IGNORED, TRIES, context
from infra.errors import StackError

IMAGES = tuple(TRIES)
STAGES = stages(DOCKERFILE.read_text())


def test_hadolint_finds_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    found = subprocess.run((hadolint, DOCKERFILE), capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_is_nobodys_root_by_number(name: str) -> None:
    """Kubernetes cannot tell of a name whether it is root."""
    assert STAGES[name].user == "9999:9999"


def _needed(name: str) -> set[str]:
    stage = STAGES.get(name)
    return set() if stage is None else {name} | _needed(stage.begins_with)


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_stands_on_no_stage_that_builds(name: str) -> None:
    assert "build" not in _needed(name)


def test_packages_are_installed_by_the_lists_alone() -> None:
    commands = " ".join(
        step.command
        for stage in STAGES.values()
        for step, *_ in stage.steps
        if isinstance(step, Run)
    )
    for word in ("apt-get", "apt ", "pip install", "curl", "wget"):
        assert word not in commands
    for script in ("infra/setup.sh", "uv sync --frozen", "infra parts", "infra java"):
        assert script in commands


def test_the_context_has_the_packages_and_what_they_are_installed_by() -> None:
    build = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    packages = set(build["targets"]["wheel"]["packages"])
    taken = {line[1:] for line in IGNORED.read_text().splitlines() if line.startswith("!")}
    assert taken == packages | {"LICENSE", "README.md", "pyproject.toml", "uv.lock"}


def test_the_context_has_neither_what_was_built_nor_settings(tmp_path: Path) -> None:
    for name in (
        "infra/a.py",
        "infra/.env",
        "infra/__pycache__/a.pyc",
        "jobs/java/readings/target/a.class",
        "jobs/java/readings/pom.xml",
        "tests/test_a.py",
        ".env",
        "uv.lock",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    found = {
        str(each.relative_to(tmp_path)) for each in context(tmp_path, IGNORED.read_text(), ".")
    }

    assert found == {"infra/a.py", "jobs/java/readings/pom.xml", "uv.lock"}


def test_a_stage_inherits_and_goes_its_own_way() -> None:
    made = stages(
        "ARG BASE\n"
        "FROM ${BASE} AS a\n"
        "ENV X=1 \\\n    Y='2 3'\n"
        "# a comment\n"
        "USER 9:9\n"
        "FROM a AS b\n"
        "ENV X=4\n"
        "COPY --from=a /x y\n"
        "RUN --mount=type=cache,target=/c,sharing=locked do \\\n    it\n"
    )

    assert made["a"].environment == {"X": "1", "Y": "2 3"}
    assert made["b"].environment == {"X": "4", "Y": "2 3"}
    assert [step for step, *_ in made["b"].steps] == [
        Copy(("/x",), "y", "a"),
        Run("do it", ("/c",)),
    ]
    assert made["b"].steps[0][2] == "9:9"


def test_an_instruction_that_nobody_tries_is_told() -> None:
    with pytest.raises(StackError, match="ONBUILD is no instruction"):
        stages("FROM x AS a\nONBUILD RUN y\n")
