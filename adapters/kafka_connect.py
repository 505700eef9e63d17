"""Kafka Connect's REST API, as far as a namespace's connector is made, asked and removed by it."""

import time
from collections.abc import Mapping
from typing import Any, Self

import httpx

from adapters.authorities import authorities
from contracts.errors import OperationError
from contracts.settings import Settings, without_password

POLL_S = 0.2
REQUEST_TIMEOUT_S = 100.0
"""Longer than a worker waits for what it cannot do."""
TIMEOUT_S = 60.0
BUSY = (409, 500, 503)
"""A worker that has just begun, or that shares out its work."""


class ConnectError(OperationError):
    """Kafka Connect refused, failed or could not be reached; the message says what to look at."""


class ConnectRest:
    """A session with the workers; use it as a context manager. All calls raise ConnectError."""

    def __init__(self, settings: Settings, patience_s: float = TIMEOUT_S) -> None:
        """For so long a worker is asked again that is busy."""
        self._patience_s = patience_s
        self._address = without_password(settings.connect_url)
        self._client = httpx.Client(
            base_url=settings.connect_url.rstrip("/"),
            timeout=REQUEST_TIMEOUT_S,
            verify=authorities(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def put(self, connector: str, config: Mapping[str, str]) -> None:
        """Let a connector be there with this configuration and no other; it starts by itself, and
        one that has it already goes on."""
        path = f"/connectors/{connector}/config"
        known = self._ask("GET", path, absent_is_fine=True)
        if known.status_code == httpx.codes.NOT_FOUND or known.json() != {
            **config,
            "name": connector,
        }:
            self._ask("PUT", path, json=config)

    def state(self, connector: str) -> str | None:
        """What Connect says of it as a whole: `RUNNING`, `STOPPED`; None if there is none."""
        answer = self._ask("GET", f"/connectors/{connector}/status", absent_is_fine=True)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        return str(answer.json()["connector"]["state"])

    def failed(self) -> dict[str, str]:
        """Connectors that have failed or have a task that has, with the reason."""
        return failures(self._ask("GET", "/connectors?expand=status").json())

    def restart(self, connector: str) -> None:
        """Start what has failed of it again."""
        path = f"/connectors/{connector}/restart?includeTasks=true&onlyFailed=true"
        self._ask("POST", path, absent_is_fine=True)

    def remove(self, connector: str) -> None:
        """Let a connector be gone with what it remembers: one of that name begins anew."""
        path = f"/connectors/{connector}"
        if self._ask("PUT", f"{path}/stop", absent_is_fine=True).status_code == 404:
            return
        deadline = time.monotonic() + TIMEOUT_S
        # Only of one that has stopped the offsets may be deleted; its tasks end after the answer.
        while (state := self.state(connector)) != "STOPPED":
            if time.monotonic() > deadline:
                raise ConnectError(
                    f"connector {connector} of Kafka Connect at {self._address} is {state} "
                    f"{TIMEOUT_S:.0f} s after it was told to stop; see its log"
                )
            time.sleep(POLL_S)
        self._ask("DELETE", f"{path}/offsets")
        self._ask("DELETE", path, absent_is_fine=True)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        json: Mapping[str, str] | None = None,
        absent_is_fine: bool = False,
    ) -> httpx.Response:
        deadline = time.monotonic() + self._patience_s
        while True:
            try:
                answer = self._client.request(
                    method, path, json=None if json is None else dict(json)
                )
            except httpx.HTTPError as error:
                raise ConnectError(
                    f"Kafka Connect does not answer at {self._address} as it should ({error}); see "
                    "`wattstream status`, start it with `wattstream up`, or set "
                    "WATTSTREAM_CONNECT_URL"
                ) from None
            if answer.is_success or (absent_is_fine and answer.status_code == 404):
                return answer
            if answer.status_code not in BUSY or time.monotonic() > deadline:
                raise ConnectError(
                    f"Kafka Connect at {self._address} refused {method} {path}: "
                    f"{answer.status_code} {answer.text[:500]}"
                )
            time.sleep(POLL_S)


def failures(expanded: Mapping[str, Any]) -> dict[str, str]:
    """As `ConnectRest.failed`, of Connect's answer."""
    return {
        name: reason(part.get("trace", ""))
        for name, each in expanded.items()
        for part in (each["status"]["connector"], *each["status"]["tasks"])
        if part["state"] == "FAILED"
    }


def reason(trace: str) -> str:
    """The innermost cause of Java's stack trace, a line; empty of an empty one."""
    causes = [line for line in trace.splitlines() if line and not line.startswith(("\t", " "))]
    return causes[-1].removeprefix("Caused by: ") if causes else ""
