"""The report of an import: a line of JSON for each thing that could not be used."""

from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

import orjson

from exchange.values import Found, Remark, Unusable

FIRST = 20


class Report:
    """Writes what cannot be used, and keeps the first of it to be shown."""

    def __init__(self, output: BinaryIO | None = None, path: Path | None = None) -> None:
        self._output, self.path = output, path
        self.first: list[Unusable | Remark] = []
        self.lines = 0

    def add(self, found: Found) -> None:
        """Note it, if it is unusable or odd."""
        if not isinstance(found, Unusable | Remark):
            return
        self.lines += 1
        if len(self.first) < FIRST:
            self.first.append(found)
        if self._output is not None:
            kind = "unusable" if isinstance(found, Unusable) else "remark"
            self._output.write(orjson.dumps({"is": kind, **asdict(found)}) + b"\n")
