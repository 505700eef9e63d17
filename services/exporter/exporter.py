"""Looks at each part of the platform again and again, each in a thread of its own: one that hangs
keeps nobody from telling of the others."""

import logging
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Protocol

from prometheus_client import REGISTRY

from contracts.settings import Settings
from services.exporter.bills import Bills
from services.exporter.disk import Disk
from services.exporter.jobs import Jobs
from services.exporter.latest import Latest
from services.exporter.live import Live
from services.exporter.metrics import PART_ANSWERS, PART_LOOKED, Sample
from services.exporter.topics import Topics

LOOK_EACH_S = 10.0
LEAVING_S = 2.0
"""For looks that are under way when the exporter is told to end."""

log = logging.getLogger("exporter")


class Part(Protocol):
    """A part of the platform."""

    @property
    def name(self) -> str:
        """As the label has it."""

    def look(self, served: Sequence[Settings]) -> Iterable[Sample]:
        """How it does now in these namespaces. Raises whatever its client raises."""


def export(settings: Settings, stop: threading.Event) -> None:
    """Look at all parts until `stop`."""
    topics, latest = Topics(settings), Latest()
    REGISTRY.register(latest)
    parts: tuple[Part, ...] = (topics, Jobs(settings), Live(settings), Bills(), Disk(settings))
    threads = [
        threading.Thread(target=_follow, args=(part, topics, latest, stop), daemon=True)
        for part in parts
    ]
    log.info("looking at %s each %g s", ", ".join(each.name for each in parts), LOOK_EACH_S)
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join(LEAVING_S / len(threads))
    log.info("stopped")


def _follow(part: Part, topics: Topics, latest: Latest, stop: threading.Event) -> None:
    problem = ""
    while not stop.is_set():
        samples, found = seen(part, topics.served)
        latest.put(part.name, samples)
        if found != problem:
            if found:
                log.warning("%s: %s; asked again each %g s", part.name, found, LOOK_EACH_S)
            else:
                log.info("%s answers again", part.name)
            problem = found
        stop.wait(LOOK_EACH_S)


def seen(part: Part, served: Sequence[Settings]) -> tuple[list[Sample], str]:
    """What a look has found, and why there is nothing: of a part that does not answer nothing is
    told that was."""
    samples: list[Sample] = []
    problem = ""
    try:
        samples += part.look(served)
    except Exception as error:  # Each client raises its own.
        samples.clear()
        problem = str(error) or type(error).__name__
    told = (PART_ANSWERS.of(not problem, part.name), PART_LOOKED.of(time.time(), part.name))
    return [*samples, *told], problem
