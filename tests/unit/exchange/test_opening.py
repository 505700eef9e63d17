import gzip
import zipfile
from pathlib import Path

import pytest

from exchange.errors import FileRefused
from exchange.opening import Source, begin_of, decoded, sources
from tests.unit.exchange.files import DATA

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
        (b"\x1f\x8bno gzip at all", "cannot be read"),
    ],
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


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"\xef\xbb\xbfDatum", "Datum"),
        ("Unité".encode(), "Unité"),
        ("Unité".encode("cp1252"), "Unité"),
        ("Unité".encode("utf-16"), "Unité"),
    ],
)
def test_text_is_read_by_its_bytes(content: bytes, text: str) -> None:
    assert decoded(content) == text


def test_text_as_it_was_told() -> None:
    assert decoded("Čas".encode("cp1250"), "cp1250") == "Čas"
    with pytest.raises(UnicodeDecodeError):
        decoded("Čas".encode("cp1250"), "utf-8")
