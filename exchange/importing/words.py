"""What the log says of a meter's intervals, as the importer remembers it, and what a file adds.

A *word* is what was last said of one interval, or of a register at one time: the amount, how good
it is, how often it was said anew, and which line of which file said it. Pure: no store, no clock.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from contracts.time import HOUR_MS
from exchange.values import Block, Ints

DTYPE = np.dtype(
    [
        ("end_ms", "<i8"),
        ("amount", "<i8"),  # thousandths, of the interval as a whole, not of its last difference
        ("version", "<i8"),
        ("file", "<i4"),
        ("line", "<i4"),
        ("revision", "<i4"),
        ("mark", "<i2"),
    ]
)
Words = NDArray[np.void]
"""In the order of `end_ms`, each of which is there once."""
Mask = NDArray[np.bool_]

NOTHING: Words = np.empty(0, DTYPE)

SHEET_INTERVALS = 1024
SHEET_MS = 6 * HOUR_MS
"""Of registers, which have no length."""


class Compared(NamedTuple):
    """What becomes of the words of a file; of each one of them is true."""

    new: Mask
    same: Mask
    """Said before. A word that a later line of its own file has replaced was, too."""
    revised: Mask
    older: Mask
    """Than what is known, which stands."""
    conflict: Mask
    """With another line of the file, of which nothing says that it is older."""
    words: Words
    """What is known from now on: all words known before, and those of the file."""
    changed: Words
    """Those that are new or revised, as they are known from now on."""
    differences: Ints
    """Of each that is changed: its amount less what was known."""


def words_of(block: Block, file: int, mark_ids: NDArray[np.int16]) -> Words:
    """The words of a block.

    Args:
        file: The file's number.
        mark_ids: The number of each mark of the block.
    """
    words = np.zeros(len(block), DTYPE)
    words["end_ms"], words["amount"] = block.ends_ms, block.amounts
    words["file"], words["line"] = file, block.lines
    if block.versions is not None:
        words["version"] = block.versions
    words["mark"] = mark_ids[0] if block.mark_of is None else mark_ids[block.mark_of]
    return words


def compare(known: Words, said: Words, *, ordered: bool) -> Compared:
    """Hold what a file says against what is known.

    Args:
        ordered: Of two lines of a file that say the same interval the later is the newer one.
    """
    places = np.searchsorted(known["end_ms"], said["end_ms"])
    if not len(known):
        hit = np.zeros(len(said), bool)
        before = said
    else:
        clipped = np.minimum(places, len(known) - 1)
        hit = known["end_ms"][clipped] == said["end_ms"]
        before = known[clipped]
    newer = _newer(said, before)
    own = hit & (said["file"] == before["file"])
    equal = hit & (said["amount"] == before["amount"]) & (said["mark"] == before["mark"])
    conflict = own & newer & ~equal & (not ordered)
    same = equal | (own & ~newer)
    revised = hit & ~same & ~conflict & newer
    older = hit & ~same & ~conflict & ~newer
    new = ~hit
    now = said.copy()
    now["revision"] = np.where(hit, before["revision"] + revised, 0)
    words = known.copy()
    # Which file said it last is remembered of what is said again, too.
    again = revised | (equal & newer)
    words[places[again]] = now[again]
    if new.any():
        words = np.concatenate([words, now[new]])
        words = words[np.argsort(words["end_ms"], kind="stable")]
    taken = new | revised
    differences = said["amount"] - np.where(hit, before["amount"], 0)
    return Compared(new, same, revised, older, conflict, words, now[taken], differences[taken])


def crossing(said: Words, interval_ms: int, known: Words, known_ms: int) -> Mask:
    """Which words speak of a time of which something is known in other intervals: of another
    length, or of another beginning.

    Args:
        interval_ms: Length of the intervals that are said; `known_ms` of those that are known.
    """
    ends_ms, known_ends_ms = (np.ascontiguousarray(each["end_ms"]) for each in (said, known))
    # They end after the begin, and begin before the end.
    others = np.searchsorted(known_ends_ms, ends_ms + known_ms, "left")
    others -= np.searchsorted(known_ends_ms, ends_ms - interval_ms, "right")
    if known_ms == interval_ms:
        others -= np.searchsorted(known_ends_ms, ends_ms, "right")
        others += np.searchsorted(known_ends_ms, ends_ms, "left")
    return others > 0


def _newer(one: Words, other: Words) -> Mask:
    """By version, then by file, then by line."""
    after = one["line"] > other["line"]
    for name in ("file", "version"):
        after = np.where(one[name] == other[name], after, one[name] > other[name])
    return after.astype(bool)


def sheets(ends_ms: Ints, interval_ms: int) -> Ints:
    """The sheet that each is kept on: words near one another are kept together."""
    return ends_ms // (interval_ms * SHEET_INTERVALS if interval_ms else SHEET_MS)
