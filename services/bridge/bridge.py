"""Takes readings from MQTT devices into the log of a namespace, each once."""

import gc
import logging
import threading
import time
from collections import Counter
from collections.abc import Collection
from contextlib import ExitStack, closing
from pathlib import Path

import orjson
from confluent_kafka import KafkaException

from adapters.arrivals import came_from
from adapters.durable import alone
from adapters.mqtt import session_name
from adapters.readings_writer import ReadingsWriter
from contracts.errors import OperationError
from contracts.settings import Settings, without_password
from contracts.time import MINUTE_MS, SECOND_MS
from contracts.topics import unmapped
from services.bridge import checkpoint
from services.bridge.checkpoint import Checkpoint
from services.bridge.intake import Intake
from services.bridge.mapping import Mapper
from services.bridge.metrics import Told
from services.bridge.registers import Register
from services.bridge.registry import Registry
from services.bridge.remembered import Remembered
from services.bridge.routes import Bridge, read_routes, span_ms
from services.bridge.session import Session
from services.bridge.window import Window

TURN_S = 0.02
"""So often answers of Kafka's are looked for while nothing comes, and always what else there is."""
GATHERS_MS = 20
"""Devices do not wait for what the MQTT broker is told."""
KEPT_EACH_S = 1.0
SAID_EACH_S = 60.0
AGAIN_S = 5.0
"""After an error everything begins anew."""
LEAVING_S = 5.0
LOST_CHECKPOINT_MS = 10 * MINUTE_MS
"""So far the log is read where nothing says from where on."""

log = logging.getLogger("bridge")


def bridge(settings: Settings, stop: threading.Event) -> None:
    """Take readings as `bridge.toml` says until `stop`. Without the file there is nothing to do; it
    is read again when it changes. Brokers that do not answer are asked again.

    Raises:
        OperationError: Kafka refused a record for good, or the MQTT broker the bridge.
    """
    problem, told_s = "", 0.0
    while not stop.is_set():
        version = _version(settings.bridge_file)
        try:
            if version is None:
                raise OperationError(
                    f"there is no {settings.bridge_file}: write it as docs/connect-your-meters.md "
                    "says, or name another file by WATTSTREAM_BRIDGE_FILE"
                )
            file = read_routes(settings.bridge_file.read_text(), str(settings.bridge_file))
            own = {} if file.namespace is None else {"namespace": file.namespace}
            _serve(settings.model_copy(update=own), file, version, stop)
            problem = ""
        except (KafkaException, OperationError, OSError, UnicodeDecodeError) as error:
            said = error.args[0].str() if isinstance(error, KafkaException) else str(error)
            if said != problem or time.monotonic() - told_s >= SAID_EACH_S:
                log.warning("%s; tried again each %g s", said, AGAIN_S)
                problem, told_s = said, time.monotonic()
            stop.wait(AGAIN_S)
    log.info("stopped")


def _serve(settings: Settings, file: Bridge, version: int, stop: threading.Event) -> None:
    """Take readings until `stop`, or until the file is another one.

    Raises:
        OperationError: Kafka refused a record for good, or the MQTT broker the bridge, or another
            one of its name runs.
    """
    kept_in = checkpoint.path(settings, file.name)
    kept_in.parent.mkdir(parents=True, exist_ok=True)
    busy = OperationError(
        f"another bridge named {file.name} takes readings into {settings.namespace}: end it, or "
        "give this one another name in bridge.toml"
    )
    with alone(kept_in.with_suffix(".lock"), busy):
        _serve_alone(settings, file, version, stop, kept_in)


def _serve_alone(
    settings: Settings, file: Bridge, version: int, stop: threading.Event, kept_in: Path
) -> None:
    writer = ReadingsWriter(settings, sole_writer=file.sole_writer, gathers_ms=GATHERS_MS)
    with ExitStack() as left:
        left.callback(writer.close, LEAVING_S)
        registry = left.enter_context(closing(Registry(settings)))
        intake, session = _begin(settings, file, writer, registry, kept_in)
        # What is there by now stays: the collector need not look through it again and again. Of a
        # file of before, everything goes first.
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        session.begin(intake)
        try:
            _turn(settings, version, stop, writer, registry, intake, session, kept_in)
        finally:
            # First the broker, so that nothing more comes. What is on its way then is stored, or
            # never will be: whoever begins next reads the log.
            session.end()
            writer.close(LEAVING_S)
            _keep(kept_in, intake, writer.partitions, session.subscribed)


