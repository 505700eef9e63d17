"""Pages of people who look at a city."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from tests.browser.look import PATIENCE_MS, Visitor, breaches
from tests.browser.serving import Served


@contextmanager
def signed_in(
    browser: Browser,
    served: Served,
    token: str | None = None,
    *,
    width: int = 1280,
    height: int = 800,
    zone: str = "Europe/London",
) -> Iterator[Page]:
    """A page of somebody who is signed in, with nothing of others' sessions."""
    phone = width < 500
    context = browser.new_context(
        viewport={"width": width, "height": height},
        timezone_id=zone,
        has_touch=phone,
        is_mobile=phone,
    )
    answer = context.request.post(
        f"{served.url}/v1/session",
        data={"token": token or served.city.token()},
        headers={"X-WattStream": "1"},
        timeout=PATIENCE_MS,
    )
    assert answer.ok, answer.text()
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    try:
        yield page
    finally:
        context.close()


def violations(page: Page) -> list[str]:
    """What axe finds on a page."""
    return breaches(Visitor(page.context, page.url), page)
