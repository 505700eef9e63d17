"""A PostgreSQL of a test alone, without the rest of the stack."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from contracts.settings import PostgresSettings, Settings
from infra.local.postgresql.service import service
from infra.settings import StackSettings
from tests.support.redis_server import free_port

PATIENCE_S = 240.0
HASTE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""It need not outlive the machine."""


@contextmanager
def postgres_server() -> Iterator[Settings]:
    """Start one as the stack does, and stop it at the end.

    Yields:
        Settings that name it, with a data folder of its own.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        # Where this is run as root, the server is somebody else.
        folder.chmod(0o755)
        url = f"postgresql://wattstream@127.0.0.1:{free_port()}"
        settings = Settings(postgres=PostgresSettings(url=url), data_dir=folder / "data")
        its = service(settings, StackSettings(local_dir=folder / "local"))
        for path, text in its.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        its.prepare()
        log = folder / "log"
        with log.open("wb") as output:
            haste = (part for each in HASTE for part in ("-c", each))
            process = subprocess.Popen([*its.command, *haste], stdout=output, stderr=output)
        try:
            deadline = time.monotonic() + PATIENCE_S
            while True:
                try:
                    its.ready()
                    break
                except psycopg.OperationalError:
                    assert process.poll() is None, log.read_text()
                    assert time.monotonic() < deadline, log.read_text()
                    time.sleep(0.05)
            yield settings
        finally:
            process.send_signal(its.ends_by)
            process.wait()
