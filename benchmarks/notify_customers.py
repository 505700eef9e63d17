"""`python -m benchmarks.notify_customers`: what it takes the notifier to know how so many customers
want to be told: memory, CPU and start time of the process, and a storm in its pure step.

The process is the product's, on a broker that librdkafka plays in this one; Redis is that of the
settings, and may be away. The storm is without Kafka and channels.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import psutil
from confluent_kafka import Producer
from msgspec.json import encode
from redis import RedisError
from rich.table import Table

from adapters.connect import redis_client
from adapters.terminal import terminal
from benchmarks.errors import BenchmarkError
from contracts.alerts import Alert, Evidence, alert_id
from contracts.choices import KINDS_TO_CHOOSE, Choice, Quiet
from contracts.meters import Meter
from contracts.settings import PROJECT, Settings
from contracts.time import MINUTE_MS, SECOND_MS
from contracts.topics import (
    Topic,
    alert_notes,
    alerts,
    choices,
    meters,
    notifications,
    notify_requests,
)
from services.notifier.messages import Message
from services.notifier.residents import Residents
from services.notifier.rule_file import read_rules
from services.notifier.state import Changes, Letterbox, State
from services.notifier.step import Event, Heard, Result, Tick, step

CUSTOMERS = 100_000
HOMES_A_FEEDER = 50
STORM_FEEDERS = 100
"""That go dark at once: 5,000 homes."""
IDLE_S = 20.0
PATIENCE_S = 600.0
BEGIN_MS = 1_764_400_000_000
KNOWN = "it is known whose"
"""What the notifier logs when it has read choices and meters."""
FILE = """
[customers]
channels = ["home"]
[channel.home]
type = "mail"
url_env = "WATTSTREAM_NOTIFY_HOME"
"""
HOURS = (None, Quiet("22:00", "07:00"), Quiet("21:00", "06:30"), Quiet("00:00", "05:00"))
ZONES = ("Europe/London", "Europe/Berlin", "America/New_York", "Asia/Kathmandu")


class Process(NamedTuple):
    """What a notifier's process took."""

    start_s: float
    """Until it knew all customers."""
    start_cpu_s: float
    memory_mib: float
    idle_cpu: float
    """Of a core, with nothing to be told."""


class Storm(NamedTuple):
    """What a storm took in the pure step."""

    messages: int
    hear_s: float
    settle_s: float
    """All steps until each message is settled and has arrived."""
    longest_s: float
    """The longest step."""
    idle_s: float
    """A step in which nothing is to be told, while all of it goes on."""


def choice_of(number: int) -> Choice:
    """How a customer wants to be told: no two in the same way."""
    return Choice(
        customer=f"c{number:06d}",
        at_ms=BEGIN_MS,
        channel="home",
        address=f"c{number:06d}@homes.example",
        kinds=KINDS_TO_CHOOSE[: 1 + number % len(KINDS_TO_CHOOSE)],
        zone=ZONES[number % len(ZONES)],
        language=("en", "de", "fr")[number % 3],
        quiet=HOURS[number // 7 % len(HOURS)],
    )


def entry_of(number: int) -> Meter:
    """A customer's meter in the registry."""
    return {
        "geohash": "gcpuyj2k4",
        "feeder": f"f{number // HOMES_A_FEEDER:05d}",
        "commodity": "electricity",
        "customer": f"c{number:06d}",
        "premises": "household",
        "cadence_ms": 5_000,
        "solar_w": 0,
        "export": False,
    }


def outage_of(feeder: int) -> Alert:
    """All homes of a feeder are dark."""
    homes = tuple(f"m{feeder * HOMES_A_FEEDER + n:06d}" for n in range(HOMES_A_FEEDER))
    return Alert(
        id=alert_id("outage", f"f{feeder:05d}", BEGIN_MS),
        version=1,
        state="opened",
        kind="outage",
        severity="major",
        subject=f"f{feeder:05d}",
        area="gcpuy",
        onset_ms=BEGIN_MS,
        opened_at_ms=BEGIN_MS,
        at_ms=BEGIN_MS,
        evidence=Evidence("full", "All are dark.", {}),
        rules="1",
        homes=homes,
        homes_count=len(homes),
        homes_out=len(homes),
    )


def process(customers: int, idle_s: float) -> Process:
    """Start the product's notifier where so many customers have chosen, and look at it.

    Raises:
        BenchmarkError: it ended, or is not ready after PATIENCE_S.
    """
    with _broker() as settings, TemporaryDirectory(prefix="wattstream-notify-") as name:
        _write(settings, customers)
        (Path(name) / "notify.toml").write_text(FILE)
        log = Path(name) / "log"
        environment = {
            **os.environ,
            "WATTSTREAM_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
            "WATTSTREAM_NAMESPACE": settings.namespace,
            "WATTSTREAM_NOTIFY_FILE": f"{Path(name) / 'notify.toml'}",
            # Nobody is hit, so nothing is sent.
            "WATTSTREAM_NOTIFY_HOME": "smtp+plain://127.0.0.1:1?from=grid@utility.example",
        }
        with log.open("wb") as output:
            began_s = time.monotonic()
            running = subprocess.Popen(
                [sys.executable, "-m", "services.notifier"],
                cwd=PROJECT,
                env=environment,
                stderr=output,
            )
        try:
            while KNOWN not in (said := log.read_text()):
                if running.poll() is not None or time.monotonic() - began_s > PATIENCE_S:
                    raise BenchmarkError(f"the notifier is not ready: {said[-2_000:]}")
                time.sleep(0.05)
            start_s = time.monotonic() - began_s
            its = psutil.Process(running.pid)
            start_cpu_s = _cpu_s(its)
            # What is made of them, such as what Redis is shown, is made by then.
            time.sleep(5.0)
            before_s, from_s = _cpu_s(its), time.monotonic()
            time.sleep(idle_s)
            idle_cpu = (_cpu_s(its) - before_s) / (time.monotonic() - from_s)
            memory_mib = its.memory_info().rss / 2**20
        finally:
            running.kill()
            running.wait()
            _erase(settings)
    return Process(start_s, start_cpu_s, memory_mib, idle_cpu)


def _erase(settings: Settings) -> None:
    """What the notifier has shown, if Redis is there."""
    with suppress(RedisError), redis_client(settings.redis) as client:
        for key in client.scan_iter(match=f"{settings.namespace}:*"):
            client.unlink(key)


def _cpu_s(its: psutil.Process) -> float:
    times = its.cpu_times()
    return float(times.user + times.system)


@contextmanager
def _broker() -> Iterator[Settings]:
    """A broker that librdkafka plays, which makes topics as they are written."""
    host = Producer({"bootstrap.servers": "none:1", "test.mock.num.brokers": 1, "log_level": 2})
    (known,) = host.list_topics(timeout=30).brokers.values()
    yield Settings(namespace="bench_notify", kafka_bootstrap=f"{known.host}:{known.port}")
    del host


def _write(settings: Settings, customers: int) -> None:
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "linger.ms": 50})

    def put(topic: Topic, key: str, value: bytes) -> None:
        producer.produce(topic.name, value, key.encode(), 0)
        producer.poll(0)

    for topic_of in (alerts, alert_notes, notify_requests, notifications, choices, meters):
        # A removal of what is not there: the topic is, and has nothing.
        producer.produce(topic_of(settings).name, None, b"read nothing", 0)
    for number in range(customers):
        put(choices(settings), f"c{number:06d}", encode(choice_of(number)))
        put(meters(settings), f"m{number:06d}", encode(entry_of(number)))
        if number % 10_000 == 0:
            producer.flush(60)
    if producer.flush(60):
        raise BenchmarkError("the broker does not take what it is given")


