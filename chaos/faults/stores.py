"""Stores that die, lose their memory, go away or get slow."""

import shutil
import signal
import time

from chaos.fault import Fault
from chaos.scene import SILENT, Scene
from infra.flink.service import TASKMANAGER
from infra.settings import stack_data_dir
from wattstream.batch import rebuild_live

PERIOD_S = 1.0
"""Of throttling: Cassandra runs for a part of each."""
RUNNING_SHARE = 0.1


def _kill_redis(scene: Scene) -> str:
    scene.kill("redis")
    return ""


def _empty_redis(scene: Scene) -> str:
    scene.stop("redis")
    scene.pause(1, 5)
    shutil.rmtree(stack_data_dir(scene.settings) / "redis")
    scene.start("redis")
    begun = time.monotonic()
    rebuild_live(scene.settings, 0, SILENT)
    return f"live state rebuilt from the archive in {time.monotonic() - begun:.0f} s"


def _kill_cassandra(scene: Scene) -> str:
    scene.kill("cassandra")
    return ""


def _stop_cassandra(scene: Scene) -> str:
    return _away(scene, scene.size.away_s)


def _stop_cassandra_long(scene: Scene) -> str:
    return _away(scene, scene.size.long_away_s)


def _away(scene: Scene, seconds: float) -> str:
    scene.stop("cassandra")
    time.sleep(seconds)
    scene.start("cassandra")
    return f"stopped for {seconds:.0f} s"


def _throttle_cassandra(scene: Scene) -> str:
    """Let Cassandra run for a tenth of the time, and watch what the task manager takes."""
    (node,) = (each for each in scene.family("cassandra") if each.name() == "java")
    resident_bytes = 0
    until = time.monotonic() + scene.size.held_s
    try:
        while time.monotonic() < until:
            node.send_signal(signal.SIGSTOP)
            time.sleep(PERIOD_S * (1 - RUNNING_SHARE))
            node.send_signal(signal.SIGCONT)
            time.sleep(PERIOD_S * RUNNING_SHARE)
            resident_bytes = max(
                resident_bytes, sum(each.memory_info().rss for each in scene.family(TASKMANAGER))
            )
    finally:
        node.send_signal(signal.SIGCONT)
    return (
        f"a tenth of its time for {scene.size.held_s:.0f} s; task manager and workers at most "
        f"{resident_bytes / 2**20:,.0f} MiB"
    )


FAULTS = (
    Fault("redis-killed", "Is live state there again after Redis died?", _kill_redis),
    Fault(
        "redis-emptied",
        "Does live state come back, meters that report once a day included, when Redis lost it?",
        _empty_redis,
    ),
    Fault("cassandra-killed", "Does Cassandra keep what it acknowledged?", _kill_cassandra),
    Fault(
        "cassandra-stopped",
        "Is history complete after an outage, and does live state stay fresh meanwhile?",
        _stop_cassandra,
    ),
    Fault(
        "cassandra-stopped-long",
        "And after an outage longer than every retry?",
        _stop_cassandra_long,
    ),
    Fault(
        "cassandra-throttled",
        "Does back-pressure keep memory bounded and live state fresh?",
        _throttle_cassandra,
    ),
)
