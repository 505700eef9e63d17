"""What operators do: upgrade a job, and run it wider or narrower."""

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chaos.fault import Fault
from chaos.recovery import wait_until_recovered
from chaos.scene import Scene
from contracts.settings import PROJECT

JOBS = ("jobs", "detection", "adapters", "contracts")
"""What the jobs are made of."""
CODE = (*JOBS, ":(exclude)*.md")
NEW_STATE = "Savepoints: start anew"
"""A line of a commit's message that begins with this says that its jobs cannot go on from the state
of those before."""


@contextmanager
def _previous_jobs(scene: Scene) -> Iterator[None]:
    """Begin with the jobs of the commit before."""
    previous = _previous()
    if previous is None:
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        packed = _git("archive", previous, *JOBS)
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(folder, filter="data")
        scene.project = Path(folder)
        yield


def _upgrade(scene: Scene) -> str:
    previous = _previous()
    scene.resubmit()
    if previous is None:
        return "no earlier jobs whose state fits are at hand; only resubmitted"
    return f"from the jobs of {_git('rev-parse', '--short', previous).decode().strip()} to these"


def _previous() -> str | None:
    """The newest commit whose jobs differ from those of the working tree; None if savepoints start
    anew in between, or it is not in this clone."""
    if _git("status", "--porcelain", "--", *CODE):
        return "HEAD"
    last = _git("log", "-1", "--format=%H", "--", *CODE).decode().strip()
    message = _git("log", "-1", "--format=%B", last).decode()
    if any(line.startswith(NEW_STATE) for line in message.splitlines()):
        return None
    # A shallow clone has no parents.
    return (
        _git("rev-list", "--skip=1", "--max-count=1", "--first-parent", last).decode().strip()
        or None
    )


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=PROJECT, check=True, capture_output=True).stdout


def _rescale(scene: Scene) -> str:
    for parallelism in scene.size.parallelisms:
        scene.resubmit(parallelism)
        wait_until_recovered(scene)
    return f"to {' and '.join(map(str, scene.size.parallelisms))} parallel instances"


FAULTS = (
    Fault(
        "upgraded",
        "Does a savepoint of the previous commit's jobs carry over to these?",
        _upgrade,
        _previous_jobs,
        needs_jobs=True,
    ),
    Fault(
        "rescaled",
        "Does every window find its state again when the parallelism changes?",
        _rescale,
        needs_jobs=True,
    ),
)
