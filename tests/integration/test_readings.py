"""Readings over HTTP in the log, through a real API and broker, while either dies."""

import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import orjson
import pytest
from msgspec.json import encode

from adapters.connect import redis_client
from adapters.kept_records import kept
from contracts.access import new_credential, tokens_key
from contracts.settings import PREFIX, Settings, variables, without_settings
from contracts.topics import readings
from infra.local import stack as local_stack
from infra.provision import erase, provision
from infra.settings import StackSettings
from tests.support.namespaces import fresh_namespace

NAMESPACE = "http_test"
GATEWAYS, BODIES, LINES = 4, 60, 25
DEATHS = 5
PATIENCE_S = 240.0
READY_S = 180.0
NEEDS = tuple(
    f"{PREFIX}{each}"
    for each in ("KAFKA_BOOTSTRAP", "REDIS_URL", "CASSANDRA_PORT", "POSTGRES_URL", "DATA_DIR")
)


class Gateways:
    """An API of the test's own, and gateways that post to it until they are answered."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.url = f"http://127.0.0.1:{_free_port()}"
        self._log = StackSettings().log_dir / "api-of-readings.log"
        self._api: subprocess.Popen[bytes] | None = None
        token, self._token = new_credential(
            NAMESPACE,
            "token",
            name="gateways",
            role="service",
            now_ms=0,
            scopes=("write:readings",),
            meters=("gw*",),
            per_second=1_000,
        )
        with redis_client(settings.redis) as client:
            client.hset(tokens_key(NAMESPACE), token.id, encode(token))

    def begin(self) -> None:
        environment = without_settings(os.environ) | variables(self.settings, NEEDS)
        environment[f"{PREFIX}API_PORT"] = self.url.rpartition(":")[2]
        environment[f"{PREFIX}API_METRICS_PORT"] = str(_free_port())
        with self._log.open("ab") as log:
            self._api = subprocess.Popen(
                [sys.executable, "-m", "services.api"], env=environment, stderr=log
            )

    def kill(self) -> None:
        assert self._api is not None
        self._api.kill()
        self._api.wait()

    def end(self) -> None:
        assert self._api is not None
        self._api.terminate()
        self._api.wait(PATIENCE_S)

    def post(self, content: bytes, key: str | None) -> httpx.Response:
        """Send a body until it is answered by something else than "later"."""
        headers = {"Authorization": f"Bearer {self._token}"}
        headers |= {} if key is None else {"Idempotency-Key": key}
        deadline_s = time.monotonic() + PATIENCE_S
        while True:
            try:
                answer = httpx.post(
                    f"{self.url}/v1/readings", content=content, headers=headers, timeout=30
                )
                if answer.status_code not in (429, 503):
                    return answer
            except httpx.TransportError:
                pass
            assert time.monotonic() < deadline_s
            time.sleep(0.2)

    def gateway(self, number: int) -> None:
        """Post all bodies of a gateway, every second one with a key."""
        for n in range(BODIES):
            key = f"{number}-{n}" if n % 2 else None
            answer = self.post(body(number, n), key)
            assert (answer.status_code, answer.json()) == (202, {"readings": LINES})

    def arrived(self) -> Counter[tuple[str, int]]:
        """How often each reading is in the log, by meter and number."""
        found: Counter[tuple[str, int]] = Counter()
        for message in kept(self.settings, readings(self.settings)):
            if message.key() is not None:
                said = orjson.loads(message.value() or b"")
                found[said["meter_id"], said["seq"]] += 1
        return found


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def body(gateway: int, number: int) -> bytes:
    """Readings of a gateway's meters."""
    return b"\n".join(
        orjson.dumps(
            {
                "meter_id": f"gw{gateway}:{n % 5}",
                "geohash": "gcpvj0e5k0",
                "commodity": "electricity",
                "ts": 1_790_000_000_000 + number * LINES + n,
                "seq": number * LINES + n,
                "register": number * LINES + n,
            }
        )
        for n in range(LINES)
    )


ALL = {
    (f"gw{gateway}:{n % LINES % 5}", n)
    for gateway in range(GATEWAYS)
    for n in range(BODIES * LINES)
}


@pytest.fixture
def gateways(stack: Settings) -> Iterator[Gateways]:
    shared = stack.model_copy(update={"readings_timestamp_type": "LogAppendTime"})
    with fresh_namespace(shared, NAMESPACE) as settings:
        known = Gateways(settings)
        known.begin()
        try:
            yield known
        finally:
            known.end()


def each_once(gateways: Gateways) -> None:
    found = gateways.arrived()
    assert set(found) == ALL
    assert set(found.values()) == {1}


def test_an_api_that_dies_five_times_loses_and_doubles_nothing(gateways: Gateways) -> None:
    chance = random.Random(1)
    with ThreadPoolExecutor(GATEWAYS) as pool:
        posting = [pool.submit(gateways.gateway, number) for number in range(GATEWAYS)]
        for death in range(DEATHS):
            least = (death + 1) * len(ALL) // (DEATHS + 2)
            while gateways.arrived().total() < least:
                time.sleep(0.05)
            time.sleep(chance.random() / 10)
            gateways.kill()
            gateways.begin()
        for each in posting:
            each.result()
    each_once(gateways)
    # All of it once more: known again, also what was answered by an API of before.
    for number in range(GATEWAYS):
        gateways.gateway(number)
    each_once(gateways)


def test_a_log_that_dies_is_waited_for(gateways: Gateways, stack: Settings) -> None:
    some = threading.Event()

    def gateway(number: int) -> None:
        gateways.post(body(number, 0), None)
        some.set()
        gateways.gateway(number)

    with ThreadPoolExecutor(GATEWAYS) as pool:
        posting = [pool.submit(gateway, number) for number in range(GATEWAYS)]
        assert some.wait(PATIENCE_S)
        local_stack.kill_services("kafka")
        local_stack.wait_until_ready(stack, ["kafka"], READY_S)
        for each in posting:
            each.result()
    each_once(gateways)


def test_a_namespace_whose_producers_stamp_arrivals_takes_none(gateways: Gateways) -> None:
    erase(gateways.settings)
    provision(gateways.settings.model_copy(update={"readings_timestamp_type": "CreateTime"}))
    again = Gateways(gateways.settings)
    again.url = gateways.url
    refused = again.post(body(1, 1), None)
    assert refused.status_code == 409
    assert "LogAppendTime" in refused.json()["detail"]
    assert not gateways.arrived()
