"""Messages in words: lengths, totals and languages."""

import re
import unicodedata
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.alerts import KINDS, SEVERITIES
from contracts.time import MINUTE_MS
from services.notifier.errors import NotifyError
from services.notifier.messages import Example, Message, Part
from services.notifier.texts import FOLDER, read_texts
from services.notifier.wording import BODY_LENGTH, SPEECH_LENGTH, TITLE_LENGTH, Words, Writer

LANGUAGES = ("en", "de", "fr")
PAGE = "https://grid.example/wattstream"
BEGIN_MS = round(datetime.fromisoformat("2026-03-28T23:40:00+00:00").timestamp() * 1_000)
WHYS = ("opened", "updated", "ended", "repeated", "escalated")


def words(*parts: Part, language: str = "en", zone: str = "Europe/London") -> Words:
    writer = Writer(read_texts(language), zone, PAGE)
    return writer.words(Message("0" * 32, "duty", BEGIN_MS, parts, len(parts) > 1))


def example(n: int = 0, **fields: Any) -> Example:  # noqa: ANN401
    values: dict[str, Any] = {
        "id": f"outage:f{n}:{BEGIN_MS}",
        "subject": f"f{n}",
        "severity": "major",
    }
    return Example(
        **{**values, "begin_ms": BEGIN_MS, "text": "50 of 50 homes stay away.", **fields}
    )


def a_part(**fields: Any) -> Part:  # noqa: ANN401
    values: dict[str, Any] = {
        "group": "all/x",
        "rule": "all",
        "kind": "outage",
        "why": "opened",
        "severity": "major",
        "place": "gcp",
        "begin_ms": BEGIN_MS,
        "alerts": 1,
        "alerts_open": 1,
        "examples": (example(),),
        "opened_count": 1,
        "homes": 50,
        "homes_out": 42,
    }
    return Part(**{**values, **fields})


def test_an_outage_that_opens() -> None:
    assert words(a_part()) == Words(
        "Power outage, feeder f0",
        "Since 28 Mar 23:40 GMT, major.\n"
        "50 homes. 42 homes have no power.\n"
        "50 of 50 homes stay away.\n"
        "Send a crew to the feeder, and say on the page who looks after it.\n"
        f"{PAGE}/alerts/outage:f0:{BEGIN_MS}",
        "The power is out, feeder f0, since 23:40. 42 homes have no power.",
        f"{PAGE}/alerts/outage:f0:{BEGIN_MS}",
    )


def test_its_end_says_how_long_it_was() -> None:
    end_ms = BEGIN_MS + 125 * MINUTE_MS
    over = a_part(
        why="ended",
        alerts_open=0,
        homes_out=0,
        end_ms=end_ms,
        examples=(example(end_ms=end_ms, text=""),),
        ended_count=1,
    )

    found = words(over)
    assert len(found.body.splitlines()) == 3
    assert found.title == "Over: Power outage, feeder f0"
    # The clocks were put forward between.
    assert found.body.splitlines()[:2] == [
        "Over since 29 Mar 02:45 BST. It lasted 2 hours and 5 minutes, from 28 Mar 23:40 GMT.",
        "50 homes.",
    ]
    assert found.speech == ("It is over: Power outage, feeder f0. It lasted 2 hours and 5 minutes.")
    assert words(over, language="de", zone="Europe/Berlin").speech == (
        "Es ist vorbei: Stromausfall, Strang f0. Es dauerte 2 Stunden und 5 Minuten."
    )
    assert words(over, language="fr").title == "Fini : Panne de courant, départ f0"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("why", WHYS)
def test_one_alert_is_a_sentence_and_its_data_and_several_are_a_list(
    language: str, why: str
) -> None:
    end_ms = BEGIN_MS + MINUTE_MS if why == "ended" else None
    one = words(a_part(why=why, end_ms=end_ms), language=language)
    assert one.body.count("f0") == 1, "it is in the link alone, as the title has it"
    assert not [line for line in one.body.splitlines() if line.startswith("- ")]
    assert "50 of 50 homes stay away." in one.body.splitlines()
    both = (example(0, end_ms=end_ms), example(1, end_ms=end_ms))
    two = words(a_part(why=why, end_ms=end_ms, alerts=2, examples=both), language=language)
    assert [line.count("f0") for line in two.body.splitlines() if line.startswith("- ")] == [1, 0]


def test_evidence_that_has_no_room_is_left_out() -> None:
    found = words(a_part(examples=(example(text="m" * 900),)))
    assert found.body == words(a_part(examples=(example(text=""),))).body


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_storm_says_true_totals_and_five_examples(language: str) -> None:
    """Demand 16, in each language."""
    storm = a_part(
        alerts=1_234,
        alerts_open=1_200,
        examples=tuple(example(n) for n in range(5)),
        opened_count=90,
        ended_count=34,
        homes=61_700,
        homes_out=60_001,
    )

    body = words(storm, language=language).body
    numbers = [re.sub(r"\D", "", each) for each in re.findall(r"\d[\d,.\u202f\u00a0]*", body)]
    for total in ("1234", "1200", "90", "34", "61700", "60001", "1229"):
        assert total in numbers, f"{total} is not in {body}"
    assert sum(line.startswith("- ") for line in body.splitlines()) == 6


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_digest_names_groups_and_counts_all(language: str) -> None:
    parts = [a_part(place=f"gc{n}", alerts=3, alerts_open=2, opened_count=3) for n in range(40)]

    found = words(*parts, language=language)
    assert "120" in found.title and "80" in found.title
    assert "120" in found.body and "80" in found.body and "35" in found.body
    assert sum(line.startswith("- ") for line in found.body.splitlines()) == 6
    assert found.link == f"{PAGE}/alerts"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_words(language: str, kind: str) -> None:
    for why in WHYS:
        found = words(a_part(kind=kind, why=why), language=language)
        assert found.title and found.speech and "f0" in found.title
        assert "{" not in "".join(found)


