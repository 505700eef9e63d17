"""Stores that die, lose their memory, go away or get slow."""

import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor

from adapters.connect import redis_client
from chaos.fault import Fault, FaultError
from chaos.freshness import hold_while_live_goes_on
from chaos.open_alerts import open_alerts
from chaos.scene import SILENT, Scene
from chaos.writer import COMMODITY, GEOHASH
from contracts.alerts import alerts_key
from contracts.live import live_key
from contracts.reading import AREA_LENGTH
from infra.alerts_again import rebuild_alerts
from infra.flink.live_again import rebuild_live
from infra.local import processes
from infra.local.flink.service import TASKMANAGER
from infra.settings import stack_data_dir

PERIOD_S = 1.0
"""Of throttling: Cassandra runs for a part of each."""
RUNNING_SHARE = 0.1


def _kill_redis(scene: Scene) -> str:
    scene.kill("redis")
    return ""


def _empty_redis(scene: Scene) -> str:
    """Of the writer's meters some have read only once, before: only the hot job knows them. Of
    alerts that are open only the topic may know."""
    scene.stop("redis")
    scene.pause(1, 5)
    shutil.rmtree(stack_data_dir(scene.settings) / "redis")
    scene.start("redis")
    begun = time.monotonic()
    rebuild_live(scene.settings, SILENT)
    seconds = time.monotonic() - begun
    wanted = open_alerts(scene.settings)
    alerts = rebuild_alerts(scene.settings)
    with redis_client(scene.settings.redis) as client:
        key = live_key(scene.settings.namespace, COMMODITY, GEOHASH[:AREA_LENGTH])
        if not all(client.hmget(key, scene.writer.silent_meters)):
            raise FaultError("meters that had read before Redis was emptied are not live again")
        again = {str(an_id) for an_id in client.hkeys(alerts_key(scene.settings.namespace))}
        if lost := wanted.keys() - again:
            raise FaultError(f"alerts that are open are not in Redis again: {', '.join(lost)}")
    return f"live state said again by the hot job in {seconds:.0f} s, and {alerts:,} alerts"


def _kill_cassandra(scene: Scene) -> str:
    scene.kill("cassandra")
    return ""


def _stop_cassandra(scene: Scene) -> str:
    return _away(scene, scene.size.away_s)


def _stop_cassandra_long(scene: Scene) -> str:
    return _away(scene, scene.size.long_away_s)


def _away(scene: Scene, seconds: float) -> str:
    scene.stop("cassandra")
    try:
        hold_while_live_goes_on(scene.settings, seconds)
    finally:
        scene.start("cassandra")
    return f"stopped for {seconds:.0f} s"


def _throttle_cassandra(scene: Scene) -> str:
    """Let Cassandra run for a tenth of the time, and watch what the task manager takes."""
    (node,) = (each for each in scene.family("cassandra") if each.name() == "java")
    resident_bytes = 0
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(hold_while_live_goes_on, scene.settings, scene.size.held_s)
        try:
            while not held.done():
                node.send_signal(signal.SIGSTOP)
                time.sleep(PERIOD_S * (1 - RUNNING_SHARE))
                node.send_signal(signal.SIGCONT)
                time.sleep(PERIOD_S * RUNNING_SHARE)
                resident_bytes = max(
                    resident_bytes, processes.resident_bytes(scene.family(TASKMANAGER))
                )
        finally:
            node.send_signal(signal.SIGCONT)
        held.result()
    return (
        f"a tenth of its time for {scene.size.held_s:.0f} s; task manager and workers at most "
        f"{resident_bytes / 2**20:,.0f} MiB"
    )


FAULTS = (
    Fault("redis-killed", "Is live state there again after Redis died?", _kill_redis),
    Fault(
        "redis-emptied",
        "Do live state, meters that report once a day included, and alerts come back when Redis "
        "lost them?",
        _empty_redis,
        needs_jobs=True,
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
