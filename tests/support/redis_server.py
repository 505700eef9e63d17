"""A Redis of a test alone, without the rest of the stack."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import redis

PATIENCE_S = 60.0


@contextmanager
def redis_server(port: int | None = None, saved: Path | None = None) -> Iterator[str]:
    """Start one that keeps nothing on disk by itself, and stop it at the end.

    Args:
        port: One that is free if None.
        saved: A file of `SAVE` that it begins with.

    Yields:
        Its URL.
    """
    port = free_port() if port is None else port
    with TemporaryDirectory() as folder:
        if saved is not None:
            shutil.copy(saved, Path(folder, "dump.rdb"))
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        with Path(folder, "log").open("wb") as log:
            process = subprocess.Popen([*command, "--dir", folder], stdout=log, stderr=log)
        try:
            yield _answering(f"redis://127.0.0.1:{port}/0", process, Path(folder, "log"))
        finally:
            process.terminate()
            process.wait()


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def _answering(url: str, process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + PATIENCE_S
    with redis.Redis.from_url(url) as client:
        while True:
            try:
                client.ping()
                return url
            except redis.ConnectionError:
                assert process.poll() is None and time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
