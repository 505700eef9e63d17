"""How a document looks and speaks: plain files, of which a utility can write its own.

`layout` is Typst: it reads `/bill.json` (what `printed.printed` returns) and `/logo.svg`. `words`
is TOML as in `templates/en.toml`, which has every key that there must be.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import cast

from billing.documents.invoice import DocumentError

Words = Mapping[str, Mapping[str, str]]
"""By section and key."""

_FOLDER = files("billing.documents") / "templates"
_MAY_LACK = ("minor", "marks")
"""Sections whose keys depend on the country."""


@dataclass(frozen=True, slots=True)
class Template:
    """A layout and its words."""

    layout: str
    words: Words
    accent: str = "#0b5563"
    """The colour of rules and headings, as `#rrggbb`."""
    logo: str = ""
    """SVG; without one the seller's name is set large."""


def words(text: str, file: str) -> Words:
    """The words of a file.

    Raises:
        DocumentError: it is not TOML, or lacks a word.
    """
    try:
        found = cast(Words, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise DocumentError(f"{file} is not TOML: {error}") from error
    for section, keys in _english().items():
        for key in () if section in _MAY_LACK else keys:
            if not isinstance(found.get(section, {}).get(key), str):
                raise DocumentError(
                    f"{file}: {section}.{key} is missing: give the word, as en.toml does"
                )
    return {section: found.get(section, {}) for section in _english()}


def template(locale: str) -> Template:
    """The project's own for a language.

    Raises:
        DocumentError: there are no words for it.
    """
    return _built_in(locale.partition("-")[0])


@cache
def _built_in(language: str) -> Template:
    path = _FOLDER / f"{language}.toml"
    if not path.is_file():
        known = sorted(each.name[:2] for each in _FOLDER.iterdir() if each.name.endswith(".toml"))
        raise DocumentError(
            f"locale: there are no words for {language!r}: take one of {', '.join(known)}, or give "
            "a template of your own"
        )
    layout = (_FOLDER / "invoice.typ").read_text("utf-8")
    return Template(layout, words(path.read_text("utf-8"), path.name))


@cache
def _english() -> Words:
    return cast(Words, tomllib.loads((_FOLDER / "en.toml").read_text("utf-8")))
