"""Readers fed by coverage: what new ways through them a changed file takes is changed further.

    uv run --group fuzz python -m tests.unit.exchange.fuzzed NEM -max_total_time=600

Formats are those of `test_damaged.FORMATS`; what follows goes to libFuzzer. A file that a reader
falls over, or of which it loses a value, is written where it is run.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import atheris

with atheris.instrument_imports(include=["exchange"]):
    from exchange.errors import FileRefused
    from exchange.opening import Source
    from exchange.recognising import format_of
    from tests.unit.exchange.damage import unclear
    from tests.unit.exchange.files import outcome
    from tests.unit.exchange.test_damaged import FORMATS, OPTIONS, content_of

LONGEST = 8_192


class Held(Source):
    """Content in memory."""

    content = b""

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        yield BytesIO(Held.content)


def read(content: bytes) -> None:
    Held.content = content
    source = Held(Path("fuzzed"))
    try:
        found = list(format_of(source).read(source, OPTIONS))
    except FileRefused:
        return
    assert not list(unclear(found))
    outcome(found)


def main() -> None:
    name, *options = sys.argv[1:]
    with TemporaryDirectory() as folder:
        for number, sample in enumerate(FORMATS[name]):
            (Path(folder) / f"{number}").write_bytes(content_of(sample)[:LONGEST])
        atheris.Setup([sys.argv[0], f"-max_len={LONGEST}", *options, folder], read)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
