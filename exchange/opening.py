"""Files as they come: plain, gzip, or a zip archive of several; with bounds, and without a trace.

Nothing is unpacked to a disk. Content that is much larger than what it was packed into is refused:
real data packs to a hundredth at best.
"""

import gzip
import hashlib
import io
import lzma
import os
import struct
import zipfile
import zlib
from codecs import getincrementaldecoder
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, AnyStr, BinaryIO, cast

from exchange.errors import FileRefused
from exchange.values import printable

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
EMPTY_ZIP = b"PK\x05\x06"
PACKED = (GZIP, ZIP, EMPTY_ZIP)

MAX_MEMBERS = 10_000
MAX_RATIO = 200
"""Between content and what it was packed into."""
FREE_BYTES = 64 * 2**20
"""Content of this size may be packed as tightly as it likes."""
BUFFER_BYTES = 2**18

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
BROKEN = "\ufffd"
"""Stands for bytes that are no text."""
BEGIN = 2**16
"""So much says what a file is."""
LONGEST_LINE = 2**18
"""A day of minutes has a tenth of it."""
TOO_LONG = f"its line is longer than {LONGEST_LINE // 1024} KiB"
ENDS: dict[type, tuple[str | bytes, ...]] = {str: ("\n", "\r"), bytes: (b"\n",)}


