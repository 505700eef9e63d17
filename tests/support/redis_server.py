"""A Redis of a test alone, without the rest of the stack."""

import random
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import redis

PATIENCE_S = 120.0
OF_NO_CLIENT = range(20_000, 32_000)
"""Ports below those that systems give to whoever connects, or asks for any."""


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
    """A port of this machine on which nobody listens, and which nobody is given by chance before
    it is used, or while what was there is away: not even who tries to connect to it."""
    # Of the system: whoever makes up examples begins all others anew.
    chance = random.SystemRandom()
    while True:
        port = chance.choice(OF_NO_CLIENT)
        with socket.socket() as bound, suppress(OSError):
            bound.bind(("127.0.0.1", port))
            return port


def _answering(url: str, process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + PATIENCE_S
    with redis.Redis.from_url(url) as client:
        while True:
            try:
                told = client.info("server")
                assert told["process_id"] == process.pid, f"another Redis is at {url}"
                return url
            except redis.ConnectionError:
                assert process.poll() is None and time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
