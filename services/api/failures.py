"""What becomes of errors: each is a problem, and none of them tells what was sent."""

import logging

from confluent_kafka import KafkaException
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from psycopg import Error as PostgresError
from psycopg import OperationalError, ProgrammingError
from psycopg.errors import QueryCanceled
from redis import RedisError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Match

from contracts.errors import OperationError, RequestError
from services.api import pages
from services.api.live_headers import NotModifiedError
from services.api.problems import FieldError, Kind, ProblemError, store_away

log = logging.getLogger(__name__)

GONE = 499
"""What is counted where nobody waits for an answer any more; it is sent to nobody."""

_OF_STATUS: dict[int, Kind] = {
    400: "bad-request",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
}


def handle(app: FastAPI) -> None:
    """Let an application answer errors so."""
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(NotModifiedError, _not_modified)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(RedisError, _redis_away)
    app.add_exception_handler(PostgresError, _postgres_away)
    app.add_exception_handler(KafkaException, _kafka_away)
    app.add_exception_handler(OperationError, _not_ready)
    app.add_exception_handler(RequestError, _cannot_be_done)


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return error.response()


async def _not_modified(_: Request, error: Exception) -> Response:
    assert isinstance(error, NotModifiedError)
    return Response(status_code=304, headers=error.headers)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404 and pages.is_for_people(request):
        return pages.shown(404)
    kind = _OF_STATUS.get(error.status_code, "broken")
    headers = dict(error.headers or {})
    if kind == "method-not-allowed":
        headers["Allow"] = ", ".join(sorted(_methods(request)))
    return ProblemError(kind, headers=headers).response()


def _methods(request: Request) -> set[str]:
    """All methods of an address: a route is a method of it."""
    return {
        method
        for route in request.app.state.routes
        if route.matches(request.scope)[0] is not Match.NONE
        for method in getattr(route, "methods", None) or ()
    }


async def _not_valid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # Pydantic's words without the value, which may be a secret in the wrong place.
    found = [
        FieldError(pointer="/" + "/".join(map(str, each["loc"])), detail=_words(each))
        for each in error.errors()
    ]
    return ProblemError("not-valid", errors=found).response()


def _words(error: dict[str, object]) -> str:
    return str(error["msg"]).removeprefix("Value error, ")


async def _gone(_: Request, __: Exception) -> Response:
    return Response(status_code=GONE)


async def _redis_away(_: Request, error: Exception) -> Response:
    log.warning("Redis does not answer: %s: %s", type(error).__name__, error)
    return store_away("Redis").response()


async def _postgres_away(_: Request, error: Exception) -> Response:
    if isinstance(error, QueryCanceled):
        log.warning("PostgreSQL takes too long")
        return ProblemError("too-slow", "PostgreSQL did not answer in time.").response()
    if "does not exist" in str(error) and isinstance(error, OperationalError | ProgrammingError):
        log.warning("PostgreSQL has no bills of a namespace: %s", error)
        told = "PostgreSQL has no bills of the namespace."
        return ProblemError("store-away", told).response()
    if isinstance(error, OperationalError):
        # Its words name the server's address, and nothing of what was asked.
        log.warning("PostgreSQL does not answer: %s", error)
        return store_away("PostgreSQL", retry_after_s=5).response()
    log.error("PostgreSQL refuses a query: %s", error)
    return ProblemError("broken").response()


async def _not_ready(_: Request, error: Exception) -> Response:
    log.warning("something is not as it must be: %s", error)
    return ProblemError(
        "store-away", "Something that this needs is not there: the API's log says what."
    ).response()


async def _cannot_be_done(request: Request, error: Exception) -> Response:
    """Masters contradict themselves, or a run says what this version does not know."""
    log.warning("what was asked for cannot be done as it stands: %s", error)
    who = getattr(request.state, "caller", None)
    if who is None or who.customer is not None:
        # The words may name other people's premises.
        told = "It cannot be computed as it stands: ask your supplier, whose log says why."
        return ProblemError("conflict", told).response()
    return ProblemError("conflict", f"{error}").response()


async def _kafka_away(_: Request, error: Exception) -> Response:
    log.warning("Kafka does not answer: %s", type(error).__name__)
    return store_away("Kafka", retry_after_s=5).response()
