"""Numbers and times as the page writes them, against literal values."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.look import Visitors


def said(page: Page, module: str, call: str) -> Any:  # noqa: ANN401
    """What an expression over a module of the page gives."""
    icon = page.locator("link[rel=icon]").get_attribute("href")
    assert icon is not None
    address = f"{icon.rpartition('/')[0]}/{module}"
    return page.evaluate(
        f"async address => {{ const m = await import(address); return {call}; }}", address
    )


WRITTEN = [
    ("m.power(0)", "0 W"),
    ("m.power(-0.0001)", "-0.0001 W"),
    ("m.power(-0)", "0 W"),
    ("m.power(438)", "438 W"),
    ("m.power(1234.5)", "1.235 kW"),
    ("m.power(-2500)", "-2.5 kW"),
    ("m.power(12_345_678)", "12.35 MW"),
    ("m.power(null)", "\u2013"),
    ("m.energy(999)", "999 Wh"),
    ("m.energy(24_692.356)", "24.69 kWh"),
    ("m.energy(1.5e9)", "1.5 GWh"),
    ("m.volume(999)", "999 l"),
    ("m.volume(1_234)", "1.234 m³"),
    ("m.flow(1_500)", "1.5 m³/h"),
    ("m.number(123_456.7)", "123,457"),
    ("m.exact(24_692.3564, 'Wh')", "24,692.356 Wh"),
    ("m.unitOf('w', [10, 2_000, null]).name", "kW"),
    ("m.power(10, m.unitOf('w', [10, 2_000]))", "0.01 kW"),
    ("m.clockTime(1387815600000, 'Europe/London')", "16:20:00"),
    ("m.clockTime('2013-07-01T00:00:00Z', 'Asia/Kathmandu')", "05:45:00"),
    ("m.moment(1372636800000, 'Europe/London')", "1 Jul 2013, 01:00:00 BST"),
    # The hour that comes twice.
    ("m.moment(Date.UTC(2013, 9, 27, 0, 30), 'Europe/London')", "27 Oct 2013, 01:30:00 BST"),
    ("m.moment(Date.UTC(2013, 9, 27, 1, 30), 'Europe/London')", "27 Oct 2013, 01:30:00 GMT"),
    ("m.day(Date.UTC(2013, 11, 31, 23, 30), 'Europe/Paris')", "1 Jan 2014"),
    ("m.zoneName('Europe/London')", "London time"),
    ("m.zoneName('America/Argentina/Buenos_Aires')", "Buenos Aires time"),
    ("m.zoneName('UTC')", "UTC"),
    ("m.span(59_999)", "59 s"),
    ("m.span(3_600_000)", "1 h"),
    ("m.span(11_100_000)", "3 h 5 min"),
    ("m.ago(12_000)", "12 s ago"),
    ("m.counted(1, 'meter')", "1 meter"),
    ("m.counted(1_234, 'meter')", "1,234 meters"),
]
"""What is called, and what it must give."""


def test_numbers_and_times(untouched: Page) -> None:
    calls = ", ".join(call for call, _ in WRITTEN)
    found = said(untouched, "core/format.js", f"[{calls}]")
    assert dict(zip([call for call, _ in WRITTEN], found, strict=True)) == dict(WRITTEN)


@pytest.mark.parametrize(
    ("setting", "value", "call", "text"),
    [
        # 1 kWh is 3.6 MJ, 100 cubic feet are 2,831.6846592 l, a US gallon is 3.785411784 l.
        ("energyUnit", "MJ", "f.energy(1_000)", "3.6 MJ"),
        ("energyUnit", "MJ", "f.energy(100)", "360 kJ"),
        ("volumeUnit", "ccf", "f.volume(2_831.6846592)", "1 ccf"),
        ("volumeUnit", "gal", "f.volume(3_785.411784)", "1,000 gal"),
        ("volumeUnit", "gal", "f.flow(37.85411784)", "10 gal/h"),
    ],
)
def test_units_are_as_one_likes(
    visitors: Visitors, setting: str, value: str, call: str, text: str
) -> None:
    # It is kept in the browser.
    page = visitors.new().open("/sign-in")
    both = (
        f"(m.{setting}.value = '{value}', "
        f"import(address.replace('settings', 'format')).then(f => {call}))"
    )
    assert said(page, "core/settings.js", f"await {both}") == text


def test_events_come_out_of_pieces_as_they_were_put_in(untouched: Page) -> None:
    pieces = ["id: 7\nevent: al", 'ert\ndata: {"a":1}\n', "\n: still here\n\nevent: x\ndata: é\n\n"]
    call = f"""await (async () => {{
        const bytes = {pieces!r}.map(each => new TextEncoder().encode(each));
        // Within a character.
        const cut = [...bytes.slice(0, 2), bytes[2].slice(0, 31), bytes[2].slice(31)];
        const body = new ReadableStream({{
            start(to) {{ cut.forEach(each => to.enqueue(each)); to.close(); }}}});
        const found = [];
        for await (const event of m.eventsOf(body)) found.push([event.name, event.data, event.id]);
        return found; }})()"""
    assert said(untouched, "core/event_stream.js", call) == [
        ["alert", '{"a":1}', "7"],
        ["", "", None],
        ["x", "é", None],
    ]


def test_changes_of_areas_are_laid_over_what_is_known(untouched: Page) -> None:
    call = """m.merged(
        {whole: true, items: [{name: 'a', n: 1}, {name: 'b', n: 1}], gone: []},
        {whole: false, items: [{name: 'b', n: 2}, {name: 'c', n: 3}], gone: ['a']}).items"""
    assert said(untouched, "core/topics.js", call) == [{"name": "b", "n": 2}, {"name": "c", "n": 3}]


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (0, "0 s"),
        (250, "0.25 s"),
        (90_000, "1 min 30 s"),
        (3_599_999, "1 h"),
        (11_100_000, "3 h 5 min"),
        (89_998_661, "25 h"),
        (187_200_000, "2 d 4 h"),
    ],
)
def test_how_long_something_took_is_said_in_words(untouched: Page, ms: int, words: str) -> None:
    assert said(untouched, "parts/alert_words.js", f"m.lengthWords({ms})") == words


def version(number: int, state: str, out: int, text: str = "34 homes are dark.") -> dict[str, Any]:
    """A word of an outage of 34 homes."""
    return {
        "version": number,
        "state": state,
        "severity": "major",
        "at": f"2013-12-23T16:0{number}:00Z",
        "text": text,
        "homes_count": 34,
        "homes_out": out,
        "cause": "power",
    }


def test_what_goes_on_is_one_line_and_homes_of_what_is_over_were_out(untouched: Page) -> None:
    versions = [
        version(1, "opened", 34),
        *(version(number, "updated", 34) for number in (2, 3, 4)),
        version(5, "closed", 0, "All are back."),
    ]
    call = f"""m.linesOf({json.dumps(versions)}, 'outage')
        .map(each => [each.last.version, each.words || m.goesOn(each.times)])"""
    assert said(untouched, "views/alerts/story.js", call) == [
        [1, "34 homes are dark. 34 homes, 34 of them out."],
        [4, "Nothing new, 3 times, the last one then: it goes on."],
        [5, "All are back. 34 homes were out."],
    ]
