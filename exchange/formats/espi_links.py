"""Who belongs to whom in a Green Button feed: the first of two ways through it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from lxml import etree

from exchange.errors import FileRefused
from exchange.values import Unusable, shown

BEGINNINGS = re.compile(r"(?:^|/)((?:RetailCustomer|Subscription|UsagePoint|ReadingType)/.*)")
"""Hosts and folders before it differ between the links of one feed."""
READING = re.compile(rb"<(?:[\w.-]+:)?IntervalReading(?=[\s/>])")
LONGEST_TAG = 256
LONGEST_NUMBER = 12
PIECE = 2**18


@dataclass(frozen=True, slots=True)
class MeterReading:
    """A row of values of one kind, and what it is of."""

    link: str
    usage_point: str
    """Customer and usage point as their links name them, with `:` between."""
    name: str
    """Of the meter reading, within its usage point."""
    service: str | None
    """The kind of the usage point's service; None if it does not say."""
    length_s: int
    """Of its intervals, as its type says, or the first of them; 0 if they have none."""
    type: dict[str, str] = field(hash=False)
    """The text of each element of its reading type; empty if it has none."""


@dataclass(slots=True)
class Links:
    """What each block of a feed belongs to."""

    of_blocks: list[MeterReading | None]
    """By the block's number; None if nothing says so."""
    cut: Unusable | None
    """What is wrong with the feed from some line on."""


@dataclass(slots=True)
class _Entries:
    usage_points: dict[str, str | None] = field(default_factory=dict)
    """The kind of the service, by link."""
    readings: dict[str, list[str]] = field(default_factory=dict)
    """Related links, by link."""
    types: dict[str, dict[str, str]] = field(default_factory=dict)
    blocks: list[str] = field(default_factory=list)
    """The link of what each block belongs to."""
    lengths_s: dict[str, int] = field(default_factory=dict)
    """Of the first interval of each link that has a length."""


def links_of(content: BinaryIO, name: str) -> Links:
    """Read a feed for its links.

    Raises:
        FileRefused: it is no feed of interval blocks, or has a document type, which may define
            entities.
    """
    entries, cut, line = _Entries(), None, 0
    try:
        for element in elements(content, name):
            line = element.sourceline or line
            if is_block(element):
                owner = _owner(_parent(_parent(element)))
                entries.blocks.append(owner)
                if not entries.lengths_s.get(owner):
                    entries.lengths_s[owner] = _length_s(element)
                element.clear()
            else:
                _note(entries, element)
                forget(element)
    except etree.XMLSyntaxError as error:
        if not entries.blocks:
            raise FileRefused(f"{name}: cannot be read as XML: {shown(str(error))}") from error
        at = error.lineno or line
        cut = Unusable(at, "feed", "record_cut", f"from here on it is no XML: {error.msg}", 0)
    if not entries.blocks:
        raise FileRefused(f"{name}: a Green Button file without an IntervalBlock: nothing to read")
    known: dict[str, MeterReading | None] = {}
    for link in entries.blocks:
        if link not in known:
            known[link] = _resolved(entries, link)
    return Links([known[link] for link in entries.blocks], cut)


def elements(content: BinaryIO, name: str) -> Iterator[Any]:
    """Interval blocks and entries, each when it ends; nothing is fetched or expanded.

    Raises:
        FileRefused: there is a document type.
        etree.XMLSyntaxError: from here on it is no XML.
    """
    parsed = etree.iterparse(
        content,
        events=("end",),
        tag=("{*}entry", "{*}IntervalBlock"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    first = True
    for _, element in parsed:
        if first and element.getroottree().docinfo.internalDTD is not None:
            raise FileRefused(f"{name}: has a document type, which may define entities: remove it")
        first = False
        yield element


def is_block(element: Any) -> bool:  # noqa: ANN401
    """Whether one of both is a block, in whatever namespace, or in none."""
    return _is(element, "IntervalBlock")


def readings_begun(content: BinaryIO) -> int:
    """How many interval readings begin in a feed, however it ends."""
    begun, rest = 0, b""
    while piece := content.read(PIECE):
        text = rest + piece
        # A tag may go on in the next piece.
        end = max(text.rfind(b"<"), len(text) - LONGEST_TAG)
        begun += len(READING.findall(text[:end]))
        rest = text[end:]
    return begun + len(READING.findall(rest))


def forget(element: Any) -> None:  # noqa: ANN401
    """Free an entry that was read, and those before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _note(entries: _Entries, entry: Any) -> None:  # noqa: ANN401
    links = _links(entry)
    own = links.get("self", [""])[0]
    for each in entry.iterfind("{*}content/{*}*"):
        if _is(each, "UsagePoint"):
            kind = each.findtext("{*}ServiceCategory/{*}kind")
            entries.usage_points[own] = None if kind is None else kind.strip()
        elif _is(each, "MeterReading"):
            entries.readings[own] = links.get("related", [])
        elif _is(each, "ReadingType"):
            entries.types[own] = {_local(field): (field.text or "").strip() for field in each}


def _resolved(entries: _Entries, link: str) -> MeterReading | None:
    own = link.removesuffix("/IntervalBlock")
    if own not in entries.readings:
        own = next((name for name, related in entries.readings.items() if link in related), "")
        if not own:
            return None
    related = entries.readings[own]
    type_ = next((entries.types[each] for each in related if each in entries.types), {})
    point = own.partition("/MeterReading")[0]
    names = [part for part in point.split("/") if part not in ("RetailCustomer", "UsagePoint")]
    return MeterReading(
        own,
        ":".join(part for part in names if part != "Subscription") or "usage-point",
        own.rpartition("/")[2],
        entries.usage_points.get(point),
        _seconds(type_.get("intervalLength")) or entries.lengths_s[link],
        type_,
    )


def _length_s(block: Any) -> int:  # noqa: ANN401
    durations = block.iterfind("{*}IntervalReading/{*}timePeriod/{*}duration")
    return next((length for each in durations if (length := _seconds(each.text))), 0)


def _seconds(text: str | None) -> int:
    """0 for what is no number, or one of an age."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < LONGEST_NUMBER else 0


def _owner(entry: Any) -> str:  # noqa: ANN401
    """The link of that which the blocks of an entry belong to."""
    links = _links(entry)
    if "up" in links:
        return links["up"][0]
    return links.get("self", [""])[0].rpartition("/")[0]


def _links(entry: Any) -> dict[str, list[str]]:  # noqa: ANN401
    found: dict[str, list[str]] = {}
    if entry is not None:
        for link in entry.iterfind("{*}link"):
            href = (link.get("href") or "").strip().strip("/")
            match = BEGINNINGS.search(href)
            found.setdefault(link.get("rel") or "", []).append(match[1] if match else href)
    return found


def _parent(element: Any) -> Any:  # noqa: ANN401
    return None if element is None else element.getparent()


def _local(element: Any) -> str:  # noqa: ANN401
    return str(element.tag).rpartition("}")[2]


def _is(element: Any, name: str) -> bool:  # noqa: ANN401
    return _local(element) == name
