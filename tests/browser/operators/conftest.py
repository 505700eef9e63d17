"""The API with its page over a city, and pages of people who look at it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from services.api.pages import page as assets
from tests.browser.people import signed_in
from tests.browser.serving import Served, serving


@pytest.fixture(scope="module")
def a_server() -> Iterator[Served]:
    assets.cache_clear()
    with serving() as served:
        yield served


@pytest.fixture
def served(a_server: Served) -> Served:
    """The server, with the city as it is at first."""
    a_server.city.settle()
    a_server.notes.clear()
    return a_server


Opened = Callable[..., Page]


@pytest.fixture
def opened(served: Served, browser: Browser) -> Iterator[Opened]:
    """Opens a path for somebody who is signed in; at the end no page had an error."""
    errors: list[str] = []
    with ExitStack() as stack:

        def open_(path: str, **more: Any) -> Page:  # noqa: ANN401
            page = stack.enter_context(signed_in(browser, served, **more))
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("console", lambda said: errors.extend([said.text] * (said.type == "error")))
            page.goto(f"{served.url}{path}")
            return page

        yield open_
    # axe tries styles that the page's policy forbids; what cannot be loaded is told by tests of it.
    tolerated = ("Failed to load resource", "axe", "violates the following Content Security Policy")
    assert [each for each in errors if not any(word in each for word in tolerated)] == []
