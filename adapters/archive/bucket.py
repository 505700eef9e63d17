"""An archive in a bucket of S3, or of whatever speaks its protocol.

Who reads a file reads a copy of it: no file ever changes, so the copy is as good, engines need
neither network nor keys, and who looks again downloads only what is new. A copy goes a day after it
was last asked for.
"""

import os
import shutil
import time
import uuid
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import S3Store

from adapters.archive.errors import ArchiveError
from adapters.archive.place import Write
from adapters.durable import sync
from contracts.archive import MANIFEST
from contracts.errors import WattStreamError
from contracts.settings import S3Settings

if TYPE_CHECKING:
    from obstore import PutMode
    from obstore.store import S3Config

AT_ONCE = 8
"""Files that are downloaded at the same time."""
KEPT_S = 86_400.0
"""How long a copy stays after it was last asked for."""
PIECE_BYTES = 8 * 1024 * 1024
PATIENCE = timedelta(seconds=60)
"""For how long a request that fails is tried again."""


def store_of(bucket: str, prefix: str, settings: S3Settings) -> S3Store:
    """A part of a bucket. Without keys in the settings they are looked for as AWS' own tools do:
    in the environment, or by the role of the machine."""
    config: S3Config = {
        "region": settings.region,
        "virtual_hosted_style_request": not settings.path_style,
    }
    if settings.endpoint is not None:
        config["endpoint"] = settings.endpoint
    if settings.access_key is not None and settings.secret_key is not None:
        config["access_key_id"] = settings.access_key
        config["secret_access_key"] = settings.secret_key.get_secret_value()
    return S3Store(
        bucket,
        prefix=prefix,
        config=config,
        # A whole file may take minutes, what comes of it next may not.
        client_options={"allow_http": True, "timeout": "1h", "read_timeout": "30s"},
        retry_config={"max_retries": 10, "retry_timeout": PATIENCE},
    )


class Bucket:
    """A `Place` whose files are objects.

    Args:
        address: As people are told it.
        copies: A folder for copies of this archive alone.
    """

    def __init__(self, store: S3Store, address: str, copies: Path) -> None:
        self._store, self._address, self._copies = store, address, copies

    def __str__(self) -> str:
        return self._address

    @property
    def root(self) -> Path:
        """The folder of copies."""
        return self._copies

    def is_there(self) -> bool:
        """As `Place.is_there`."""
        return bool(self._names())

    def finished(self) -> list[Path]:
        """As `Place.finished`."""
        return sorted(
            self._copies / name
            for name in map(PurePosixPath, self._names())
            if len(name.parts) == 2 and name.match("event_date=*/[!._]*")
        )

    def fetch(self, paths: Collection[Path]) -> None:
        """As `Place.fetch`."""
        absent = [path for path in paths if not _is_used(path)]
        with ThreadPoolExecutor(AT_ONCE) as threads:
            list(threads.map(self._download, absent))
        self._forget()

    def manifest(self) -> bytes:
        """As `Place.manifest`."""
        return self._manifest()[0]

    def change_manifest(self, before: bytes, after: bytes) -> None:
        """As `Place.change_manifest`, by one request that S3 refuses if there is another one by
        then. `after` is nobody else's, so who finds it there has written it."""
        now, tag = self._manifest()
        if now == before:
            try:
                with self._asked():
                    mode: PutMode = "create" if tag is None else {"e_tag": tag}
                    obstore.put(self._store, MANIFEST, after, mode=mode)
                return
            except _RefusedError:
                # Of a request whose answer was lost, or of somebody else's.
                if self.manifest() == after:
                    return
        raise ArchiveError(
            f"another compaction of {self} has begun, and goes on alone; nothing is lost"
        )

    def add(self, path: Path, write: Write) -> int:
        """As `Place.add`: an object appears when all of it is there."""
        unfinished = _beside(path)
        try:
            rows = write(unfinished)
            with self._asked():
                obstore.put(self._store, self._name(path), unfinished)
            unfinished.rename(path)
        finally:
            unfinished.unlink(missing_ok=True)
        return rows

    def delete(self, paths: Collection[Path]) -> None:
        """As `Place.delete`."""
        self._delete(list(map(self._name, paths)))
        for path in paths:
            path.unlink(missing_ok=True)

    def delete_unfinished(self) -> None:
        """There are none: of an upload that was not completed nothing is seen."""

    def erase(self) -> None:
        """As `Place.erase`, but for uploads that were not completed, which are in no list."""
        self._delete(self._names())
        shutil.rmtree(self._copies, ignore_errors=True)

    def alone(self, refusal: WattStreamError) -> AbstractContextManager[None]:  # noqa: ARG002
        """Nobody can be kept out: who begins last goes on, and all others are refused their next
        change of the manifest."""
        return nullcontext()

    def _delete(self, names: list[str]) -> None:
        if names:
            with self._asked():
                obstore.delete(self._store, names)

    def _names(self) -> list[str]:
        with self._asked():
            return [each["path"] for found in obstore.list(self._store) for each in found]

    def _manifest(self) -> tuple[bytes, str | None]:
        """With its tag, which is None where there is none."""
        with self._asked():
            try:
                found = obstore.get(self._store, MANIFEST)
                return bytes(found.bytes()), found.meta["e_tag"]
            except FileNotFoundError:
                return b"", None

    def _download(self, path: Path) -> None:
        unfinished = _beside(path)
        try:
            with self._asked(), unfinished.open("wb") as file:
                for piece in obstore.get(self._store, self._name(path)).stream(PIECE_BYTES):
                    file.write(piece)
            # Whoever finds a copy takes it for whole, also after a power cut.
            sync(unfinished)
            unfinished.rename(path)
        finally:
            unfinished.unlink(missing_ok=True)

    def _forget(self) -> None:
        """Delete what nobody has asked for for long."""
        until_s = time.time() - KEPT_S
        for path in self._copies.glob("event_date=*/*"):
            try:
                if path.stat().st_mtime < until_s:
                    path.unlink()
            except FileNotFoundError:
                # Somebody else's doing.
                continue

    def _name(self, path: Path) -> str:
        return path.relative_to(self._copies).as_posix()

    @contextmanager
    def _asked(self) -> Iterator[None]:
        try:
            yield
        except (AlreadyExistsError, PreconditionError) as error:
            raise _RefusedError(f"{self}: somebody else changed it meanwhile") from error
        except BaseError as error:
            raise ArchiveError(f"{self}: {str(error).splitlines()[0]}") from None


class _RefusedError(ArchiveError):
    """A condition of a request did not hold."""


def _is_used(path: Path) -> bool:
    """Whether there is a copy; it stays for another while."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _beside(path: Path) -> Path:
    """Where a file is written before it is whole, whoever else does the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".{uuid.uuid4()}.{path.name}")