def storm(customers: int) -> Storm:
    """Let feeders go dark, and tell all who live there and want to know."""
    notify, state, residents = read_rules(FILE), State(), Residents()
    longest_s = 0.0

    def do(event: Event) -> Changes:
        nonlocal longest_s
        began_s = time.perf_counter()
        changes = step(state, notify, event)
        state.take(changes)
        longest_s = max(longest_s, time.perf_counter() - began_s)
        return changes

    for number in range(customers):
        residents.take(f"m{number:06d}", entry_of(number))
        do(Heard(choice_of(number), BEGIN_MS))
    do(Tick(BEGIN_MS))
    feeders = min(STORM_FEEDERS, customers // HOMES_A_FEEDER)
    began_s = time.perf_counter()
    for alert in map(outage_of, range(feeders)):
        do(Heard(alert, BEGIN_MS, residents.hit_by(alert)))
    hear_s = time.perf_counter() - began_s
    messages, now_ms, settle_s, longest_s = 0, BEGIN_MS + 2 * MINUTE_MS, 0.0, 0.0
    while True:
        began_s = time.perf_counter()
        sent = list(_settled(do(Tick(now_ms))))
        for each in sent:
            do(Result(each.channel, each.id, now_ms, customer=each.customer))
        if not sent:
            return Storm(messages, hear_s, settle_s, longest_s, time.perf_counter() - began_s)
        settle_s += time.perf_counter() - began_s
        messages += len(sent)
        now_ms += SECOND_MS // 2


def _settled(changes: Changes) -> Iterator[Message]:
    for entity in changes.values():
        if isinstance(entity, Letterbox) and entity.sending is not None:
            yield entity.sending


def main() -> None:
    """Measure, and say what it took."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.notify_customers", description=__doc__
    )
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--idle", type=float, default=IDLE_S, help="seconds in which to look")
    asked = parser.parse_args()
    few, many = process(0, asked.idle), process(asked.customers, asked.idle)
    its = storm(asked.customers)
    table = Table("", "nobody", f"{asked.customers:,} customers", box=None)
    table.add_row("known after, s", f"{few.start_s:.1f}", f"{many.start_s:.1f}")
    table.add_row("CPU by then, s", f"{few.start_cpu_s:.1f}", f"{many.start_cpu_s:.1f}")
    table.add_row("memory, MiB", f"{few.memory_mib:.0f}", f"{many.memory_mib:.0f}")
    table.add_row("idle, % of a core", f"{100 * few.idle_cpu:.1f}", f"{100 * many.idle_cpu:.1f}")
    terminal().print(table)
    terminal().print(
        f"a storm of {its.messages:,} messages: heard in {1_000 * its.hear_s:,.0f} ms, settled "
        f"and arrived in {1_000 * its.settle_s:,.0f} ms, no step longer than "
        f"{1_000 * its.longest_s:,.0f} ms; a step afterwards takes {1_000 * its.idle_s:.1f} ms"
    )


if __name__ == "__main__":
    main()
