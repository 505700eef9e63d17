"""What streams are told: of each topic what is otherwise since the last look, made once for all who
listen."""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from msgspec.json import encode
from pydantic import BaseModel

from adapters import live_questions as ask
from contracts.alerts import Alert
from contracts.digest import WHOLE
from contracts.geohash import WORLD
from contracts.live import MEASURES
from contracts.notes import Note
from contracts.reading import Commodity
from services.api.answers.areas import Cell, fleet_now, top_meter
from services.api.answers.meters import meter_now, zone_of
from services.api.answers.shapes import Clock
from services.api.areas import cells
from services.api.parts import Parts
from services.api.system import looked_at, system_now

Frame: TypeAlias = bytes
"""An event as it is sent."""

MOST_CELLS = 2_000


@dataclass(slots=True)
class News:
    """What a look brought."""

    whole: Frame | None
    """All of it, for who has nothing yet, or missed something."""
    change: Frame | None
    """What is otherwise; None if nothing is."""


Look: TypeAlias = Callable[[], Awaitable[News]]


def event(name: str, data: bytes, an_id: str | None = None) -> Frame:
    """An event with a line of JSON."""
    named = b"" if an_id is None else f"id: {an_id}\n".encode()
    return b"event: %s\n%sdata: %s\n\n" % (name.encode(), named, data)


def clock_feed(parts: Parts, namespace: str) -> Look:
    """The two clocks, whenever the stream moves, or does so no more."""
    last: tuple[object, ...] | None = None

    async def look() -> News:
        nonlocal last
        clock = await parts.clock(namespace)
        frame = event("clock", Clock.of(clock).model_dump_json().encode())
        told = (clock.stream_ms, clock.moved_ms, clock.state)
        moved, last = told != last, told
        return News(frame, frame if moved else None)

    return look


def fleet_feed(parts: Parts, namespace: str) -> Look:
    """What all meters draw, by commodity."""

    async def data() -> bytes:
        found = await parts.live.ask(ask.fleet(namespace))
        items = []
        for commodity, value in found.items():
            totals = await parts.live.ask(ask.totals(namespace, commodity))
            items.append(fleet_now(commodity, value, totals.get(WHOLE)))
        return _list(items)

    return _whole("fleet", data)


def top_feed(parts: Parts, namespace: str, commodity: Commodity) -> Look:
    """The largest meters, by power and by energy of the day."""

    async def data() -> bytes:
        found: dict[str, list[BaseModel]] = {}
        for by in MEASURES:
            largest = await parts.live.ask(ask.largest(namespace, commodity, by))
            meters = [] if largest is None else largest.meters
            found[by] = [
                top_meter(rank, by, commodity, each) for rank, each in enumerate(meters, 1)
            ]
        lists = b",".join(b'"%s":%s' % (by.encode(), _list(items)) for by, items in found.items())
        return b'{"commodity":"%s",%s}' % (commodity.encode(), lists)

    return _whole("top", data)


def meter_feed(parts: Parts, namespace: str, meter_id: str) -> Look:
    """What is known of a meter."""

    async def data() -> bytes:
        known = await parts.live.ask(ask.known(namespace, meter_id))
        if not known.anything or (area := known.area(known.main)) is None:
            return b"null"
        question = ask.live_meter(namespace, known.main, area, meter_id)
        value = await parts.live.ask(question)
        if value is None:
            return b"null"
        clock = await parts.clock(namespace)
        said = meter_now(
            meter_id,
            known.main,
            area,
            value,
            clock,
            slice_ms=parts.settings.slice_ms,
            zone=zone_of(known.entry),
        )
        return said.model_dump_json().encode()

    return _whole("meter", data)


