"""Disks that are full, and files that are rewritten while they are read."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.flink import FlinkRest
from chaos.fault import Fault, FaultError
from chaos.scene import Scene
from contracts.jobs import JOBS
from infra.settings import flink_state_dirs

DISK_BYTES = 64 * 2**20
"""Room for the checkpoints of a round."""
DISK_FULL = "No space left on device"
FILLER = "filler"
UNFINISHED = "event_date=*/.compacting-*"
"""Files that a compaction is writing."""
ATTEMPTS = 4
POLL_S = 1.0


@contextmanager
def _small_checkpoint_disk(scene: Scene) -> Iterator[None]:
    """Mount a small file system where the namespace's checkpoints go; needs root."""
    checkpoints, _ = flink_state_dirs(scene.settings)
    checkpoints.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(checkpoints))
    try:
        yield
    finally:
        # Lazily: a checkpoint may be under way.
        _run("umount", "--lazy", str(checkpoints))


def _fill_checkpoint_disk(scene: Scene) -> str:
    checkpoints, _ = flink_state_dirs(scene.settings)
    filler = checkpoints / FILLER
    before = _failed_checkpoints(scene)
    try:
        with filler.open("wb", buffering=0) as file:
            until = time.monotonic() + scene.size.held_s
            while time.monotonic() < until:
                # Again and again: a failed checkpoint gives back what it had taken.
                _fill(file.fileno())
                time.sleep(POLL_S)
        failed = _failed_checkpoints(scene) - before
    finally:
        filler.unlink()
    if failed <= 0:
        raise FaultError("no checkpoint failed while the disk was full")
    _see_that_none_failed_for_it(scene)
    return f"full for {scene.size.held_s:.0f} s, {failed} checkpoints failed"


def _fill(file: int) -> None:
    size = 2**20
    while size:
        try:
            os.write(file, bytes(size))
        except OSError:
            size //= 2


def _failed_checkpoints(scene: Scene) -> int:
    with FlinkRest(scene.settings) as rest:
        ids = [rest.running(scene.settings.job_name(job)) for job in JOBS]
        return sum(rest.get(f"/jobs/{each}/checkpoints")["counts"]["failed"] for each in ids)


def _see_that_none_failed_for_it(scene: Scene) -> None:
    with FlinkRest(scene.settings) as rest:
        for job in JOBS:
            job_id = rest.running(scene.settings.job_name(job))
            history = rest.get(f"/jobs/{job_id}/exceptions")["exceptionHistory"]["entries"]
            if any(DISK_FULL in str(entry["stacktrace"]) for entry in history):
                raise FaultError(f"{job} failed for a checkpoint that could not be written")


def _kill_compaction(scene: Scene) -> str:
    """Compact while the cold job writes, killed once on the way, then to the end."""
    program = Path(sys.executable).with_name("wattstream")
    command = [str(program), "compact", "--namespace", scene.settings.namespace]
    for _ in range(ATTEMPTS):
        compaction = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while compaction.poll() is None:
            if any(scene.settings.archive_dir.glob(UNFINISHED)):
                compaction.kill()
                compaction.wait()
                _run(*command)
                return ""
        # Too quick, or nothing to merge: more comes with the next checkpoint.
        scene.pause(10, 12)
    raise FaultError(f"none of {ATTEMPTS} compactions could be caught at work")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


FAULTS = (
    Fault(
        "checkpoint-disk-full",
        "Does the flow go on, and lose nothing, while no checkpoint can be written?",
        _fill_checkpoint_disk,
        _small_checkpoint_disk,
        needs_jobs=True,
        needs_root=True,
    ),
    Fault(
        "compaction-killed",
        "Does a compaction that dies leave every archived reading there once?",
        _kill_compaction,
    ),
)