@dataclass(frozen=True, slots=True)
class Source:
    """Content that can be opened again and again."""

    path: Path
    member: str | None = None
    """Name within the zip archive."""
    place: int = 0
    """In the archive, where two may have one name."""

    @property
    def name(self) -> str:
        """As people are told it."""
        named = told(self.path)
        return named if self.member is None else f"{named}: {printable(self.member)}"

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The content from its beginning.

        Raises:
            FileRefused: then, or while it is read: it cannot be read, or unpacks to too much.
        """
        with ExitStack() as opened:
            try:
                content = self._content(opened)
            except FileNotFoundError:
                raise FileRefused(f"{told(self.path)}: no such file") from None
            except UNREADABLE as error:
                raise FileRefused(f"{self.name}: cannot be read: {error}") from error
            yield content

    def sha256(self) -> str:
        """Of the content, whatever it is packed in.

        Raises:
            FileRefused: as `open`.
        """
        with self.open() as content:
            digest = hashlib.sha256()
            while piece := content.read(BUFFER_BYTES):
                digest.update(piece)
            return digest.hexdigest()

    def _content(self, opened: ExitStack) -> BinaryIO:
        packed = opened.enter_context(self.path.open("rb"))
        size = self.path.stat().st_size
        if self.member is not None:
            archive = opened.enter_context(zipfile.ZipFile(packed))
            member = _members(archive)[self.place]
            inner = cast(BinaryIO, opened.enter_context(archive.open(member)))
            return self._bounded(inner, min(member.compress_size, size))
        begin = packed.read(4)
        packed.seek(0)
        if begin.startswith(GZIP):
            inner = cast(BinaryIO, opened.enter_context(gzip.GzipFile(fileobj=packed)))
            return self._bounded(inner, size)
        return packed

    def _bounded(self, inner: BinaryIO, packed_bytes: int) -> BinaryIO:
        limit = max(FREE_BYTES, MAX_RATIO * packed_bytes)
        return io.BufferedReader(_Bounded(self.name, inner, limit), BUFFER_BYTES)


UNREADABLE = (
    *(OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile),
    *(RuntimeError, NotImplementedError),  # with a password, or packed in a strange way
    *(ValueError, LookupError, struct.error),  # a table of contents that is none
)
"""What packed files raise."""


class _Bounded(io.RawIOBase):
    """Content that ends with a refusal where it becomes too long."""

    def __init__(self, name: str, inner: BinaryIO, limit: int) -> None:
        self._name, self._inner, self._left, self._limit = name, inner, limit, limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            piece = self._inner.read(len(buffer))
        except UNREADABLE as error:
            raise FileRefused(f"{self._name}: cannot be read further: {error}") from error
        self._left -= len(piece)
        if self._left < 0:
            raise FileRefused(
                f"{self._name}: unpacks to more than {self._limit // 2**20:,} MiB, {MAX_RATIO} "
                "times of what it is packed into: no data does; unpack it yourself if you trust it"
            )
        buffer[: len(piece)] = piece
        return len(piece)


def sources(path: Path) -> list[Source]:
    """What is in a file: itself, or the members of a zip archive.

    Raises:
        FileRefused: no such file, or an archive with too many members or too much in it.
    """
    name = told(path)
    try:
        with path.open("rb") as file:
            begin = file.read(4)
            if not begin.startswith((ZIP, EMPTY_ZIP)):
                return [Source(path)]
            file.seek(0)
            with zipfile.ZipFile(file) as archive:
                members = _members(archive)
            size = path.stat().st_size
    except FileNotFoundError:
        raise FileRefused(f"{name}: no such file") from None
    except UNREADABLE as error:
        raise FileRefused(f"{name}: cannot be read: {error}") from error
    if not members:
        raise FileRefused(f"{name}: an archive without a file")
    if len(members) > MAX_MEMBERS:
        raise FileRefused(f"{name}: {len(members):,} files; {MAX_MEMBERS:,} are the most")
    # What the archive says of itself is not trusted, only believed when it is bad.
    for each in members:
        if each.file_size > max(FREE_BYTES, MAX_RATIO * each.compress_size):
            raise FileRefused(_too_much(f"{name}: {printable(each.filename)}", each.file_size))
    # Members may share what they are packed into.
    if (whole := sum(each.file_size for each in members)) > max(FREE_BYTES, MAX_RATIO * size):
        raise FileRefused(_too_much(name, whole))
    return [Source(path, each.filename, place) for place, each in enumerate(members)]


def told(path: Path) -> str:
    """A path as people are told it: names need be no text."""
    return printable(os.fsencode(path).decode(errors="replace"))


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [each for each in archive.infolist() if not each.is_dir()]


def _too_much(name: str, size: int) -> str:
    return (
        f"{name} says that it unpacks to {size // 2**20:,} MiB, more than {MAX_RATIO} times of "
        "what it is packed into; unpack it yourself if you trust it"
    )


def begin_of(source: Source, size: int = BEGIN) -> bytes:
    """The first bytes of the content, without the byte order mark of UTF-8.

    Raises:
        FileRefused: as `Source.open`.
    """
    with source.open() as content:
        begin = content.read(size)
    return begin.removeprefix(BYTE_ORDER_MARK)


def lines(content: IO[AnyStr]) -> Iterator[AnyStr]:
    """Each line of a content; of one that `is_too_long` the beginning alone."""
    while line := content.readline(LONGEST_LINE):
        yield line
        while is_too_long(line) and line[-1:] not in ENDS[type(line)]:
            line = content.readline(LONGEST_LINE)


def is_too_long(line: AnyStr) -> bool:
    """Whether a line is none of a file that people exchange."""
    return len(line) >= LONGEST_LINE


def encodings_of(begin: bytes, said: str | None = None) -> tuple[str, ...]:
    """What text that begins so may be in, the likeliest first: as its byte order mark has it, or as
    was said, or UTF-8 and what Windows of Western Europe writes.

    Text of the latter is no UTF-8 wherever it has a sign beyond ASCII. In UTF-8 that was damaged
    most of them are whole.
    """
    if begin.startswith(UTF_16):
        return ("utf-16",)
    if begin.startswith(BYTE_ORDER_MARK):
        return ("utf-8-sig",)
    if said is not None:
        return (said,)
    if begin.isascii():
        return ("utf-8",)
    # What it ends with may go on.
    text = getincrementaldecoder("utf-8")("replace").decode(begin)
    broken = text.count(BROKEN)
    whole = sum(not sign.isascii() for sign in text) - broken
    return ("utf-8", "cp1252") if broken <= whole else ("cp1252", "utf-8")
