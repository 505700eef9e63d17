import gzip
import io
import struct
import tracemalloc
import zipfile
from io import BytesIO, StringIO
from pathlib import Path

import pytest

from exchange.errors import FileRefused
from exchange.formats.options import NONE, Options
from exchange.opening import (
    LONGEST_LINE,
    Source,
    begin_of,
    encodings_of,
    is_too_long,
    lines,
    sources,
)
from exchange.recognising import format_of
from tests.unit.exchange.files import DATA, outcome

FREE = 2**20


@pytest.fixture(autouse=True)
def _bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small ones: what is refused does not depend on how large they are."""
    monkeypatch.setattr("exchange.opening.FREE_BYTES", FREE)
    monkeypatch.setattr("exchange.opening.MAX_MEMBERS", 10)


def whole(source: Source) -> bytes:
    with source.open() as content:
        return content.read()


def test_the_same_content_however_it_is_packed(tmp_path: Path) -> None:
    plain = DATA / "Example_NEM12_powercor.csv"
    packed = tmp_path / "readings.csv"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    (one,), (other,) = sources(plain), sources(packed)
    assert whole(one) == whole(other) == plain.read_bytes()
    assert one.sha256() == other.sha256()


def test_the_members_of_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "days#1.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("folder/", "")
        archive.writestr("../../one.csv", "1")
        archive.writestr("two.csv", "2")
    found = sources(path)
    assert [(each.name, whole(each)) for each in found] == [
        (f"{path}: ../../one.csv", b"1"),
        (f"{path}: two.csv", b"2"),
    ]
    assert list(tmp_path.iterdir()) == [path]


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(2 * FREE))
    with pytest.raises(FileRefused, match="zeros says that it unpacks to 2 MiB"):
        sources(path)


def test_a_bomb_that_lies_is_refused_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(bytes(FREE + 1)))
    (source,) = sources(path)
    assert len(begin_of(source)) == 2**16
    with pytest.raises(FileRefused, match="unpacks to more than 1 MiB"):
        source.sha256()


def archive(*members: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in members:
            written.writestr(name, content)
    return packed.getvalue()


CONTENTS, PACKED_SIZE, SIZE = b"PK\x01\x02", 20, 24
"""Where in an archive's table of contents a member's sizes are."""


def lying(packed: bytes, field: int, size: int) -> bytes:
    """An archive that says something else of its only member."""
    place = packed.rindex(CONTENTS) + field
    return packed[:place] + struct.pack("<I", size) + packed[place + 4 :]


def test_three_gigabytes_are_refused_before_any_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    path.write_bytes(lying(archive(("zeros", bytes(FREE))), SIZE, 3 * 2**30))
    with pytest.raises(FileRefused, match="zeros says that it unpacks to 3,072 MiB"):
        sources(path)


def test_an_archive_that_says_too_little_is_refused_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    path.write_bytes(lying(archive(("zeros", bytes(8 * FREE))), SIZE, 100))
    (source,) = sources(path)
    with pytest.raises(FileRefused, match=r"bomb\.zip: zeros: cannot be read further"):
        source.sha256()


def test_what_an_archive_says_that_it_is_packed_into_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    path.write_bytes(lying(archive(("zeros", bytes(2 * FREE))), PACKED_SIZE, 2**31))
    with pytest.raises(FileRefused, match=r"bomb\.zip says that it unpacks to 2 MiB"):
        sources(path)


def test_members_are_a_bomb_together(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    path.write_bytes(archive(*((f"{number}", bytes(FREE // 2)) for number in range(8))))
    with pytest.raises(FileRefused, match=r"bomb\.zip says that it unpacks to 4 MiB"):
        sources(path)


@pytest.mark.parametrize(
    "content",
    [
        archive(("inner.zip", archive(("readings.csv", b"200,")))),
        archive(("inner.gz", gzip.compress(b"200,"))),
        gzip.compress(archive(("readings.csv", b"200,"))),
        gzip.compress(gzip.compress(b"200,")),
    ],
    ids=["zip of zip", "zip of gzip", "gzip of zip", "gzip of gzip"],
)
def test_an_archive_within_an_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "outer"
    path.write_bytes(content)
    (source,) = sources(path)
    with pytest.raises(FileRefused, match="an archive within an archive: unpack the outer one"):
        format_of(source)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_two(tmp_path: Path) -> None:
    path = tmp_path / "twice.zip"
    path.write_bytes(archive(("a.csv", b"1"), ("a.csv", b"2")))
    assert [whole(each) for each in sources(path)] == [b"1", b"2"]


def test_too_many_members(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(11):
            archive.writestr(f"{number}", "")
    with pytest.raises(FileRefused, match="11 files"):
        sources(path)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (gzip.compress(b"readings " * 1000)[:-20], "cannot be read further"),
        (gzip.compress(b"readings")[:-8] + bytes(8), "cannot be read further"),
        (b"\x1f\x8bno gzip at all", "cannot be read"),
    ],
    ids=["cut", "without its sum", "nothing of the kind"],
)
def test_what_is_cut_or_broken_is_refused(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "broken.gz"
    path.write_bytes(content)
    with pytest.raises(FileRefused, match=what):
        whole(Source(path))


def test_archives_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "broken.zip"
    path.write_bytes(b"PK\x03\x04 and nothing else")
    with pytest.raises(FileRefused, match="cannot be read"):
        sources(path)
    with pytest.raises(FileRefused, match="no such file"):
        sources(tmp_path / "nowhere.csv")


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\r\n \n"])
def test_a_file_without_content_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "empty.csv"
    path.write_bytes(content)
    with pytest.raises(FileRefused, match="there is nothing in it"):
        format_of(Source(path))


def test_names_that_are_no_text_are_told_as_far_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / b"\xff\x1b[31m.csv".decode(errors="surrogateescape")
    path.write_bytes(b"x")
    (source,) = sources(path)
    assert source.name == f"{tmp_path}/\ufffd [31m.csv"
    with pytest.raises(FileRefused, match="of no format that is known"):
        format_of(source)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"\xef\xbb\xbfDatum", "utf-8-sig"),
        (b"Datum", "utf-8"),
        ("Unité".encode(), "utf-8"),
        ("Unité".encode()[:-1], "utf-8"),
        ("Unité Énergie".encode() + b"\xff", "utf-8"),
        ("Unité;".encode("cp1252"), "cp1252"),
        ("Unité".encode("utf-16"), "utf-16"),
    ],
)
def test_text_is_read_by_its_bytes(content: bytes, encoding: str) -> None:
    """Of which one or the other may be cut off, or no text."""
    assert encodings_of(content)[0] == encoding


LONG = 3 * LONGEST_LINE + 5


@pytest.mark.parametrize("longest", [LONGEST_LINE - 2, LONGEST_LINE - 1, LONGEST_LINE, LONG])
def test_of_a_line_that_is_too_long_the_beginning_is_read(longest: int) -> None:
    content = b"one\n" + b"2" * longest + b"\nthree\n\nfive"
    first, second, *others = lines(BytesIO(content))
    assert first == b"one\n"
    assert second.rstrip(b"\n") == b"2" * min(longest, LONGEST_LINE)
    assert others == [b"three\n", b"\n", b"five"]
    assert is_too_long(second) == (longest >= LONGEST_LINE - 1)
    text = StringIO(content.decode().replace("\n", "\r"), newline="")
    assert [each.encode().replace(b"\r", b"\n") for each in lines(text)] == [
        *(first, second, *others),
    ]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("Example_NEM12_no_scheduled_read.csv", 4),
        ("octopus_download_dst.csv", 4),
        ("p1_telegram_v5.txt", 1),
    ],
)
@pytest.mark.parametrize("begin", [b"", b"300,", b'"'])
def test_a_line_without_an_end_harms_no_other_and_is_not_kept(
    tmp_path: Path, name: str, line: int, begin: bytes
) -> None:
    whole = (DATA / name).read_bytes().splitlines(keepends=True)
    whole.insert(line - 1, begin + b"9" * 16 * 2**20 + b"\n")
    path = tmp_path / "file"
    path.write_bytes(b"".join(whole))
    del whole
    source, options = Source(path), Options(meter="home")
    known = format_of(Source(DATA / name))
    expected = outcome(known.read(Source(DATA / name), options))
    tracemalloc.start()
    try:
        found = outcome(known.read(source, options))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 8 * 2**20
    (wrong,) = [each for each in found.unusable if each[1] == "record_cut"]
    assert wrong[0] == line
    assert len(found.unusable) == len(expected.unusable) + 1
    amounts = [each.amounts.tolist() for each in found.blocks]
    assert amounts == [each.amounts.tolist() for each in expected.blocks]


def test_text_as_it_was_told() -> None:
    assert encodings_of("Čas".encode("cp1250"), "cp1250") == ("cp1250",)
    assert encodings_of("Čas".encode("utf-16"), "cp1250") == ("utf-16",)


NEM = (DATA / "Example_NEM12_powercor.csv").read_text()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_what_is_no_text_of_its_format_says_in_what_to_save_it(
    tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "readings.csv"
    mark = b"" if encoding == "utf-16" else b"\xfe\xff"
    path.write_bytes(mark + NEM.encode(encoding))
    with pytest.raises(FileRefused, match="NEM12 in UTF-16, in which no such file is: save it as"):
        format_of(Source(path))


def test_a_byte_order_mark_is_no_part_of_a_record(tmp_path: Path) -> None:
    path = tmp_path / "readings.csv"
    path.write_bytes(b"\xef\xbb\xbf" + NEM.encode())
    source = Source(path)
    found = outcome(format_of(source).read(source, NONE))
    assert (found.unusable, found.tally.blocks) == ([], 96)