def _begin(
    settings: Settings, file: Bridge, writer: ReadingsWriter, registry: Registry, kept_in: Path
) -> tuple[Intake, Session]:
    """Know again what is in the log, and make ready to take more."""
    name = f"bridge/{file.name}/"
    kept = checkpoint.read(kept_in)
    session = Session(
        settings.mqtt,
        session_name(settings.namespace, file.name),
        [route.topic for route in file.route],
        kept.filters if kept else (),
        receive_maximum=file.receive_maximum,
        expiry_s=span_ms(file.session_expiry) // SECOND_MS,
    )
    mapper = Mapper(file.route, registry.places, dict(kept.registers) if kept else {})
    since = kept.offsets if kept else _since_nothing(settings, file, writer.partitions)
    intake = Intake(
        writer,
        name,
        unmapped(settings),
        mapper,
        Window(session.ack, file.receive_maximum),
        Remembered(file.receive_maximum),
        since,
    )
    found = intake.recall(writer.records_of_before(name, since), _register_of)
    log.info("%d readings of before are known again, %d meters", found, len(registry.places))
    return intake, session


def _since_nothing(settings: Settings, file: Bridge, partitions: int) -> list[int]:
    """Where nothing says from where on: registers that are made here are in the log alone."""
    if file.runs_registers:
        return [0] * partitions
    return came_from(settings, time.time_ns() // 1_000_000 - LOST_CHECKPOINT_MS)


def _turn(
    settings: Settings,
    version: int,
    stop: threading.Event,
    writer: ReadingsWriter,
    registry: Registry,
    intake: Intake,
    session: Session,
    kept_in: Path,
) -> None:
    kept_s = said_s = time.monotonic()
    said: Counter[str] = Counter()
    told = Told(without_password(settings.mqtt.url))
    looked_s = 0.0
    while not stop.is_set():
        session.turn(TURN_S)
        # What is stored is told to the broker in the next turn.
        writer.poll(0)
        now_s = time.monotonic()
        if now_s - looked_s < TURN_S:
            continue
        looked_s = now_s
        for change in registry.changes():
            registry.take(change)
        intake.tick()
        if not intake.is_backlog:
            session.look_again()
        if now_s - kept_s >= KEPT_EACH_S:
            told.tell(intake, is_connected=session.is_connected)
            if session.is_connected:
                writer.pass_time(stored=intake.beat)
                _keep(kept_in, intake, writer.partitions, session.subscribed)
            kept_s = now_s
            if _version(settings.bridge_file) != version:
                log.info("%s has changed", settings.bridge_file)
                return
        if now_s - said_s >= SAID_EACH_S:
            said, said_s = _say(intake, said), now_s


def _keep(kept_in: Path, intake: Intake, partitions: int, filters: Collection[str]) -> None:
    kept = Checkpoint(intake.since(partitions), dict(intake.registers), list(filters))
    checkpoint.write(kept_in, kept)


def _say(intake: Intake, before: Counter[str]) -> Counter[str]:
    """What came since the last time, if anything did."""
    counts = intake.counts.copy()
    if counts != before:
        told = [f"{number:,} {name}" for name, number in counts.items()]
        told += [f"{number:,} {r}" for r, number in intake.unmapped_by_reason.most_common()]
        log.info("since the beginning: %s", ", ".join(told))
    return counts


def _register_of(value: bytes) -> tuple[str, Register]:
    """The register that a reading of this bridge's has."""
    said = orjson.loads(value)
    return said["meter_id"], Register(said["register"], said["ts"], said.get("demand"))


def _version(file: Path) -> int | None:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return None