def system_feed(parts: Parts, namespace: str, streams_open: Callable[[], int]) -> Look:
    """How the platform does, whenever its parts were looked at again or something else of it is
    otherwise."""
    last: object = None

    async def look() -> News:
        nonlocal last
        looked = await looked_at(parts, namespace)
        alerts = (await parts.alerts(namespace)).alerts
        said = system_now(looked, alerts, await parts.clock(namespace), streams_open())
        frame = event("system", said.model_dump_json().encode())
        told = said.model_dump(exclude={"clock"})
        changed, last = told != last, told
        return News(frame, frame if changed else None)

    return look


def areas_feed(parts: Parts, namespace: str, commodity: Commodity, precision: int) -> Look:
    """The cells of the map: all of them at first, and then those that are otherwise."""
    last: dict[str, bytes] | None = None
    last_head: bytes | None = None

    async def look() -> News:
        nonlocal last, last_head
        at, found = await cells(parts, namespace, commodity, precision, WORLD, MOST_CELLS)
        said = {each.name: _cell(each) for each in found[:MOST_CELLS]}
        before = last or {}
        changed = [each for name, each in said.items() if before.get(name) != each]
        gone = [name for name in before if name not in said]
        truncated = encode(len(found) > MOST_CELLS)
        head = b'"topic":"areas:%s@%d","commodity":"%s","precision":%d,"truncated":%s' % (
            commodity.encode(),
            precision,
            commodity.encode(),
            at,
            truncated,
        )
        first, same_head = last is None, head == last_head
        last, last_head = said, head
        whole = event(
            "areas", b'{%s,"whole":true,"items":[%s],"gone":[]}' % (head, b",".join(said.values()))
        )
        if not changed and not gone and same_head:
            return News(whole, None)
        change = event(
            "areas",
            b'{%s,"whole":false,"items":[%s],"gone":%s}' % (head, b",".join(changed), encode(gone)),
        )
        return News(whole, whole if first else change)

    return look


@dataclass(slots=True)
class AlertNews:
    """An alert that became otherwise, or of which somebody said something."""

    number: int
    alert: Alert
    notes: Sequence[Note]
    whole: Frame | None = None
    """As all are told who may see all of it, once somebody was."""


@dataclass(slots=True)
class AlertLog:
    """What became of alerts lately, numbered, so that who was away is told what came meanwhile."""

    most: int = 5_000
    news: deque[AlertNews] = field(default_factory=deque)
    number: int = 0
    _known: dict[str, tuple[int, int]] | None = None

    def see(self, alerts: Sequence[Alert], notes: dict[str, list[Note]]) -> list[AlertNews]:
        """Take how they stand; what is new of it. At the first time nothing is."""
        first, known = self._known is None, self._known or {}
        self._known = {each.id: (each.version, len(notes.get(each.id, ()))) for each in alerts}
        if first:
            return []
        new = []
        for each in sorted(alerts, key=lambda alert: (alert.at_ms, alert.id)):
            if known.get(each.id) != self._known[each.id]:
                self.number += 1
                new.append(AlertNews(self.number, each, notes.get(each.id, ())))
        self.news.extend(new)
        while len(self.news) > self.most:
            self.news.popleft()
        return new

    def since(self, number: int) -> list[AlertNews] | None:
        """What came after one; None if not all of that is known any more."""
        if number > self.number or (self.news and number < self.news[0].number - 1):
            return None
        if not self.news and number != self.number:
            return None
        return [each for each in self.news if each.number > number]


def _whole(name: str, data: Callable[[], Awaitable[bytes]]) -> Look:
    """A feed that is said as a whole whenever something of it is otherwise."""
    last: bytes | None = None

    async def look() -> News:
        nonlocal last
        told = await data()
        frame = event(name, told)
        changed, last = told != last, told
        return News(frame, frame if changed else None)

    return look


def _list(items: Sequence[BaseModel]) -> bytes:
    return b"[%s]" % b",".join(each.model_dump_json().encode() for each in items)


def _cell(cell: Cell) -> bytes:
    return cell.model_dump_json().encode()
