"""The demonstration: the whole flow on this machine, from nothing, with a picture of it."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

from confluent_kafka import KafkaException
from redis.exceptions import RedisError
from rich.console import Console
from rich.live import Live

from adapters.choice_topic import choose
from adapters.flink import FlinkError
from adapters.postgres import connect
from contracts.settings import Settings
from infra import provision as provisioning
from infra.flink import submission
from infra.local import stack
from simulators.faults.kinds import FeederOutage
from simulators.fleet.plan import FleetPlan
from simulators.london.replay import replay_london
from simulators.run.simulation import load_run, run_simulation
from simulators.signals import stop_on_interrupt
from verification.report import verify
from wattstream.demo_customer import CUSTOMER, chosen, home_of
from wattstream.demo_devices import OverMqtt, devices
from wattstream.demo_masters import LONDON, load_masters
from wattstream.demo_receivers import told
from wattstream.fitting import Picture
from wattstream.sign_in import sign_in_address
from wattstream.watch import Watch

NAMESPACE = "demo"
LATE, REPEAT, MALFORMED, SEED = 0.05, 0.01, 0.001, 7
FLEET = FleetPlan(100, seed=SEED, commodity="mixed")
OUTAGE = FeederOutage(kind="feeder_outage", count=1, after_minutes=0.25, minutes=1)
"""Of the live fleet, so that there is something to be told."""
BILL = f"WATTSTREAM_NAMESPACE={NAMESPACE} wattstream bill"
REFRESH_S = 1.0
FAILURES_IN_A_ROW = 10


def run(settings: Settings, console: Console, seconds: float | None) -> bool:
    """Run the demonstration in a namespace of its own, which is emptied first.

    Args:
        seconds: How long the picture runs before the verification; until Ctrl-C if none.

    Returns:
        False if the verification found a difference.
    """
    stack.up(settings, console)
    provisioning.erase(settings)
    provisioning.provision(settings)
    _settle_in(settings)
    submission.submit(settings, console, savepoints={})
    try:
        return _shown(settings, console, seconds)
    finally:
        # Whatever fails: nobody would look for them.
        submission.stop(settings, console, with_savepoint=False)


def _shown(settings: Settings, console: Console, seconds: float | None) -> bool:
    """What is sent, and its picture, until it ends; False if the verification found a
    difference."""
    address, of_customer = asyncio.run(_addresses(settings))
    console.print(f"The page, within a quarter of an hour: {address}", soft_wrap=True)
    console.print(
        f"The customer {CUSTOMER}, by mail of its own outage; chosen under Account, for which open "
        f"this in a private window: {of_customer}",
        highlight=False,
        soft_wrap=True,
    )
    console.print(
        f"Bills of London's homes, in a minute and as long as this runs: {BILL} --month 2013-01",
        highlight=False,
        soft_wrap=True,
    )
    console.print(
        f"What the live homes' month costs so far, likewise: {BILL} --follow",
        highlight=False,
        soft_wrap=True,
    )
    ended = threading.Event()
    with (
        told(settings) as received,
        devices(settings) as over_mqtt,
        stop_on_interrupt() as stop,
        ThreadPoolExecutor(1) as pool,
        Watch(settings) as watch,
    ):
        console.print(
            f"What people are told, by mail and web hook: tail -f {_from_here(received)}",
            highlight=False,
            soft_wrap=True,
        )
        sending = pool.submit(_send, settings, seconds, stop)
        sending.add_done_callback(lambda _: ended.set())
        try:
            show(watch, console, ended, over_mqtt)
            interrupted = stop.is_set()
        finally:
            # Leaving the pool waits for the sender, which would go on if the picture failed.
            stop.set()
        sending.result()
    equal = interrupted or verify(settings, console).equal
    console.print(
        "Redis and Cassandra keep what they hold (docs/reading-data.md shows how to look); "
        "`wattstream down` stops them."
    )
    return equal


async def _addresses(settings: Settings) -> tuple[str, str]:
    """Where an operator signs in, and where the customer does."""
    return (
        await sign_in_address(settings, NAMESPACE),
        await sign_in_address(settings, CUSTOMER, CUSTOMER),
    )


def _from_here(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def show(
    watch: Watch, console: Console, ended: threading.Event, over_mqtt: OverMqtt | None = None
) -> None:
    """Draw the picture once a second until `ended`.

    A service that does not answer once, on a busy machine, costs a picture and not the run.

    Args:
        over_mqtt: Devices that are shown beside the fleet.
    """
    failures = 0
    with Live(console=console, auto_refresh=False) as live:
        while not ended.wait(REFRESH_S):
            try:
                picture = watch.picture()
                if over_mqtt is not None:
                    first, *others = picture.parts
                    picture = Picture([first, over_mqtt.part(), *others])
                live.update(picture, refresh=True)
                failures = 0
            except (FlinkError, KafkaException, RedisError):
                failures += 1
                if failures == FAILURES_IN_A_ROW:
                    raise


def _settle_in(settings: Settings) -> None:
    """Say who lives in which home and what they pay, so that they can be billed, and how the
    customer of the live fleet wants to be told."""
    now_ms = time.time_ns() // 1_000_000
    with connect(settings) as connection:
        load_masters(connection, FLEET, now_ms)
    choose(settings, chosen(now_ms))


def _send(settings: Settings, seconds: float | None, stop: threading.Event) -> None:
    """London first, as fast as possible, then the fleet in real time."""
    begun = time.monotonic()
    silent = Console(quiet=True)
    replay_london(
        settings,
        LONDON,
        start=date(2013, 1, 1),
        end=date(2013, 2, 1),
        late=LATE,
        repeat=REPEAT,
        malformed=MALFORMED,
        seed=SEED,
        console=silent,
        stop=stop,
    )
    left = None if seconds is None else max(10.0, seconds - (time.monotonic() - begun))
    if not stop.is_set():
        fleet = load_run(
            settings,
            FLEET,
            seconds=left,
            late=LATE,
            repeat=REPEAT,
            malformed=MALFORMED,
        )
        its_home = {home_of(FLEET, OUTAGE): CUSTOMER}
        run_simulation(settings, replace(fleet, faults=(OUTAGE,), customers=its_home), silent, stop)
