"""A PostgreSQL of a test alone, without the rest of the stack."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from contracts.settings import PostgresSettings, Settings
from infra.local.postgresql.service import service
from infra.settings import StackSettings
from tests.support.own_service import own
from tests.support.redis_server import free_port

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
        haste = (part for each in HASTE for part in ("-c", each))
        with own(replace(its, command=(*its.command, *haste))):
            yield settings