def test_a_link_that_is_lost_is_no_power_cut() -> None:
    found = words(a_part(is_link=True, severity="warning"))

    assert found.title == "Link lost, feeder f0"
    assert "no power" not in found.body and "no power" not in found.speech


def test_homes_of_no_feeder_are_of_an_area() -> None:
    assert words(a_part(examples=(example(subject="area:gcpuy"),))).title == (
        "Power outage, area gcpuy"
    )


NAMES = st.text(min_size=1, max_size=64)
EXAMPLES = st.builds(
    Example,
    id=st.text(min_size=1, max_size=100),
    subject=NAMES,
    severity=st.sampled_from(SEVERITIES),
    begin_ms=st.integers(0, 4 * 10**12),
    end_ms=st.none() | st.integers(0, 4 * 10**12),
    text=st.text(max_size=600),
)
PARTS = st.builds(
    Part,
    group=NAMES,
    rule=NAMES,
    kind=st.sampled_from(KINDS),
    why=st.sampled_from(WHYS),
    severity=st.sampled_from(SEVERITIES),
    place=st.text(max_size=64),
    begin_ms=st.integers(0, 4 * 10**12),
    alerts=st.integers(1, 10**7),
    alerts_open=st.integers(0, 10**7),
    examples=st.lists(EXAMPLES, min_size=1, max_size=5).map(tuple),
    end_ms=st.none() | st.integers(0, 4 * 10**12),
    opened_count=st.integers(0, 10**7),
    ended_count=st.integers(0, 10**7),
    homes=st.integers(0, 10**8),
    homes_out=st.integers(0, 10**8),
    is_link=st.booleans(),
    flapping=st.integers(0, 10**4),
)
WRITERS = {each: Writer(read_texts(each), "Australia/Lord_Howe", PAGE) for each in LANGUAGES}


@settings(max_examples=25, deadline=None)
@given(st.lists(PARTS, min_size=1, max_size=8), st.sampled_from(LANGUAGES))
def test_whatever_is_to_be_said_has_room(parts: list[Part], language: str) -> None:
    found = WRITERS[language].words(Message("0" * 32, "duty", 0, tuple(parts), len(parts) > 1))

    assert 0 < len(found.title) <= TITLE_LENGTH
    assert 0 < len(found.body) <= BODY_LENGTH
    assert 0 < len(found.speech) <= SPEECH_LENGTH
    for line in (found.title, found.speech, *found.body.split("\n")):
        assert not {unicodedata.category(each) for each in line} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert found.body.split("\n")[-1].startswith(PAGE)


def test_a_utility_has_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "de.toml").write_text('[kinds.outage]\ndo = "Leitstelle anrufen: 0800 1."\n')
    writer = Writer(read_texts("de", tmp_path), "Europe/Berlin", PAGE)

    body = writer.words(Message("0" * 32, "duty", 0, (a_part(),))).body
    assert "Leitstelle anrufen: 0800 1." in body and "Seit 29. März 00:40 CET, ernst." in body


def test_a_utility_has_its_own_language(tmp_path: Path) -> None:
    english = (FOLDER / "en.toml").read_text()
    (tmp_path / "cy.toml").write_text(english.replace("Power outage", "Toriad trydan"))
    writer = Writer(read_texts("cy", tmp_path), "Europe/London", PAGE)

    assert writer.words(Message("0" * 32, "duty", 0, (a_part(),))).title.startswith("Toriad")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[title]\nopend = "x"', r"title.opend is unknown: take it out, or mend its name"),
        (
            '[title]\nopened = "{wat}"',
            r"title.opened is '\{wat\}': there is no \{wat\}; its names are \{severity\}, \{what\}",
        ),
        ('[title]\nopened = "{what.x}"', r"title.opened is .*: give names in braces"),
        ('[title]\nopened = "{what"', r"title.opened is .*: write a brace|two$"),
        ("[title]\nopened = 5", r"title.opened is 5: give a text"),
        ("[title", r"cannot be read"),
    ],
)
def test_a_mistake_in_a_text_is_told(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "en.toml").write_text(text)
    with pytest.raises(NotifyError, match=told) as error:
        read_texts("en", tmp_path)

    assert str(tmp_path / "en.toml") in str(error.value)


def test_a_language_without_texts_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotifyError, match="language is 'it', and texts are there in de, en, fr"):
        read_texts("it", tmp_path)
    (tmp_path / "it.toml").write_text('[title]\nopened = "{what}"')
    with pytest.raises(NotifyError, match=r"it.toml: time is missing: add it"):
        read_texts("it", tmp_path)
