"""Words: complete in every language, and refused when they are not."""

from string import Formatter

import pytest

from billing.documents.invoice import DocumentError
from billing.documents.template import template, words

LANGUAGES = ("en", "de", "fr")
ENGLISH = template("en").words


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_fills_in_what_english_does(language: str) -> None:
    there = template(language).words
    for section in ("labels", "sentences"):
        for key, text in ENGLISH[section].items():
            assert fields(there[section][key]) == fields(text), f"{section}.{key}"


def fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_a_word_that_is_missing_is_named() -> None:
    with pytest.raises(DocumentError, match=r"own\.toml: titles\.invoice is missing"):
        words("[titles]\ncredit_note = 'x'", "own.toml")


def test_what_is_not_toml_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"own\.toml is not TOML"):
        words("titles: invoice", "own.toml")


def test_a_language_without_words_is_refused_with_those_that_are_there() -> None:
    with pytest.raises(DocumentError, match="no words for 'it': take one of de, en, fr"):
        template("it-IT")
