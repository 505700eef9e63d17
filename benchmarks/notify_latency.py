"""`python -m benchmarks.notify_latency`: how long it takes from an alert to the message of it, by
kind, on the local stack.

Alerts are written to their topic one by one, at a rate; a notifier of the product's tells of them,
as a rule without any wait says, to a web hook in this process. From the moment before an alert is
written to the moment at which the request with its message comes, by one clock. With `--meters` a
live fleet and all jobs run beside it.
"""

import argparse
import base64
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from confluent_kafka import Producer
from msgspec.json import encode
from rich.console import Console
from rich.table import Table

from adapters.connect import kafka_config
from adapters.terminal import terminal
from benchmarks.errors import BenchmarkError
from benchmarks.exclusive import alone
from benchmarks.latency import FEWEST, Spread, spread
from benchmarks.live_fleet import live
from contracts.alerts import KINDS, Alert, Evidence, Kind, alert_id
from contracts.errors import OperationError
from contracts.settings import NOTIFY_PREFIX, PROJECT, Settings, names, variables, without_settings
from contracts.topics import alerts
from infra.provenance import origin
from infra.provision import erase, provision

EACH, PER_SECOND = 20, 2.0
A_CHANNEL_TAKES = 9
"""Messages of one alert each in ten minutes (`services.notifier.allowance`): so many alerts go to
a channel, so that none waits for room."""
PATIENCE_S = 120.0
"""For what has not come since the last alert was written; what comes later counts as a day."""
POLL_S = 0.2
WARM = "warm"
"""The channel whose message says that the notifier is ready."""
CHANNEL = """
[[rule]]
name = "{name}"
when = {{ subject = "{name}-*" }}
to = ["{name}"]
group_by = "subject"
wait = "0s"

[channel.{name}]
type = "webhook"
url_env = "{prefix}BENCH_HOOK"
secret_env = "{prefix}BENCH_KEY"
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is written."""

    each: int
    """Alerts of each kind."""
    per_s: float
    meters: int
    """That read each second beside it; 0: nothing runs beside it."""

    @property
    def channels(self) -> int:
        """As many as it takes."""
        return -(-self.each * len(KINDS) // A_CHANNEL_TAKES)


class Written(NamedTuple):
    """An alert, and when it was."""

    kind: Kind
    at_ms: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How long it took, by kind; "all" is of all of them."""

    plan: Plan
    waits: Mapping[str, Spread]
    missing: int
    """Of which no message came."""
    doubles: int
    """Messages that came twice."""


@dataclass
class Heard:
    """When each alert was first told, and how often each message came."""

    first_ms: dict[str, int] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)


def measure(settings: Settings, plan: Plan, check: Callable[[], None], console: Console) -> Outcome:
    """Write alerts, and listen; the namespace's topics are there, and no notifier but this one.

    Args:
        check: Raises what must end it.

    Raises:
        BenchmarkError: the notifier has ended, or tells nothing.
        confluent_kafka.KafkaException: the broker does not answer.
    """
    written: dict[str, Written] = {}
    with (
        hook() as (url, heard),
        notifier(settings, plan, url) as is_well,
        console.status("") as now,
    ):

        def go_on() -> None:
            check()
            is_well()
            now.update(f"{len(written):,} alerts are written, {len(heard.first_ms):,} are told")

        producer = Producer(kafka_config(settings) | {"linger.ms": 0, "acks": "all"})
        first = alert_of(WARM, 0, "outage")
        _write(producer, settings, first)
        _until(lambda: first.id in heard.first_ms, go_on, "the notifier tells nothing")
        begun_s = time.monotonic()
        for number in range(plan.each * len(KINDS)):
            # Each at its time, whatever those before it took; kinds and channels take turns.
            while (rest_s := begun_s + number / plan.per_s - time.monotonic()) > 0:
                go_on()
                time.sleep(min(rest_s, POLL_S))
            alert = alert_of(f"c{number % plan.channels}", number, KINDS[number % len(KINDS)])
            written[alert.id] = Written(alert.kind, _now_ms())
            _write(producer, settings, alert)
        deadline_s = time.monotonic() + PATIENCE_S
        while not written.keys() <= heard.first_ms.keys() and time.monotonic() < deadline_s:
            go_on()
            time.sleep(POLL_S)
    return outcome_of(plan, written, heard)


def outcome_of(plan: Plan, written: Mapping[str, Written], heard: Heard) -> Outcome:
    """What came of what was written; what never came counts as a day."""
    moments = [
        (each.kind, (each.at_ms, heard.first_ms.get(an_id))) for an_id, each in written.items()
    ]
    waits = {
        kind: found
        for kind in ("all", *KINDS)
        if (found := spread(ways for its, ways in moments if kind in ("all", its))) is not None
    }
    missing = sum(after is None for _, (_, after) in moments)
    return Outcome(plan, waits, missing, len(heard.messages) - len(set(heard.messages)))


def alert_of(channel: str, number: int, kind: Kind) -> Alert:
    """One that opens now, for a channel."""
    subject, now_ms = f"{channel}-{number:06d}", _now_ms()
    return Alert(
        id=alert_id(kind, subject, now_ms),
        version=1,
        state="opened",
        kind=kind,
        severity="major",
        subject=subject,
        area="gcpuy",
        onset_ms=now_ms,
        opened_at_ms=now_ms,
        at_ms=now_ms,
        evidence=Evidence("benchmark", "It is written by a benchmark.", {}),
        rules="1",
        homes_count=1,
    )


def _write(producer: Producer, settings: Settings, alert: Alert) -> None:
    producer.produce(alerts(settings).name, encode(alert), alert.id.encode())
    if producer.flush(PATIENCE_S):
        raise BenchmarkError(f"Kafka at {settings.kafka_bootstrap} does not take an alert")


def _until(is_so: Callable[[], bool], go_on: Callable[[], None], problem: str) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not is_so():
        if time.monotonic() > deadline_s:
            raise BenchmarkError(f"{problem}, for {PATIENCE_S:g} s")
        go_on()
        time.sleep(POLL_S)


@contextmanager
def hook() -> Iterator[tuple[str, Heard]]:
    """A web hook that takes all; yields where it is, and what it hears."""
    heard, lock = Heard(), threading.Lock()

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            at_ms = _now_ms()
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()
            with lock:
                heard.messages.append(said["id"])
                for part in said["parts"]:
                    for an_id in part.get("opened", ()):
                        heard.first_ms.setdefault(an_id, at_ms)

        def log_message(self, *_: Any) -> None:  # noqa: ANN401
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", heard
        finally:
            server.shutdown()


@contextmanager
def notifier(settings: Settings, plan: Plan, url: str) -> Iterator[Callable[[], None]]:
    """A process that tells the hook; yields what raises if it has ended."""
    with TemporaryDirectory(prefix="wattstream-notify-") as folder:
        file, log = Path(folder) / "notify.toml", Path(folder) / "log"
        channels = (WARM, *(f"c{n}" for n in range(plan.channels)))
        file.write_text("".join(CHANNEL.format(name=n, prefix=NOTIFY_PREFIX) for n in channels))
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "services.notifier"],
                cwd=PROJECT,
                env={
                    **without_settings(os.environ),
                    **variables(settings, names(Settings)),
                    f"{NOTIFY_PREFIX}FILE": f"{file}",
                    f"{NOTIFY_PREFIX}BENCH_HOOK": url,
                    f"{NOTIFY_PREFIX}BENCH_KEY": (
                        f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
                    ),
                },
                stderr=output,
            )

        def is_well() -> None:
            if process.poll() is not None:
                raise BenchmarkError(f"the notifier has ended: {log.read_text()[-2_000:]}")

        try:
            yield is_well
        finally:
            process.kill()
            process.wait()


def run(settings: Settings, plan: Plan, console: Console) -> Outcome:
    """On the stack, in a namespace that is emptied before and afterwards.

    Raises:
        BenchmarkError, FlinkError: jobs of other namespaces run, or something fails.
    """
    with alone(settings, console, keep_readings=False), ExitStack() as beside:
        if plan.meters:
            running = beside.enter_context(live(settings, plan.meters, console))
            return measure(settings, plan, running.fleet.raise_error, console)
        erase(settings)
        provision(settings)
        return measure(settings, plan, lambda: None, console)


def content(outcome: Outcome, command: Sequence[str]) -> dict[str, object]:
    """The outcome as JSON has it."""
    return {**origin(" ".join(command), PROJECT), **asdict(outcome)}


def table(outcome: Outcome) -> Table:
    """A line for each kind. Of few samples there is no 99th percentile."""
    shown = Table(title="from alert to message, seconds", box=None, header_style="dim")
    shown.add_column("kind", no_wrap=True)
    for column in ("alerts", "p50", "p99"):
        shown.add_column(column, justify="right", no_wrap=True)
    for kind, found in outcome.waits.items():
        p99 = "few" if found.samples < FEWEST else f"{found.p99_s:.2f}"
        shown.add_row(kind, f"{found.samples:,}", f"{found.p50_s:.2f}", p99)
    return shown


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def main() -> None:
    """Measure, and say how long it took."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.notify_latency", description=__doc__
    )
    parser.add_argument("--each", type=int, default=EACH, help="alerts of each kind")
    parser.add_argument("--per-second", type=float, default=PER_SECOND, help="alerts a second")
    parser.add_argument(
        "--meters", type=int, default=0, help="of a live fleet beside it, each reads once a second"
    )
    parser.add_argument("--namespace", default="bench_notify", help="its own: it is emptied")
    parser.add_argument("--json", action="store_true", help="what a program reads")
    asked = parser.parse_args()
    if asked.each < 1 or asked.per_second <= 0 or asked.meters < 0:
        parser.error("--each and --per-second are above 0, --meters is not below it")
    console = terminal(stderr=asked.json)
    plan = Plan(asked.each, asked.per_second, asked.meters)
    try:
        outcome = run(Settings(namespace=asked.namespace), plan, console)
    except OperationError as error:
        raise SystemExit(str(error)) from None
    if asked.json:
        print(json.dumps(content(outcome, ["python", "-m", *sys.orig_argv[2:]]), indent=2))
    else:
        console.print(table(outcome))
        console.print(f"{outcome.missing:,} not told, {outcome.doubles:,} messages twice")
    raise SystemExit(1 if outcome.missing else 0)


if __name__ == "__main__":
    main()
