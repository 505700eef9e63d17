"""What producers and networks do."""

import time

from chaos.fault import Fault, FaultError
from chaos.freshness import hold_while_live_goes_on
from chaos.open_alerts import open_alerts
from chaos.scene import Scene
from contracts.alerts import Alert
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS
from contracts.topics import readings

YEAR_2038_MS = 2_147_483_648_000
SETTLING_S = 3.0
ALERT_TIMEOUT_S = 60.0


def _repeat_minute(scene: Scene) -> str:
    repeated = scene.writer.repeat_last(MINUTE_MS)
    if not repeated:
        raise FaultError("there was no minute to repeat")
    return f"{repeated:,} readings delivered again"


def _be_quiet(scene: Scene) -> str:
    """The partition's writer is gone; live state of the others has to go on, and an alert says
    so."""
    scene.writer.be_quiet()
    hold_while_live_goes_on(scene.settings, scene.size.quiet_s)
    deadline = time.monotonic() + ALERT_TIMEOUT_S
    while not (told := _quiet_alerts(scene)) and time.monotonic() < deadline:
        time.sleep(SETTLING_S)
    scene.writer.come_back()
    if len(told) != 1:
        raise FaultError(f"one alert has to say that the partition is quiet, and {len(told)} do")
    return f"quiet for {scene.size.quiet_s:.0f} s"


def _quiet_alerts(scene: Scene) -> list[Alert]:
    """Alerts that are open, that the writer's partition is quiet."""
    subject = f"{readings(scene.settings).name}-{scene.writer.partition}"
    found = open_alerts(scene.settings).values()
    return [each for each in found if each.kind == "feed_quiet" and each.subject == subject]


def _confuse_clocks(scene: Scene) -> str:
    now_ms = scene.writer.log_time_ms()
    wrong = {
        "an hour ahead": now_ms + HOUR_MS,
        "a day behind": now_ms - DAY_MS,
        "1970": 0,
        "2038": YEAR_2038_MS,
    }
    for ts in wrong.values():
        scene.writer.write_at(ts)
    time.sleep(SETTLING_S)
    return ", ".join(wrong)


def _poison(scene: Scene) -> str:
    scene.writer.poison(every=100)
    time.sleep(2 * SETTLING_S)
    return "every 100th message of a partition, besides the load's own 1 %"


FAULTS = (
    Fault(
        "minute-repeated",
        "Does a minute that is delivered twice count its energy once?",
        _repeat_minute,
    ),
    Fault(
        "partition-quiet",
        "Do other areas go on while a partition is quiet, does an alert say so, and is nothing "
        "dropped when it is back?",
        _be_quiet,
        needs_jobs=True,
    ),
    Fault("clocks-wrong", "Can a wrong clock move anybody else's time?", _confuse_clocks),
    Fault("poisoned", "Does a message that cannot be used stop those that can?", _poison),
)
