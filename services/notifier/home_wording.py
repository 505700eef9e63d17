"""A message to a customer in words: what is the matter at the own home, and what to do."""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from services.notifier.messages import Letter, Part
from services.notifier.phrases import cut, length_text, plain, time_text
from services.notifier.texts import Texts
from services.notifier.wording import BODY_LENGTH, SPEECH_LENGTH, TITLE_LENGTH, Words

MOST_METERS = 5
"""That are named, of one home as a rule."""


class HomeWriter:
    """Puts messages to customers into the words that each has chosen."""

    def __init__(self, languages: Mapping[str, Texts], page: str) -> None:
        """
        Args:
            languages: Those that are offered; of another one the first takes the place.
        """
        self._languages = languages
        self._page = page.rstrip("/")

    def words(self, letter: Letter) -> Words:
        """A message in words."""
        message, choice = letter
        texts = self._languages.get(choice.language) or next(iter(self._languages.values()))
        zone, parts = ZoneInfo(choice.zone), message.parts
        if len(parts) == 1:
            title, link = _title(texts, parts[0]), f"{self._page}/alerts/{parts[0].group}"
        else:
            title, link = texts.say("home.several"), f"{self._page}/alerts"
        said = ["\n".join(map(plain, _lines(texts, zone, each))) for each in parts]
        tail = texts.say("home.note", link=f"{self._page}/account")
        speech = _sentence(texts, zone, parts[0])
        return Words(
            cut(plain(title), TITLE_LENGTH),
            _fitted(texts, said, f"{link}\n{plain(tail)}"),
            cut(plain(speech), SPEECH_LENGTH),
            link,
        )


def _fitted(texts: Texts, said: list[str], tail: str) -> str:
    """As many as there is room for, how many more there are, and the tail."""
    for shown in range(len(said), 0, -1):
        more = len(said) - shown
        rest = [texts.say("body.more", n=texts.number(more))] if more else []
        body = "\n\n".join([*said[:shown], *rest, tail])
        if len(body) <= BODY_LENGTH:
            return body
    return f"{cut(said[0], BODY_LENGTH - len(tail) - 2)}\n\n{tail}"


def _title(texts: Texts, part: Part) -> str:
    return texts.say(f"home.{part.kind}.{'title' if part.end_ms is None else 'over_title'}")


def _lines(texts: Texts, zone: ZoneInfo, part: Part) -> Iterator[str]:
    yield _sentence(texts, zone, part)
    if part.used_wh is not None and part.usual_wh is not None:
        yield texts.say(
            f"home.{part.kind}.amounts",
            used=_energy(texts, part.used_wh),
            usual=_energy(texts, part.usual_wh),
        )
    if part.end_ms is None:
        yield texts.say(f"home.{part.kind}.do")
    yield _meters(texts, part)


def _sentence(texts: Texts, zone: ZoneInfo, part: Part) -> str:
    begin = time_text(texts, zone, part.begin_ms)
    if part.end_ms is None:
        return texts.say(f"home.{part.kind}.opened", begin=begin)
    return texts.say(
        f"home.{part.kind}.ended",
        begin=begin,
        end=time_text(texts, zone, part.end_ms),
        length=length_text(texts, part.end_ms - part.begin_ms),
    )


def _meters(texts: Texts, part: Part) -> str:
    meters = ", ".join(part.meters[:MOST_METERS])
    if (more := len(part.meters) - MOST_METERS) > 0:
        meters = texts.say("home.more_meters", meters=meters, n=texts.number(more))
    return texts.count("home.meters", len(part.meters), meters=meters)


def _energy(texts: Texts, energy_wh: float) -> str:
    return f"{texts.number(round(energy_wh / 1_000, 1))} kWh"
