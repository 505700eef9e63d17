"""Gateways that post readings to an API of their own, in a namespace of their own, and what of them
arrived."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Self

import httpx
import orjson
from msgspec.json import encode

from adapters.authorities import authorities
from adapters.connect import redis_client
from adapters.kept_records import kept
from chaos.beside import beside
from contracts.access import new_credential, tokens_key
from contracts.errors import OperationError
from contracts.settings import PREFIX, Settings, variables, without_settings
from contracts.topics import readings
from infra.provision import erase_topics, provision_topics
from infra.settings import LOOPBACK, StackSettings

GATEWAYS, BODIES, LINES, METERS = 4, 60, 25, 5
ALL = {
    (f"gw{gateway}:{n % LINES % METERS}", n)
    for gateway in range(GATEWAYS)
    for n in range(BODIES * LINES)
}
"""What all of them post: meter and number of each reading."""
PATIENCE_S = 240.0
RETRY_S = 0.2
POLL_S = 0.05
ANSWER_S = 30.0
LATER = (429, 503)
NEEDS = tuple(
    f"{PREFIX}{each}"
    for each in ("KAFKA_BOOTSTRAP", "REDIS_URL", "CASSANDRA_PORT", "POSTGRES_URL", "DATA_DIR")
)


class Posted:
    """A namespace whose readings come over HTTP. Use it as a context manager.

    Args:
        settings: Of the stack; the namespace is another one beside it.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = beside(settings, "http")
        self._url = f"http://{LOOPBACK}:{_free_port()}"
        self._log = StackSettings().log_dir / "posted.log"
        self._api: subprocess.Popen[bytes] | None = None
        self._token = ""
        self._answered = 0
        self._over = threading.Event()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self.empty(self.settings)
        self.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._api is not None:
            self._api.terminate()
            self._api.wait(PATIENCE_S)
        erase_topics(self.settings)

    def empty(self, settings: Settings) -> None:
        """Make the namespace anew, as these settings have it, and let the gateways in."""
        erase_topics(settings)
        provision_topics(settings)
        token, self._token = new_credential(
            settings.namespace,
            "token",
            name="gateways",
            role="service",
            now_ms=0,
            scopes=("write:readings",),
            meters=("gw*",),
            per_second=1_000,
        )
        with redis_client(settings.redis) as client:
            client.hset(tokens_key(settings.namespace), token.id, encode(token))

    def begin(self) -> None:
        """Start the API."""
        environment = without_settings(os.environ) | variables(self.settings, NEEDS)
        environment[f"{PREFIX}API_PORT"] = self._url.rpartition(":")[2]
        environment[f"{PREFIX}API_METRICS_PORT"] = str(_free_port())
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._api = subprocess.Popen(
                [sys.executable, "-m", "services.api"], env=environment, stderr=log
            )

    def kill(self) -> None:
        """Let the API die at once."""
        assert self._api is not None
        self._api.kill()
        self._api.wait()

    @contextmanager
    def posting(self) -> Iterator[None]:
        """Have all gateways post meanwhile; leaves when all that they have is answered.

        Raises:
            OperationError: a body is refused, or not answered for a long time.
        """
        with ThreadPoolExecutor(GATEWAYS) as pool:
            posting = [pool.submit(self._gateway, number) for number in range(GATEWAYS)]
            try:
                yield
            except BaseException:
                # Nobody waits for what they still have.
                self._over.set()
                raise
            for each in posting:
                each.result()

    def await_answers(self, share: float) -> None:
        """Wait until that share of all bodies is answered.

        Raises:
            OperationError: it is not.
        """
        deadline_s = time.monotonic() + PATIENCE_S
        while self._answered < share * GATEWAYS * BODIES:
            if time.monotonic() > deadline_s:
                raise OperationError(
                    f"the API has answered {self._answered} of {GATEWAYS * BODIES} bodies, see "
                    f"{self._log}"
                )
            time.sleep(POLL_S)

    def post(self, content: bytes, key: str | None) -> httpx.Response:
        """Send a body until it is answered by something else than "later".

        Raises:
            OperationError: it is not.
        """
        headers = {"Authorization": f"Bearer {self._token}"}
        headers |= {} if key is None else {"Idempotency-Key": key}
        deadline_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline_s and not self._over.is_set():
            try:
                answer = httpx.post(
                    f"{self._url}/v1/readings",
                    content=content,
                    headers=headers,
                    timeout=ANSWER_S,
                    verify=authorities(),
                )
                if answer.status_code not in LATER:
                    return answer
            except httpx.TransportError:
                pass
            time.sleep(RETRY_S)
        raise OperationError(f"the API has not answered a body, see {self._log}")

    def arrived(self) -> Counter[tuple[str, int]]:
        """How often each reading is in the log, by meter and number."""
        found: Counter[tuple[str, int]] = Counter()
        for message in kept(self.settings, readings(self.settings)):
            if message.key() is not None:
                said = orjson.loads(message.value() or b"")
                found[said["meter_id"], said["seq"]] += 1
        return found

    def _gateway(self, number: int) -> None:
        """Post all bodies of a gateway, every second one with a key."""
        for n in range(BODIES):
            answer = self.post(body(number, n), f"{number}-{n}" if n % 2 else None)
            if (answer.status_code, answer.json()) != (202, {"readings": LINES}):
                raise OperationError(f"the API refuses a body: {answer.text}")
            with self._lock:
                self._answered += 1


def body(gateway: int, number: int) -> bytes:
    """Readings of a gateway's meters."""
    return b"\n".join(
        orjson.dumps(
            {
                "meter_id": f"gw{gateway}:{n % METERS}",
                "geohash": "gcpvj0e5k0",
                "commodity": "electricity",
                "ts": 1_790_000_000_000 + number * LINES + n,
                "seq": number * LINES + n,
                "register": number * LINES + n,
            }
        )
        for n in range(LINES)
    )


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        port: int = free.getsockname()[1]
        return port
