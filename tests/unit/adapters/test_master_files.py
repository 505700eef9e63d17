"""Files of masters that cannot be loaded are told with file, line, column and value."""

from pathlib import Path

import pytest

from adapters.master_files import MasterFileError, found, lines
from contracts.master_files import FILES

PREMISES = next(file for file in FILES if file.table == "premises")


def written(folder: Path, text: bytes, name: str = "premises.csv") -> Path:
    """A file of the folder."""
    path = folder / name
    path.write_bytes(text)
    return path


def test_lines_are_numbered_as_an_editor_does(tmp_path: Path) -> None:
    text = b'\xef\xbb\xbfsite_id,premises_id\r\nlondon,"a\nb"\r\n\r\nlondon,c\r\n'

    read = list(lines(written(tmp_path, text), PREMISES))

    assert [(line.number, line.values["premises_id"]) for line in read] == [(3, "a\nb"), (5, "c")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            b"premises_id,site\na,b\n",
            r"premises.csv, line 1: premises has no column 'site'; it has",
        ),
        (b"premises_id\na\n", r"line 1: the column site_id is missing"),
        (b"", r"line 1: the column premises_id is missing"),
        (b"premises_id,site_id,site_id\na,b,c\n", r"line 1: a column is there twice"),
        (b"premises_id,site_id\na,b\na,b,c\n", r"line 3: it has 3 cells, and line 1 2 columns"),
        (b"premises_id,site_id\na,b\na,\n", r"line 3: site_id is empty"),
        (b"premises_id,site_id\na,\xff\n", r"is not UTF-8"),
        (b'premises_id,site_id\na,"b\n', r"line 2: unexpected end of data"),
    ],
)
def test_what_cannot_be_taken_is_named(tmp_path: Path, text: bytes, message: str) -> None:
    with pytest.raises(MasterFileError, match=message):
        list(lines(written(tmp_path, text), PREMISES))


def test_files_are_loaded_in_an_order_in_which_who_is_referred_to_comes_first(
    tmp_path: Path,
) -> None:
    for name in ("price.csv", "premises.csv", "site.csv", "notes.txt"):
        written(tmp_path, b"", name)

    assert [file.table for file in found(tmp_path)] == ["site", "premises", "price"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("prices.csv", r"prices.csv is the file of no table; did you mean price.csv\?"),
        ("wxyz.csv", r"wxyz.csv is the file of no table; there may be site.csv"),
        ("notes.txt", r"has no file to load"),
    ],
)
def test_a_folder_with_a_file_of_no_table_is_refused(
    tmp_path: Path, name: str, message: str
) -> None:
    written(tmp_path, b"", name)

    with pytest.raises(MasterFileError, match=message):
        found(tmp_path)


def test_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MasterFileError, match=r"is no folder"):
        found(tmp_path / "nowhere")
