"""A log as people read it, and as JSON, with the id of the request that is answered."""

import io
import logging

import orjson
import pytest

from contracts.settings import LogForm
from services.logs import REQUEST, begin

log = logging.getLogger("logged")


def told(form: LogForm, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lines of a log in which something fails while a request is answered."""
    output, root = io.StringIO(), logging.getLogger()
    monkeypatch.setattr("sys.stderr", output)
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", logging.WARNING)
    begin(form)
    log.info("began %d", 7)
    token = REQUEST.set("a1b2")
    try:
        raise ValueError("it broke\nin two")
    except ValueError:
        log.exception("failed")
    finally:
        REQUEST.reset(token)
    return output.getvalue().splitlines()


def test_json_is_an_object_a_line_with_the_request_and_what_broke(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = map(orjson.loads, told("json", monkeypatch))

    assert first.items() >= {"level": "INFO", "logger": "logged", "message": "began 7"}.items()
    assert first["at"].endswith("+00:00")
    assert first.keys() == {"at", "level", "logger", "message"}
    assert (second["request"], second["level"]) == ("a1b2", "ERROR")
    assert second["exception"].endswith("ValueError: it broke\nin two")


def test_people_read_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = told("text", monkeypatch)

    assert lines[0].endswith(" INFO began 7")
    assert lines[1].endswith(" ERROR failed")
