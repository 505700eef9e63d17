"""A manifest as text: the same each time, and for people to read."""

from collections.abc import Mapping
from typing import Any

import yaml


class _Readable(yaml.SafeDumper):
    """Writes a text of several lines as such."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None
    )


_Readable.add_representer(str, _text)


def text_of(manifest: Mapping[str, Any]) -> str:
    """The manifest as YAML, its keys in the order of the alphabet."""
    return yaml.dump(dict(manifest), Dumper=_Readable, width=10_000)
