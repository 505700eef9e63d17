"""What is logged while a request is answered has the id that its answer has."""

import logging
from collections.abc import Iterator

import pytest

from services.logs import REQUEST
from tests.unit.services.api.conftest import Api


class Ids(logging.Handler):
    """Keeps the request of each record."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002
        self.found.append(REQUEST.get())


@pytest.fixture
def ids() -> Iterator[Ids]:
    kept, log = Ids(), logging.getLogger("services.api")
    log.addHandler(kept)
    yield kept
    log.removeHandler(kept)


def test_a_store_that_is_away_is_logged_with_the_id_of_who_asked(api: Api, ids: Ids) -> None:
    _, token = api.town.token()

    # PostgreSQL is not there.
    answers = [api.get("/v1/runs", token) for _ in range(2)]

    assert [each.status_code for each in answers] == [503, 503]
    assert ids.found == [each.headers["X-Request-Id"] for each in answers]
    assert REQUEST.get() == ""
