"""How a process logs: lines for people, or JSON for who collects the logs of many.

What is logged while a request is answered has the request's id, which its answer has too
(`X-Request-Id`).
"""

import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson

from contracts.settings import LogForm

REQUEST: ContextVar[str] = ContextVar("request", default="")
"""The id of the request that is answered; empty outside of one."""


class JsonLines(logging.Formatter):
    """A JSON object a line: at (UTC), level, logger, message, and where there are any request and
    exception."""

    def format(self, record: logging.LogRecord) -> str:
        """A record as a line."""
        at = datetime.fromtimestamp(record.created, UTC)
        said: dict[str, Any] = {
            "at": at.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := REQUEST.get():
            said["request"] = request
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(said).decode()


def begin(form: LogForm) -> None:
    """Log to standard error from now on."""
    handler = logging.StreamHandler()
    plain = logging.Formatter("%(asctime)s %(levelname)s %(message)s")
    handler.setFormatter(JsonLines() if form == "json" else plain)
    logging.basicConfig(level=logging.INFO, handlers=[handler])
