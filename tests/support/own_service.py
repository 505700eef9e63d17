"""A service of the stack that a test starts for itself, and may let die."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from contracts.settings import without_settings
from infra.local.service import Service

PATIENCE_S = 240.0
POLL_S = 0.05


@dataclass
class OwnService:
    """A process of the service."""

    service: Service
    process: "subprocess.Popen[bytes] | None" = None

    def begin(self) -> None:
        """Start it, and return when it answers.

        Raises:
            AssertionError: it ends, or does not answer; with its log.
        """
        for path, text in self.service.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.service.prepare()
        self.service.log.parent.mkdir(parents=True, exist_ok=True)
        with self.service.log.open("wb") as output:
            self.process = subprocess.Popen(
                self.service.command,
                env={**without_settings(os.environ), **self.service.environment},
                stdout=output,
                stderr=output,
            )
        deadline_s = time.monotonic() + PATIENCE_S
        while not self._answers():
            said = self.service.log.read_text()
            assert self.process.poll() is None, said
            assert time.monotonic() < deadline_s, said
            time.sleep(POLL_S)

    def kill(self) -> None:
        """Let it die at once."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        """Tell it to end, and wait until it has."""
        assert self.process is not None
        self.process.send_signal(self.service.ends_by)
        self.process.wait()

    def _answers(self) -> bool:
        try:
            self.service.ready()
        except Exception:  # Each client raises its own.
            return False
        return True


@contextmanager
def own(service: Service) -> Iterator[OwnService]:
    """One that runs, and ends at the end."""
    found = OwnService(service)
    found.begin()
    try:
        yield found
    finally:
        found.end()
