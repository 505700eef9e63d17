"""The page in a browser, against the API as a server on a Redis of the tests' own."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.look import PATIENCE_MS, Visitors, launched
from tests.unit.services.api.conftest import (
    Api,
    api,
    asked,
    billed,
    chosen,
    offered,
    patience,
    redis_url,
    server,
    told,
)

expect.set_options(timeout=PATIENCE_MS)

__all__ = [
    "api",
    "asked",
    "billed",
    "chosen",
    "offered",
    "patience",
    "redis_url",
    "server",
    "told",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, launched(playwright) as found:
        yield found


@pytest.fixture
def visitors(browser: Browser, api: Api) -> Iterator[Visitors]:
    """Nobody yet; whatever a test looks at, no script may fail and no policy be breached."""
    found = Visitors(browser, api)
    yield found
    assert found.leave() == []


@pytest.fixture(scope="module")
def untouched(browser: Browser, server: Api) -> Iterator[Page]:
    """A page on which nobody does anything: for what its modules say of what they are given."""
    found = Visitors(browser, server)
    yield found.new().open("/sign-in")
    assert found.leave() == []
