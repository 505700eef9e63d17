"""Processes that end without a word."""

import time

from chaos.fault import Fault, FaultError
from chaos.scene import Scene
from infra.local.flink.service import JOBMANAGER, TASKMANAGER
from infra.local.services import kept_alive

WORKER = "pyflink.fn_execution"
"""In the command line of a Python worker."""
NOTICED_S = 90.0
POLL_S = 0.5


def _kill_taskmanager(scene: Scene) -> str:
    scene.kill(TASKMANAGER)
    return ""


def _kill_python_worker(scene: Scene) -> str:
    workers = sorted(
        (
            process
            for process in scene.family(TASKMANAGER)
            if any(WORKER in argument for argument in process.cmdline())
        ),
        key=lambda process: process.pid,
    )
    before, deadline = scene.restores(), time.monotonic() + NOTICED_S
    scene.rng.choice(workers).kill()
    while scene.restores() == before:
        if time.monotonic() > deadline:
            raise FaultError(f"no job noticed within {NOTICED_S:.0f} s that its worker was dead")
        time.sleep(POLL_S)
    return f"one of {len(workers)} workers"


def _kill_jobmanager(scene: Scene) -> str:
    scene.kill(JOBMANAGER)
    return ""


def _kill_kafka(scene: Scene) -> str:
    scene.kill("kafka")
    return ""


def _kill_zookeeper(scene: Scene) -> str:
    scene.kill("zookeeper")
    return ""


def _kill_everything(scene: Scene) -> str:
    scene.kill(*kept_alive(scene.stack))
    return ""


FAULTS = (
    Fault(
        "taskmanager-killed",
        "Does a task manager that dies in mid-window cost or double a reading?",
        _kill_taskmanager,
    ),
    Fault(
        "python-worker-killed",
        "Are rows lost that a Python worker holds in its bundle when it dies?",
        _kill_python_worker,
        needs_jobs=True,
    ),
    Fault(
        "jobmanager-killed",
        "Do the jobs come back by themselves when the job manager has died?",
        _kill_jobmanager,
        needs_jobs=True,
    ),
    Fault(
        "zookeeper-killed",
        "Do jobs and leadership survive the death of what remembers them?",
        _kill_zookeeper,
        needs_jobs=True,
    ),
    Fault(
        "kafka-killed",
        "Is everything that Kafka acknowledged still there after it died, and written once?",
        _kill_kafka,
    ),
    Fault(
        "everything-killed",
        "Does the whole platform come back when every process died at once?",
        _kill_everything,
    ),
)
