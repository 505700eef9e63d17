"""Rows of an answer as CSV, as JSON, and as people read them."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

import orjson

Row = Sequence[object]

_JSON = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def csv_lines(names: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """A line of names, and one for each row (RFC 4180, with line feeds); null is empty."""
    yield _csv_line(names)
    for row in rows:
        yield _csv_line([shown(value) for value in row])


def json_lines(names: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """An object for each row. Decimals have all of their digits; times are UTC."""
    for row in rows:
        its = dict(zip(names, row, strict=True))
        yield orjson.dumps(its, default=_told, option=_JSON).decode() + "\n"


def shown(value: object) -> str:
    """A value as a text; of null an empty one."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ").replace("+00:00", "Z")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, list | dict):
        return orjson.dumps(value, default=_told, option=_JSON).decode()
    return value.hex() if isinstance(value, bytes) else str(value)


def _told(value: object) -> object:
    return orjson.Fragment(shown(value)) if isinstance(value, Decimal) else shown(value)


def _csv_line(values: Row) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()
