"""The messages of `contracts/examples/` and what each is by the contract."""

import json
from base64 import b64decode
from dataclasses import dataclass
from functools import cache
from typing import Any

from contracts.settings import PROJECT

FOLDER = PROJECT / "contracts" / "examples"
OPTIONAL: dict[str, Any] = {
    "energy": None,
    "interval_ms": None,
    "revision": 0,
    "quality": None,
    "quality_code": None,
}
"""What a reading says by these fields if its `values` leave them out."""


@dataclass(frozen=True)
class Example:
    """A line of a file, as contracts/README.md says."""

    name: str
    line: dict[str, Any]

    @property
    def message(self) -> bytes | None:
        """The value of the record; made anew each time, since some have megabytes."""
        if "base64" in self.line:
            return b64decode(self.line["base64"])
        text = self.line["message"]
        if isinstance(text, list):
            text = "".join(part * times for part, times in text)
        return None if text is None else text.encode()

    @property
    def verdict(self) -> str:
        """`reading`, `announcement`, `heartbeat`, or the reason of the reject."""
        return str(self.line["verdict"])

    @property
    def values(self) -> dict[str, Any]:
        """Of a reading or an announcement: its fields, those of three decimals in thousandths."""
        values = dict(self.line["values"])
        if self.verdict == "announcement":
            return values
        optional = {name: values.pop(name, absent) for name, absent in OPTIONAL.items()}
        return values | optional


@cache
def examples(file: str) -> list[Example]:
    """Those of a file: `bytes`, `fields` or `limits`."""
    lines = (FOLDER / f"{file}.jsonl").read_text().splitlines()
    return [Example(line["name"], line) for line in map(json.loads, lines)]


@cache
def all_examples() -> list[Example]:
    """Those of all files; no two have one name."""
    every = [example for path in sorted(FOLDER.glob("*.jsonl")) for example in examples(path.stem)]
    assert len({example.name for example in every}) == len(every), "two examples have one name"
    return every
