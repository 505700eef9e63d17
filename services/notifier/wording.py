"""A message in words: a title, a body, and what is said aloud."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.notifier.messages import MOST_EXAMPLES, Example, Message, Part
from services.notifier.phrases import cut, length_text, plain, time_text
from services.notifier.texts import Texts

TITLE_LENGTH = 60
BODY_LENGTH = 900
SPEECH_LENGTH = 300
_AREA = "area:"
"""How a subject begins that is an area and no feeder."""


class Words(NamedTuple):
    """A message as people get it."""

    title: str
    """At most TITLE_LENGTH characters on one line."""
    body: str
    """At most BODY_LENGTH characters."""
    speech: str
    """At most SPEECH_LENGTH characters, to be read aloud."""
    link: str


class Writer:
    """Puts messages into the words of a language, with the times of a zone."""

    def __init__(self, texts: Texts, zone: str, page: str) -> None:
        self._texts = texts
        self._zone = ZoneInfo(zone)
        self._page = page.rstrip("/")

    def words(self, message: Message) -> Words:
        """A message in words."""
        parts = message.parts
        link = self._link(message)
        if len(parts) == 1:
            title, speech = self._title(parts[0]), self._speech(parts[0])
            head, rows = list(self._head(parts[0])), self._rows(parts[0])
            left = parts[0].alerts
            ends = parts[0].why == "ended"
            tail = [] if ends else [self._kind(parts[0], "do")]
        else:
            counts = self._counts(parts)
            title = self._texts.say("title.digest", **counts)
            speech = self._texts.say("speech.digest", **counts)
            head, rows = [self._totals(parts)], [(row, row) for row in map(self._group, parts)]
            left, tail = len(parts), []
        tail.append(self._texts.say("body.link", link=link))
        body = self._fitted(head, rows[:MOST_EXAMPLES], left, tail)
        return Words(cut(plain(title), TITLE_LENGTH), body, cut(plain(speech), SPEECH_LENGTH), link)

    def _link(self, message: Message) -> str:
        parts = message.parts
        if len(parts) == 1 and parts[0].alerts == 1:
            return f"{self._page}/alerts/{parts[0].examples[0].id}"
        return f"{self._page}/alerts"

    def _title(self, part: Part) -> str:
        return self._texts.say(f"title.{part.why}", **self._names(part))

    def _speech(self, part: Part) -> str:
        out = part.homes_out if part.kind == "outage" and not part.is_link else 0
        names = {
            **self._names(part),
            "say": self._kind(part, "say"),
            "begin": self._time(part.begin_ms, "spoken_time"),
            "length": self._length((part.end_ms or part.begin_ms) - part.begin_ms),
            "out": self._texts.count("out", out) if out else "",
        }
        return self._texts.say(f"speech.{part.why}", **names)

    def _names(self, part: Part) -> dict[str, str]:
        return {
            "what": self._what(part),
            "where": self._where(part),
            "severity": self._texts.say(f"severities.{part.severity}"),
        }

    def _what(self, part: Part) -> str:
        number = part.alerts if part.why == "ended" else max(part.alerts_open, 1)
        return self._texts.count(f"kinds.{_kind_of(part)}", number)

    def _where(self, part: Part) -> str:
        """The subject, where there is one alone."""
        if part.alerts == 1 or part.flapping:
            return self._subject(part, part.examples[0])
        if not part.place:
            return self._texts.say("place.feed")
        if part.place == part.examples[0].subject:
            return self._subject(part, part.examples[0])
        return self._texts.say("place.area", place=part.place)

    def _subject(self, part: Part, example: Example) -> str:
        if example.subject.startswith(_AREA):
            return self._texts.say("place.area", place=example.subject.removeprefix(_AREA))
        return self._kind(part, "where", subject=example.subject)

    def _kind(self, part: Part, key: str, **names: str) -> str:
        return self._texts.say(f"kinds.{_kind_of(part)}.{key}", **names)

    def _head(self, part: Part) -> Iterator[str]:
        names = self._names(part) | {"begin": self._time(part.begin_ms)}
        if part.why == "escalated":
            yield self._texts.say("body.escalated")
        if part.end_ms is None:
            yield self._texts.say("body.since", begin=names["begin"], severity=names["severity"])
        else:
            yield self._texts.say(
                "body.ended",
                begin=names["begin"],
                end=self._time(part.end_ms),
                length=self._length(part.end_ms - part.begin_ms),
            )
        if part.flapping:
            yield self._texts.say("body.flapping", n=self._texts.number(part.flapping))
        if part.alerts > 1:
            yield self._totals([part])
        if part.homes and part.kind == "outage":
            homes = self._texts.count("homes", part.homes)
            is_out = part.homes_out and not part.is_link
            out = self._texts.count("out", part.homes_out) if is_out else ""
            yield f"{homes}. {out}".strip()

    def _totals(self, parts: Sequence[Part]) -> str:
        return self._texts.say("body.totals", **self._counts(parts))

    def _counts(self, parts: Sequence[Part]) -> dict[str, str]:
        return {
            "alerts": self._texts.count("alerts", sum(each.alerts for each in parts)),
            "open": self._texts.count("open", sum(each.alerts_open for each in parts)),
            "new": self._texts.number(sum(each.opened_count for each in parts)),
            "over": self._texts.number(sum(each.ended_count for each in parts)),
        }

    def _rows(self, part: Part) -> list[tuple[str, str]]:
        """Each example with its evidence and without. Of one alert alone the title and the head
        have said all but the evidence."""
        if part.alerts == 1:
            return [(part.examples[0].text, "")]
        rows = []
        for each in part.examples:
            names = {
                "where": self._subject(part, each),
                "severity": self._texts.say(f"severities.{each.severity}"),
            }
            if each.end_ms is None:
                row = self._texts.say("body.example", begin=self._time(each.begin_ms), **names)
            else:
                row = self._texts.say(
                    "body.example_ended",
                    end=self._time(each.end_ms),
                    length=self._length(each.end_ms - each.begin_ms),
                    **names,
                )
            rows.append((f"{row}: {each.text}" if each.text else row, row))
        return rows

    def _group(self, part: Part) -> str:
        names = {"what": self._what(part), "where": self._where(part)}
        if part.end_ms is None:
            names["begin"] = self._time(part.begin_ms)
            names["open"] = self._texts.count("open", part.alerts_open)
            return self._texts.say("body.group", **names)
        return self._texts.say(
            "body.group_ended",
            end=self._time(part.end_ms),
            length=self._length(part.end_ms - part.begin_ms),
            **names,
        )

    def _fitted(
        self, head: list[str], rows: list[tuple[str, str]], number: int, tail: list[str]
    ) -> str:
        """All that has room: first evidence is left out, then examples, then what to do; numbers
        and the link stay."""
        for shown, chosen in _ever_less(rows):
            more = number - shown
            lines = [*head, *filter(None, chosen)]
            if more:
                lines.append(self._texts.say("body.more", n=self._texts.number(more)))
            body = "\n".join(map(plain, [*lines, *tail]))
            if len(body) <= BODY_LENGTH:
                return body
        link = plain(tail[-1])
        return f"{cut(' '.join(map(plain, head)), BODY_LENGTH - len(link) - 1)}\n{link}"

    def _time(self, at_ms: int, pattern: str = "time") -> str:
        return time_text(self._texts, self._zone, at_ms, pattern)

    def _length(self, length_ms: int) -> str:
        return length_text(self._texts, length_ms)


def _kind_of(part: Part) -> str:
    return "link_lost" if part.is_link else part.kind


def _ever_less(rows: list[tuple[str, str]]) -> Iterator[tuple[int, list[str]]]:
    yield len(rows), [long for long, _ in rows]
    for shown in range(len(rows), -1, -1):
        yield shown, [short for _, short in rows[:shown]]
