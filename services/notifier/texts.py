"""Texts for people as a language's file has them, one beside another; `texts/en.toml` says how."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.numbers import format_decimal

from services.notifier.errors import NotifyError

FOLDER = Path(__file__).with_name("texts")
PLURALS = frozenset({"zero", "one", "two", "few", "many", "other"})
"""Of Unicode (CLDR); a language has some of them."""


class Texts:
    """The texts of one language."""

    def __init__(self, locale: Locale, texts: Mapping[str, str]) -> None:
        self.locale = locale
        self._texts = texts

    def say(self, key: str, **names: str) -> str:
        """A text with its names filled in."""
        return self._texts[key].format_map(names)

    def count(self, key: str, number: int, **names: str) -> str:
        """The text for a number, by the plurals of the language."""
        form = f"{key}.{self.locale.plural_form(number)}"
        chosen = form if form in self._texts else f"{key}.other"
        return self._texts[chosen].format_map({**names, "n": self.number(number)})

    def number(self, number: float) -> str:
        """A number as the language writes it."""
        return format_decimal(number, locale=self.locale)


def read_texts(language: str, own: Path | None = None) -> Texts:
    """The texts of a language: the project's, and what a utility has in the place of some.

    Args:
        own: Its folder; another language than the project's has all texts there.

    Raises:
        NotifyError: there are no texts of that language, one is missing or none that is known, or
            it has a {name} that it is not given; says the file, the key and what to do.
    """
    path = FOLDER / f"{language}.toml"
    english = dict(_read(FOLDER / "en.toml"))
    found = dict(_read(path)) if path.is_file() else {}
    if own is not None and (their := own / f"{language}.toml").is_file():
        path = their
        found |= _read(their)
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        locale = None
    if not found or locale is None:
        known = ", ".join(sorted(each.stem for each in FOLDER.glob("*.toml")))
        raise NotifyError(
            f"language is {language!r}, and texts are there in {known}: give one of these, or add "
            f"{language}.toml to the folder that `texts` of notify.toml names, with all that "
            f"{FOLDER / 'en.toml'} has"
        )
    _check(path, found, english)
    return Texts(locale, found)


def _read(path: Path) -> Mapping[str, str]:
    try:
        return dict(_flat(path, tomllib.loads(path.read_text())))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise NotifyError(f"{path} cannot be read: {error}; mend it there") from None


def _flat(path: Path, said: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in said.items():
        if isinstance(value, dict):
            yield from _flat(path, value, f"{before}{key}.")
        elif isinstance(value, str):
            yield f"{before}{key}", value
        else:
            raise NotifyError(f"{path}: {before}{key} is {value!r}: give a text")


def _check(path: Path, found: Mapping[str, str], english: Mapping[str, str]) -> None:
    for key in english:
        # A language may do without a plural that English has, but not without the last.
        if key not in found and (not _is_plural(key) or key.endswith(".other")):
            raise NotifyError(f"{path}: {key} is missing: add it")
    for key, text in found.items():
        known = english.get(key)
        if known is None and _is_plural(key):
            known = english.get(f"{key.rpartition('.')[0]}.other")
        if known is None:
            raise NotifyError(f"{path}: {key} is unknown: take it out, or mend its name")
        may = _names(path, key, known) | _more_names(key)
        if strange := sorted(_names(path, key, text) - may):
            given = ", ".join(f"{{{each}}}" for each in sorted(may)) or "none"
            raise NotifyError(
                f"{path}: {key} is {text!r}: there is no {{{strange[0]}}}; its names are {given}"
            )


def _is_plural(key: str) -> bool:
    return key.rpartition(".")[2] in PLURALS


def _more_names(key: str) -> set[str]:
    """What a text is given whether or not English makes use of it."""
    if _is_plural(key):
        return {"n"}
    if key.startswith("title.") and key != "title.digest":
        return {"what", "where", "severity"}
    if key.startswith("speech.") and key != "speech.digest":
        return {"what", "where", "say", "begin", "length", "out"}
    return set()


def _names(path: Path, key: str, text: str) -> set[str]:
    if key in ("time", "spoken_time"):
        return set()
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise NotifyError(
            f"{path}: {key} is {text!r}: {error}; write a brace that stays as two"
        ) from None
    for _, name, form, conversion in parts:
        if name is not None and (not name.isidentifier() or form or conversion):
            raise NotifyError(f"{path}: {key} is {text!r}: give names in braces and nothing else")
    return {name for _, name, _, _ in parts if name is not None}
