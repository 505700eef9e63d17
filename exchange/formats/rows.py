"""Rows of a table, each with its line.

A row stands on one line, or seldom on a few, in quotes. So a quote that nothing closes takes no
other row with it.
"""

import csv
from collections import deque
from collections.abc import Iterator

from exchange.opening import TOO_LONG, is_too_long

MOST_LINES = 8
"""Of a row."""
UNREADABLE = "it cannot be cut into cells: "

Row = list[str]


def rows(lines: Iterator[str], delimiter: str) -> Iterator[tuple[int, Row | str]]:
    """Each row with its first line; a text is what is wrong with one."""
    coming: deque[str] = deque()
    number = 0
    while (line := coming.popleft() if coming else next(lines, None)) is not None:
        number += 1
        if is_too_long(line):
            yield number, TOO_LONG
            continue
        if not _is_open(line):
            yield number, _cells(line, delimiter)
            continue
        while len(coming) < MOST_LINES - 1 and (later := next(lines, None)) is not None:
            coming.append(later)
        row, more = _of_several(line, coming, delimiter)
        yield number, row
        for _ in range(more):
            coming.popleft()
        number += more


def _of_several(line: str, coming: deque[str], delimiter: str) -> tuple[Row | str, int]:
    """The row that begins with a line in which a quote is open, and how many of those that come
    belong to it."""
    whole = line
    for more, later in enumerate(coming, start=1):
        if is_too_long(later):
            break
        whole += later
        if _is_open(later):
            row = _cells(whole, delimiter, strict=True)
            if not isinstance(row, str):
                return row, more
            break
    return _cells(line, delimiter, strict=True), 0


def _is_open(line: str) -> bool:
    return line.count('"') % 2 == 1


def _cells(line: str, delimiter: str, *, strict: bool = False) -> Row | str:
    try:
        return next(csv.reader([line.replace("\0", "")], delimiter=delimiter, strict=strict), [])
    except csv.Error as error:
        return f"{UNREADABLE}{error}"
