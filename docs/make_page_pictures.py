"""Takes the pictures of the page: each view, 1280 wide in both themes and as a phone shows it.

`uv run python docs/make_page_pictures.py [NAME ...]`, on the cities that tests of the page have.
"""

import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.city import OUTAGE
from tests.browser.look import launched
from tests.browser.people import signed_in
from tests.browser.serving import Served, serving

TO = Path(__file__).parent / "pictures" / "page"
VIEWS = {
    "control-room": "/",
    "control-room-silent": "/?by=silent",
    "control-room-list": "/?as=list",
    "alerts": "/alerts",
    "alert": f"/alerts/{OUTAGE.id}",
    "top": "/top",
    "states": "/states",
}
SIZES: dict[str, tuple[int, int, Literal["light", "dark"]]] = {
    "1280-light": (1280, 800, "light"),
    "1280-dark": (1280, 800, "dark"),
    "390-dark": (390, 844, "dark"),
}


def main() -> None:
    """Take all of them, or those of the views that are named."""
    TO.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[1:] or list(VIEWS)
    with serving() as served, sync_playwright() as playwright, launched(playwright) as browser:
        served.city.settle()
        served.city.regions()
        for name in wanted:
            for size in SIZES:
                take(browser, served, name, size)


def take(browser: Browser, served: Served, name: str, size: str) -> None:
    """One picture."""
    width, height, theme = SIZES[size]
    with signed_in(browser, served, width=width, height=height, theme=theme) as page:
        page.goto(f"{served.url}{VIEWS[name]}")
        settle(page)
        page.screenshot(path=TO / f"{name}-{size}.png", full_page=width < 500)


def settle(page: Page) -> None:
    """Wait until nothing is on its way."""
    page.wait_for_selector("h1", state="attached")
    page.wait_for_timeout(2_500)


if __name__ == "__main__":
    main()
