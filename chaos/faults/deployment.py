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

PREVIOUS = "HEAD~1"


@contextmanager
def _previous_jobs(scene: Scene) -> Iterator[None]:
    """Begin with the jobs of the commit before."""
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(
            ["git", "archive", PREVIOUS, "jobs", "contracts"],
            cwd=PROJECT,
            check=True,
            capture_output=True,
        ).stdout
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(folder, filter="data")
        scene.project = Path(folder)
        yield


def _upgrade(scene: Scene) -> str:
    scene.resubmit()
    return f"from the jobs of {PREVIOUS} to those of the working tree"


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
