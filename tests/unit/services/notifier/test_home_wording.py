"""Messages to customers in words: each kind, in each language, as long as it may be."""

from typing import Any

import pytest

from contracts.alerts import FOR_CUSTOMERS
from contracts.choices import KINDS_TO_CHOOSE
from contracts.time import MINUTE_MS
from services.notifier.home_wording import HomeWriter
from services.notifier.messages import Letter, Message, Part
from services.notifier.texts import read_texts
from services.notifier.wording import BODY_LENGTH, SPEECH_LENGTH, TITLE_LENGTH, Words
from tests.unit.services.notifier.play import a_choice
from tests.unit.services.notifier.test_wording import BEGIN_MS, LANGUAGES, PAGE, example

WRITER = HomeWriter({each: read_texts(each) for each in LANGUAGES}, PAGE)


def a_part(kind: Any = "outage", **fields: Any) -> Part:  # noqa: ANN401
    values: dict[str, Any] = {
        "group": f"{kind}:f0:{BEGIN_MS}",
        "rule": "customers",
        "kind": kind,
        "why": "opened",
        "severity": "major",
        "place": "",
        "begin_ms": BEGIN_MS,
        "alerts": 1,
        "alerts_open": 1,
        "examples": (example(),),
        "meters": ("MAC000002",),
    }
    return Part(**{**values, **fields})


def words(*parts: Part, language: str = "en", zone: str = "Europe/London") -> Words:
    choice = a_choice(language=language, zone=zone)
    return WRITER.words(Letter(Message("0" * 32, "home-mail", BEGIN_MS, parts), choice))


def test_an_outage_at_home() -> None:
    assert words(a_part()) == Words(
        "Power outage at your home",
        "Since 28 Mar 23:40 GMT there has been no power at your home, as far as we know. We know "
        "of it, and you need not report it.\n"
        "Switch off stoves and irons, so that they do not start by themselves when the power is "
        "back.\n"
        "Meter MAC000002\n\n"
        f"{PAGE}/alerts/outage:f0:{BEGIN_MS}\n"
        f"You have chosen to be told of this. You can change that here: {PAGE}/account",
        "Since 28 Mar 23:40 GMT there has been no power at your home, as far as we know. We know "
        "of it, and you need not report it.",
        f"{PAGE}/alerts/outage:f0:{BEGIN_MS}",
    )


def test_its_end_in_the_zone_and_language_that_were_chosen() -> None:
    over = a_part(why="ended", end_ms=BEGIN_MS + 125 * MINUTE_MS)
    found = words(over, language="de", zone="Europe/Berlin")
    assert found.title == "Der Strom ist wieder da"
    # The clocks were put forward between.
    assert found.body.splitlines()[0] == (
        "Der Stromausfall bei Ihnen ist seit 29. März 03:45 CEST vorbei. Er dauerte 2 Stunden und "
        "5 Minuten, von 29. März 00:40 CET an."
    )


def test_unusual_use_says_how_much_it_was() -> None:
    use = a_part("unusual_use", used_wh=12_340.0, usual_wh=1_000.0)
    assert "It was 12.3 kWh, where 1 kWh are usual." in words(use).body.splitlines()
    assert "Es waren 12,3 kWh, üblich sind 1 kWh." in words(use, language="de").body.splitlines()


def test_several_are_one_message() -> None:
    found = words(a_part(why="ended", end_ms=BEGIN_MS + MINUTE_MS), a_part("unusual_use"))
    assert found.title == "News of your home"
    assert found.link == f"{PAGE}/alerts"
    assert "is over since" in found.body and "more energy has been used" in found.body


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(FOR_CUSTOMERS))
def test_all_of_it_fits_in_any_language(language: str, kind: str) -> None:
    many = tuple(f"{'M' * 60}{n:04d}" for n in range(900))
    numbers = {"used_wh": 1e9, "usual_wh": 1e8} if kind == "unusual_use" else {}
    begun = a_part(kind, meters=many, **numbers)
    ended = a_part(kind, why="ended", end_ms=BEGIN_MS + 3_000_000_000, meters=many)
    for parts in ((begun,), (ended,), (begun, ended) * 10):
        found = words(*parts, language=language)
        assert len(found.title) <= TITLE_LENGTH
        assert len(found.body) <= BODY_LENGTH
        assert len(found.speech) <= SPEECH_LENGTH
        assert found.body.rstrip().endswith(f"{PAGE}/account")
    short = words(*[a_part(kind)] * 20, language=language).body
    assert "20" not in short.splitlines()[0] and any(
        line.startswith("- ") for line in short.splitlines()
    )


def test_another_language_than_is_offered_is_the_first() -> None:
    assert words(a_part(), language="it").title == words(a_part()).title


def test_what_can_be_chosen_has_words() -> None:
    assert {words(a_part(kind)).title for kind in KINDS_TO_CHOOSE} == {
        "Power outage at your home",
        "Your meter is silent",
        "Unusual use of energy at your home",
    }
